/** DNS messages over TCP (RFC 1035 §4.2.2: each behind its length in two bytes), as a client. */
import { connect, type Socket } from "node:net";
import { TransferError } from "./record-reader.ts";
import { type Dial, type MessageStream, type Primary, STREAM_TIMEOUTS, type StreamTimeouts } from "./message-stream.ts";

/** Bytes that wait for `receive`, beyond which no more are read. */
const MAX_WAITING = 1 << 20;

/** Dials primaries by TCP. */
export function dialTcp(timeouts: StreamTimeouts = STREAM_TIMEOUTS): Dial {
  return (primary) => TcpMessageStream.open(primary, timeouts);
}

class TcpMessageStream implements MessageStream {
  readonly #socket: Socket;
  readonly #timeouts: StreamTimeouts;
  #chunks: Buffer[] = [];
  #length = 0;
  #failure: TransferError | null = null;
  /** Whoever waits in `receive`. */
  #wake: (() => void) | null = null;

  static open(primary: Primary, timeouts: StreamTimeouts): Promise<MessageStream> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: primary.address, port: primary.port, noDelay: true });
      const deadline = setTimeout(() => {
        socket.destroy();
        reject(new TransferError(`no connection within ${timeouts.connect} ms`));
      }, timeouts.connect);
      socket.once("error", (error) => {
        clearTimeout(deadline);
        reject(new TransferError(`no connection: ${error.message}`));
      });
      socket.once("connect", () => {
        clearTimeout(deadline);
        socket.removeAllListeners("error");
        resolve(new TcpMessageStream(socket, timeouts));
      });
    });
  }

  private constructor(socket: Socket, timeouts: StreamTimeouts) {
    this.#socket = socket;
    this.#timeouts = timeouts;
    socket.on("data", (bytes: Buffer) => this.#take(bytes));
    socket.on("error", (error) => this.#fail(`the connection broke: ${error.message}`));
    socket.on("close", () => this.#fail("the connection was closed"));
    socket.on("end", () => this.#fail("the connection was closed"));
  }

  send(message: Uint8Array): void {
    const framed = Buffer.allocUnsafe(message.length + 2);
    framed.writeUInt16BE(message.length);
    framed.set(message, 2);
    if (this.#failure === null) this.#socket.write(framed);
  }

  async receive(): Promise<Uint8Array> {
    const idle = setTimeout(() => this.#fail(`nothing came for ${this.#timeouts.idle} ms`), this.#timeouts.idle);
    try {
      for (;;) {
        const message = this.#message();
        if (message !== null) return message;
        // What came whole before the end is still given.
        if (this.#failure !== null) throw this.#failure;
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      clearTimeout(idle);
    }
  }

  close(): void {
    this.#failure ??= new TransferError("the connection was closed here");
    this.#chunks = [];
    this.#length = 0;
    this.#socket.destroy();
    this.#wakeUp();
  }

  #take(bytes: Buffer): void {
    this.#chunks.push(bytes);
    this.#length += bytes.length;
    if (this.#length > MAX_WAITING) this.#socket.pause();
    this.#wakeUp();
  }

  #message(): Uint8Array | null {
    if (this.#length < 2) return null;
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
    const bytes = this.#chunks[0]!;
    const end = 2 + bytes.readUInt16BE(0);
    if (bytes.length < end) return null;
    this.#chunks[0] = bytes.subarray(end);
    this.#length = bytes.length - end;
    if (this.#length <= MAX_WAITING && this.#failure === null) this.#socket.resume();
    // Not as a Buffer, whose `slice` is no copy.
    return new Uint8Array(bytes.buffer, bytes.byteOffset + 2, end - 2);
  }

  #fail(why: string): void {
    this.#failure ??= new TransferError(why);
    this.#socket.destroy();
    this.#wakeUp();
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = null;
  }
}
