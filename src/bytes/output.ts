import type { Transport } from "../contract/transport.ts";

/** A remainder at least this long is kept as it lies rather than copied, when its buffer may be kept. */
const KEEP = 8_192;

/**
 * Writes to one connection. What the kernel does not take at once is queued; whoever writes is told and must stop
 * until `onWritable` answers true, so the queue never holds more than one read's worth and a few small heads.
 */
export class Output {
  transport: Transport | null = null;
  #pending: Buffer | null = null;
  #start = 0;
  #end = 0;
  /** Whose read buffer `#pending` is; null when it is a copy of our own. */
  #owner: Transport | null = null;

  /** Something is queued. */
  get blocked(): boolean {
    return this.#pending !== null;
  }

  get queued(): number {
    return this.#end - this.#start;
  }

  /**
   * Writes bytes [start, end). False: a remainder is queued (or the connection is gone, which `onClose` will tell).
   * `owner` is the transport whose read buffer this is; null for memory that will be used again, which is copied.
   */
  write(bytes: Buffer, start: number, end: number, owner: Transport | null): boolean {
    const transport = this.transport;
    if (transport === null) return false;
    if (this.#pending !== null) {
      this.#append(bytes, start, end);
      return false;
    }
    const taken = transport.write(bytes, start, end);
    if (taken === end - start) return true;
    if (taken < 0) return false;
    this.#queue(bytes, start + taken, end, owner);
    return false;
  }

  /** Writes what is queued. True: nothing is queued any more. */
  onWritable(): boolean {
    const pending = this.#pending;
    if (pending === null) return true;
    const taken = this.transport === null ? -1 : this.transport.write(pending, this.#start, this.#end);
    if (taken < 0) return false;
    this.#start += taken;
    if (this.#start < this.#end) return false;
    this.clear();
    return true;
  }

  clear(): void {
    this.#giveUp();
    this.#pending = null;
    this.#start = this.#end = 0;
  }

  #queue(bytes: Buffer, start: number, end: number, owner: Transport | null): void {
    const kept = owner !== null && end - start >= KEEP ? owner.retain(bytes, start, end) : null;
    if (kept !== null) {
      this.#pending = kept;
      this.#owner = owner;
      this.#start = start;
      this.#end = end;
      return;
    }
    const copy = Buffer.allocUnsafeSlow(end - start);
    bytes.copy(copy, 0, start, end);
    this.#pending = copy;
    this.#start = 0;
    this.#end = copy.length;
  }

  #append(bytes: Buffer, start: number, end: number): void {
    // A kept buffer belongs to its reader beyond `#end`: never written into, always copied once.
    const have = this.#end - this.#start;
    const grown = Buffer.allocUnsafeSlow(have + end - start);
    this.#pending!.copy(grown, 0, this.#start, this.#end);
    bytes.copy(grown, have, start, end);
    this.#giveUp();
    this.#pending = grown;
    this.#start = 0;
    this.#end = grown.length;
  }

  /** `#pending` is written or of no use any more. */
  #giveUp(): void {
    const pending = this.#pending;
    if (pending === null) return;
    const owner = this.#owner;
    this.#owner = null;
    if (owner !== null) owner.release(pending);
    // A copy of ours that nobody else has seen: its memory is free at once, not at the next garbage collection.
    else if (pending.length >= KEEP) (pending.buffer as ArrayBuffer).transfer(0);
  }
}
