import type { Transport } from "../contract/transport.ts";

const KEEP = 16_384;
const SMALLEST = 2_048;

/**
 * Bytes of one connection that came and could not be used yet: a head that is not complete, a body whose consumer
 * is full, requests that were pipelined. The reader bounds it by pausing its transport.
 */
export class Input {
  bytes: Buffer | null = null;
  start = 0;
  end = 0;
  /** Whose read buffer `bytes` is; null when it is ours to write into. */
  #owner: Transport | null = null;

  get length(): number {
    return this.end - this.start;
  }

  /** Keeps bytes [start, end) behind what is kept already. `owner`: whose read buffer it is, null to copy. */
  append(bytes: Buffer, start: number, end: number, owner: Transport | null): void {
    const more = end - start;
    if (more <= 0) return;
    if (this.bytes === null) {
      const kept = owner !== null && more >= KEEP ? owner.retain(bytes, start, end) : null;
      if (kept !== null) {
        this.bytes = kept;
        this.#owner = owner;
        this.start = start;
        this.end = end;
        return;
      }
      this.#replace(Math.max(SMALLEST, more));
    } else if (this.#owner !== null || this.end + more > this.bytes.length) {
      const have = this.length;
      if (this.#owner === null && have + more <= this.bytes.length) {
        this.bytes.copyWithin(0, this.start, this.end);
        this.start = 0;
        this.end = have;
      } else {
        this.#replace((have + more) * 2);
      }
    }
    bytes.copy(this.bytes!, this.end, start, end);
    this.end += more;
  }

  /** Bytes before `position` were used. */
  consume(position: number): void {
    this.start = position;
    if (this.start >= this.end) this.clear();
  }

  clear(): void {
    this.#giveBack();
    this.bytes = null;
    this.start = this.end = 0;
  }

  #replace(size: number): void {
    const old = this.bytes;
    const grown = Buffer.allocUnsafeSlow(size);
    const have = this.length;
    if (old !== null) old.copy(grown, 0, this.start, this.end);
    this.#giveBack();
    this.bytes = grown;
    this.start = 0;
    this.end = have;
  }

  #giveBack(): void {
    const owner = this.#owner;
    if (owner === null) return;
    this.#owner = null;
    owner.release(this.bytes!);
  }
}
