/**
 * Whether a record stands in its RRset already (RFC 2181 §5). The few records of most sets are compared one with the
 * other; those of a large one are found by hash, so that a set of 100,000 costs no 100,000².
 */

/** Beyond this, hashes are faster. */
const COMPARED = 16;

export class RepeatFinder {
  readonly #bytes: Uint8Array;
  /** By record that was kept: its data. Owned by whoever builds the zone. */
  readonly #starts: Uint32Array;
  readonly #lengths: Uint16Array;
  /** Record + 1 by hash of its data, open addressing; used from `COMPARED` records on. */
  #slots = new Int32Array(0);
  /** The set whose records are in `#slots`, by its first record, and how many of them are. */
  #first = -1;
  #indexed = 0;

  constructor(bytes: Uint8Array, starts: Uint32Array, lengths: Uint16Array) {
    this.#bytes = bytes;
    this.#starts = starts;
    this.#lengths = lengths;
  }

  /** Whether the data at `start` is that of one of the records [first, end); these are all that were kept of one set so far. */
  has(start: number, length: number, first: number, end: number): boolean {
    if (end - first < COMPARED) {
      for (let record = first; record < end; record++) if (this.#same(record, start, length)) return true;
      return false;
    }
    this.#index(first, end);
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = this.#hash(start, length) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      if (this.#same(slots[slot]! - 1, start, length)) return true;
    }
    return false;
  }

  #index(first: number, end: number): void {
    const count = end - first;
    if (first !== this.#first || count * 2 > this.#slots.length) {
      let size = 64;
      while (size < count * 4) size *= 2;
      this.#slots = new Int32Array(size);
      this.#first = first;
      this.#indexed = 0;
    }
    for (; this.#indexed < count; this.#indexed++) this.#place(first + this.#indexed);
  }

  #place(record: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = this.#hash(this.#starts[record]!, this.#lengths[record]!) & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = record + 1;
  }

  #hash(start: number, length: number): number {
    let hash = length | 0;
    for (let at = start, end = start + length; at < end; at++) hash = Math.imul(hash ^ this.#bytes[at]!, 0x01000193);
    return hash ^ (hash >>> 15);
  }

  #same(record: number, start: number, length: number): boolean {
    if (this.#lengths[record] !== length) return false;
    const bytes = this.#bytes;
    const other = this.#starts[record]!;
    for (let index = 0; index < length; index++) if (bytes[start + index] !== bytes[other + index]) return false;
    return true;
  }
}
