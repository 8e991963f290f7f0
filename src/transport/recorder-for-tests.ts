import { createConnection, type Socket } from "node:net";
import type { DialHandler, Listening, Network, Transport, TransportHandler } from "../contract/transport.ts";

/** Notes what a transport tells, in order: "connect", "data", "end", "close", "error:REASON". Runs of data are one. */
export class Recorder implements DialHandler {
  readonly events: string[] = [];
  transport: Transport | null = null;
  /** What came. Not kept where `received` alone is of interest. */
  chunks: Buffer[] = [];
  received = 0;
  keep = true;
  /** Called after the event was noted. */
  hook: (event: string, bytes: Buffer | null, start: number, end: number) => void = () => {};

  onConnect(transport: Transport): void {
    this.transport = transport;
    this.#note("connect");
  }

  onConnectError(reason: string): void {
    this.#note(`error:${reason}`);
  }

  onData(bytes: Buffer, start: number, end: number): void {
    this.received += end - start;
    if (this.keep) this.chunks.push(Buffer.from(bytes.subarray(start, end)));
    this.#note("data", bytes, start, end);
  }

  onWritable(): void {
    this.hook("writable", null, 0, 0);
  }

  onEnd(): void {
    this.#note("end");
  }

  onClose(): void {
    this.#note("close");
  }

  text(): string {
    return Buffer.concat(this.chunks).toString("latin1");
  }

  has(event: string): boolean {
    return this.events.includes(event);
  }

  #note(event: string, bytes: Buffer | null = null, start = 0, end = 0): void {
    if (event !== "data" || this.events.at(-1) !== "data") this.events.push(event);
    this.hook(event, bytes, start, end);
  }
}

/** A listener whose connections are noted. */
export class Server {
  readonly connections: Recorder[] = [];
  readonly listening: Listening;
  /** Makes ready who is about to hear of a connection; null refuses it. */
  prepare: (recorder: Recorder) => TransportHandler | null = (recorder) => recorder;

  constructor(network: Network, host = "127.0.0.1", port = 0) {
    this.listening = network.listen(host, port, (transport) => {
      const recorder = new Recorder();
      recorder.transport = transport;
      this.connections.push(recorder);
      return this.prepare(recorder);
    });
  }

  get port(): number {
    return this.listening.port;
  }

  /** Its nth connection, as soon as there is one. */
  async connection(index = 0): Promise<Recorder> {
    await until(() => this.connections.length > index);
    return this.connections[index]!;
  }

  stop(): void {
    this.listening.stop();
    for (const { transport } of this.connections) transport?.abort();
  }
}

/** A client of another make: `node:net`. */
export class Client {
  readonly socket: Socket;
  readonly chunks: Buffer[] = [];
  received = 0;
  ended = false;
  closed = false;
  error = "";

  constructor(port: number, host = "127.0.0.1") {
    this.socket = createConnection({ host, port, allowHalfOpen: true });
    this.socket.on("data", (bytes: Buffer) => {
      this.received += bytes.length;
      this.chunks.push(bytes);
    });
    this.socket.on("end", () => {
      this.ended = true;
    });
    this.socket.on("close", () => {
      this.closed = true;
    });
    this.socket.on("error", (error: NodeJS.ErrnoException) => {
      this.error = error.code ?? error.message;
    });
  }

  text(): string {
    return Buffer.concat(this.chunks).toString("latin1");
  }
}

export async function until(condition: () => boolean, timeout = 20_000): Promise<void> {
  const deadline = performance.now() + timeout;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`in vain waited for: ${condition.toString()}`);
    await Bun.sleep(1);
  }
}

/** Long enough for whatever was about to come. */
export function settle(): Promise<void> {
  return Bun.sleep(30);
}

/** Bytes that differ from place to place, and from seed to seed. */
export function pattern(length: number, seed: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(length);
  const words = new Uint32Array(bytes.buffer, 0, length >> 2);
  for (let index = 0; index < words.length; index++) words[index] = Math.imul(index + seed, 2_654_435_761);
  for (let index = words.length * 4; index < length; index++) bytes[index] = index + seed;
  return bytes;
}

/** Writes all of it, as the connection takes it; then `done`. */
export function writeAll(recorder: Recorder, bytes: Buffer, done: (transport: Transport) => void): void {
  const transport = recorder.transport!;
  let at = 0;
  const go = (): void => {
    while (at < bytes.length) {
      const taken = transport.write(bytes, at, Math.min(bytes.length, at + 1_000_000));
      if (taken < 0) return;
      at += taken;
      if (taken === 0) return;
    }
    recorder.hook = () => {};
    done(transport);
  };
  recorder.hook = (event) => {
    if (event === "writable") go();
  };
  go();
}
