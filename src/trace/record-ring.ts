import type { TraceRecord } from "../contract/trace-record.ts";

/** The last `size` records put in, with the order in which they came. */
export class RecordRing {
  readonly #slots: Array<TraceRecord | null>;
  readonly #serials: Float64Array;
  #next = 0;

  constructor(size: number) {
    this.#slots = Array.from({ length: size }, () => null);
    this.#serials = new Float64Array(size);
  }

  get size(): number {
    return this.#slots.length;
  }

  /** Puts a record in; answers the one that had to leave, if any. Needs a size above 0. */
  put(record: TraceRecord, serial: number): TraceRecord | null {
    const slot = this.#next;
    const left = this.#slots[slot]!;
    this.#slots[slot] = record;
    this.#serials[slot] = serial;
    this.#next = slot + 1 === this.#slots.length ? 0 : slot + 1;
    return left;
  }

  /** The `back`-th newest record (0: the newest), or null. */
  newest(back: number): TraceRecord | null {
    return back < this.size ? this.#slots[this.#slot(back)]! : null;
  }

  /** Its serial, or -1. */
  newestSerial(back: number): number {
    return this.newest(back) === null ? -1 : this.#serials[this.#slot(back)]!;
  }

  #slot(back: number): number {
    const slot = this.#next - 1 - back;
    return slot < 0 ? slot + this.size : slot;
  }
}
