import type { Transport, TransportHandler } from "../../../src/contract/transport.ts";
import type { FakeLoop } from "./fake-loop.ts";
import type { ReadBuffers } from "./read-buffers.ts";

/** How the edge left a connection, as the peer sees it: `fin`, and it still reads; `closed` in order; `reset`. */
export type Left = "open" | "fin" | "closed" | "reset";

/** What all connections of a wire have in common. */
export interface Wire {
  readonly loop: FakeLoop;
  readonly buffers: ReadBuffers;
  /** Transports that the edge has not closed and that are not gone. */
  readonly open: Set<FakeTransport>;
  /** How many bytes a write may take at most; asked for every write. */
  cut(): number;
}

export interface Addresses {
  readonly peerAddress: string;
  readonly peerPort: number;
  readonly localPort: number;
}

/**
 * A connection without a socket: the edge holds this end, a test plays the other one. It keeps the promises of
 * `contract/transport.ts` and notes as a violation whatever the edge does against them.
 */
export class FakeTransport implements Transport {
  readonly peerAddress: string;
  readonly peerPort: number;
  readonly localPort: number;
  readonly tls = null;
  handler: TransportHandler | null = null;
  left: Left = "open";
  /** Bytes that may still be written before writes are cut short. */
  capacity = Infinity;
  readonly written: Buffer[] = [];
  readonly #wire: Wire;
  readonly #incoming: Buffer[] = [];
  #paused = false;
  #blocked = false;
  #finSent = false;
  #finCame = false;
  #finTold = false;
  #resetCame = false;
  /** `onClose` was called. */
  #gone = false;

  constructor(wire: Wire, { peerAddress, peerPort, localPort }: Addresses) {
    this.#wire = wire;
    this.peerAddress = peerAddress;
    this.peerPort = peerPort;
    this.localPort = localPort;
    wire.open.add(this);
  }

  get paused(): boolean {
    return this.#paused;
  }

  get blocked(): boolean {
    return this.#blocked;
  }

  /** The peer may still send: the edge has not closed, and no RST is on its way. */
  get live(): boolean {
    return !this.#closed && !this.#resetCame;
  }

  get #closed(): boolean {
    return this.#gone || this.left === "closed" || this.left === "reset";
  }

  // ---- the edge's end

  write(bytes: Buffer, start: number, end: number): number {
    if (this.#closed) return this.#violation("write after close");
    if (this.#finSent) return this.#violation("write after FIN");
    if (start < 0 || end > bytes.length) return this.#violation(`write of ${start} to ${end} of ${bytes.length} bytes`);
    if (this.#resetCame) {
      this.#wire.loop.later(() => this.#turn());
      return -1;
    }
    const wanted = Math.max(end - start, 0);
    const taken = Math.min(wanted, this.capacity, this.#wire.cut());
    this.capacity -= taken;
    if (taken > 0) this.written.push(Buffer.from(bytes.subarray(start, start + taken)));
    if (taken < wanted) {
      this.#blocked = true;
      if (this.capacity > 0) this.#wire.loop.later(() => this.#tellWritable());
    }
    return taken;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#wire.loop.later(() => this.#turn());
  }

  shutdown(): void {
    if (this.#closed || this.#finSent) return;
    this.#finSent = true;
    this.left = "fin";
    if (this.#finTold) this.#wire.loop.later(() => this.#turn());
  }

  close(): void {
    this.#leave("closed");
  }

  abort(): void {
    this.#leave("reset");
  }

  retain(bytes: Buffer): Buffer | null {
    const kept = this.#wire.buffers.retain(bytes);
    if (kept === undefined) {
      this.#violation("retain of a buffer that is not being read");
      return null;
    }
    return kept;
  }

  release(bytes: Buffer): void {
    if (!this.#wire.buffers.release(bytes)) this.#violation("release of a buffer that is not retained");
  }

  handOver(handler: TransportHandler, bytes: Buffer, start: number, end: number): void {
    if (this.#closed) return;
    this.handler = handler;
    this.resume();
    if (end > start) handler.onData(bytes, start, end);
    if (this.#finTold && this.handler === handler) handler.onEnd();
  }

  // ---- the peer's end

  /** Bytes come, in one read. */
  deliver(bytes: Buffer): void {
    if (this.#closed || this.#finCame || this.#resetCame || bytes.length === 0) return;
    this.#incoming.push(bytes);
    this.#wire.loop.later(() => this.#turn());
  }

  deliverEnd(): void {
    this.#finCame = true;
    this.#wire.loop.later(() => this.#turn());
  }

  deliverReset(): void {
    this.#resetCame = true;
    this.#wire.loop.later(() => this.#turn());
  }

  /** The peer takes so many bytes more. */
  allow(bytes: number): void {
    this.capacity += bytes;
    if (this.capacity > 0) this.#wire.loop.later(() => this.#tellWritable());
  }

  /** Transports may say so without having been blocked. */
  tellWritableUnasked(): void {
    this.#wire.loop.later(() => this.#call((handler) => handler.onWritable()));
  }

  #tellWritable(): void {
    if (!this.#blocked) return;
    this.#blocked = false;
    this.#call((handler) => handler.onWritable());
  }

  /** One read, or what comes behind the last byte. */
  #turn(): void {
    if (this.#closed) return;
    if (this.#paused) {
      // Who does not read learns of a reset at once: what came before it is lost.
      if (this.#resetCame) this.#end();
      return;
    }
    const bytes = this.#incoming.shift();
    if (bytes !== undefined) {
      const { buffers, loop } = this.#wire;
      const broken = buffers.read(bytes, (buffer, start, end) =>
        this.#call((handler) => handler.onData(buffer, start, end)),
      );
      if (broken) this.#violation("bytes behind a read were written into");
      loop.later(() => this.#turn());
      return;
    }
    if (this.#resetCame) {
      this.#end();
      return;
    }
    if (!this.#finCame) return;
    if (!this.#finTold) {
      this.#finTold = true;
      this.#call((handler) => handler.onEnd());
      if (this.#closed) return;
    }
    if (this.#finSent) this.#end();
  }

  #end(): void {
    const { handler } = this;
    this.#leave(this.left);
    this.#gone = true;
    try {
      handler?.onClose();
    } catch (error) {
      this.#violation(`onClose threw ${stackOf(error)}`);
    }
  }

  /** An error costs the one connection that it happened on, as with real transports; here it fails the test, too. */
  #call(tell: (handler: TransportHandler) => void): void {
    const { handler } = this;
    if (handler === null) return;
    try {
      tell(handler);
    } catch (error) {
      this.#violation(`a handler threw ${stackOf(error)}`);
      this.abort();
      handler.onClose();
    }
  }

  #leave(how: Left): void {
    if (!this.#closed) this.left = how;
    this.handler = null;
    this.#incoming.length = 0;
    this.#wire.open.delete(this);
  }

  #violation(what: string): -1 {
    this.#wire.loop.violations.push(`${what} (${this.peerAddress}:${this.peerPort})`);
    return -1;
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
