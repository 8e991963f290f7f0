/** Asks DNS servers on this machine, many questions at a time, and gives back what they sent, byte for byte. */
import { createSocket, type Socket } from "node:dgram";
import { connect } from "node:net";

/** On a busy machine answers are late, milliseconds. */
const TIMEOUT = 20_000;

/** Over UDP: one socket, answers found by their id. */
export class UdpAsker {
  readonly #socket: Socket;
  readonly #port: number;
  readonly #waiting = new Map<number, (answer: Uint8Array) => void>();
  #id = 0;

  constructor(port: number) {
    this.#port = port;
    this.#socket = createSocket({ type: "udp4", recvBufferSize: 4_000_000 });
    this.#socket.on("message", (message) => {
      const id = message.readUInt16BE(0);
      this.#waiting.get(id)?.(Uint8Array.from(message));
      this.#waiting.delete(id);
    });
  }

  /** The id of the query is set here. @throws Error when no answer comes in time. */
  ask(query: Uint8Array, timeout = TIMEOUT): Promise<Uint8Array> {
    const id = this.#id++ & 0xffff;
    query[0] = id >> 8;
    query[1] = id & 0xff;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new Error("no answer over UDP"));
      }, timeout);
      this.#waiting.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      this.#socket.send(query, this.#port, "127.0.0.1");
    });
  }

  close(): void {
    this.#socket.close();
  }
}

/**
 * Sends all queries over one TCP connection without waiting, and gives the answers in the order of their ids, which are
 * set here. @throws Error when some do not come.
 */
export function askOverTcp(port: number, queries: readonly Uint8Array[], timeout = TIMEOUT): Promise<Uint8Array[]> {
  return new Promise((resolve, reject) => {
    const answers: Uint8Array[] = [];
    let missing = queries.length;
    let held: Buffer = Buffer.alloc(0);
    const socket = connect({ host: "127.0.0.1", port });
    const timer = setTimeout(() => socket.destroy(new Error(`${missing} answers over TCP are missing`)), timeout);
    const finish = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answers);
    };
    socket.on("connect", () => {
      socket.write(Buffer.concat(queries.map((query, id) => framed(query, id))));
      if (missing === 0) finish();
    });
    socket.on("data", (bytes: Buffer) => {
      held = Buffer.concat([held, bytes]);
      while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
        const answer = Uint8Array.from(held.subarray(2, 2 + held.readUInt16BE(0)));
        held = held.subarray(2 + answer.length);
        answers[(answer[0]! << 8) | answer[1]!] = answer;
        missing--;
      }
      if (missing === 0) finish();
    });
    socket.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    socket.on("close", () => {
      clearTimeout(timer);
      if (missing > 0) reject(new Error(`closed with ${missing} answers missing`));
    });
  });
}

function framed(query: Uint8Array, id: number): Buffer {
  const bytes = Buffer.alloc(2 + query.length);
  bytes.writeUInt16BE(query.length);
  bytes.set(query, 2);
  bytes.writeUInt16BE(id, 2);
  return bytes;
}
