import { connect, type Socket } from "node:net";

import { BUSY, poll } from "./poll.ts";

/** A client connection that a test leads by the hand: it writes, waits, stops reading, leaves. */
export class Client {
  /** All that came, latin1. */
  received = "";
  /** FIN came. */
  ended = false;
  /** RST came, or the connection ended without a FIN. */
  reset = false;
  /** When it connected, wrote or ended last, `performance.now()` just before: no timer of the edge's began earlier. */
  acted = performance.now();
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes: Buffer) => {
      this.received += bytes.latin1Slice();
    });
    socket.on("end", () => {
      this.ended = true;
    });
    socket.on("error", () => {
      this.reset = true;
    });
    socket.on("close", () => {
      if (!this.ended) this.reset = true;
    });
  }

  /** Connects to a port of 127.0.0.1. */
  static open(port: number): Promise<Client> {
    return new Promise((resolve, reject) => {
      const begun = performance.now();
      const socket = connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
      const client = new Client(socket);
      client.acted = begun;
      socket.once("connect", () => resolve(client));
      socket.once("error", reject);
    });
  }

  /** Connects and writes. */
  static async sending(port: number, text: string | Buffer): Promise<Client> {
    const client = await Client.open(port);
    client.write(text);
    return client;
  }

  get gone(): boolean {
    return this.ended || this.reset;
  }

  get localPort(): number {
    return this.#socket.localPort ?? 0;
  }

  /** Bytes written that the edge has not taken yet. */
  get pending(): number {
    return this.#socket.writableLength;
  }

  write(part: string | Buffer): void {
    this.acted = performance.now();
    this.#socket.write(typeof part === "string" ? Buffer.from(part, "latin1") : part);
  }

  /** Waits until this is true of what came, or nothing more comes; answers what came. */
  async until(condition: (received: string) => boolean, wait = BUSY): Promise<string> {
    await poll(() => condition(this.received) || this.gone, wait);
    return this.received;
  }

  /** Writes, waits for the answer, and answers it. What came before is forgotten. */
  async ask(text: string | Buffer, condition: (received: string) => boolean, wait?: number): Promise<string> {
    this.received = "";
    this.write(text);
    return this.until(condition, wait);
  }

  /** How the edge ended the connection. */
  async end(wait = BUSY): Promise<"end" | "reset" | "open"> {
    await poll(() => this.gone, wait);
    return this.reset ? "reset" : this.ended ? "end" : "open";
  }

  /** Stops reading, so that the edge's writes fill up. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Sends FIN; reading goes on. */
  shutdown(): void {
    this.acted = performance.now();
    this.#socket.end();
  }

  /** Leaves: sends RST. */
  abort(): void {
    this.#socket.resetAndDestroy();
  }

  close(): void {
    this.#socket.destroy();
  }
}
