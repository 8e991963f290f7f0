import { TraceRecord } from "../contract/trace-record.ts";
import type { RecordPool } from "./trace-store.ts";
import { fitsRow, RowTable } from "./row-table.ts";
import { BlockRecord } from "./block-record.ts";
import { TRACE_ID_LENGTH } from "./trace-context.ts";

/** What the last `size` records said, and in which order they came. */
export class RecordRing {
  readonly size: number;
  readonly #rows: RowTable;
  /** Records that fit in no row; null where the row holds. */
  readonly #whole: Array<TraceRecord | null>;
  #wholeCount = 0;
  readonly #serials: Float64Array;
  readonly #free: RecordPool;
  #next = 0;
  #count = 0;

  /** `free` gets the records that are no longer needed. */
  constructor(size: number, free: RecordPool) {
    this.size = size;
    this.#rows = new RowTable(size);
    this.#whole = Array.from({ length: size }, () => null);
    this.#serials = new Float64Array(size);
    this.#free = free;
  }

  /** Takes a record over. Needs a size above 0. */
  put(record: TraceRecord, serial: number): void {
    const slot = this.#next;
    this.#next = slot + 1 === this.size ? 0 : slot + 1;
    if (this.#count < this.size) this.#count++;
    this.#serials[slot] = serial;
    if (this.#wholeCount > 0) this.#clear(slot);
    if (record instanceof BlockRecord && fitsRow(record)) {
      this.#rows.write(slot, record);
      this.#free.give(record);
    } else {
      this.#whole[slot] = record;
      this.#wholeCount++;
    }
  }

  #clear(slot: number): void {
    const left = this.#whole[slot]!;
    if (left === null) return;
    this.#whole[slot] = null;
    this.#wholeCount--;
    this.#free.give(left);
  }

  /** The serial of the `back`-th newest record (0: the newest), or -1. */
  serial(back: number): number {
    return back < this.#count ? this.#serials[this.#slot(back)]! : -1;
  }

  /** A copy of the `back`-th newest record. Needs one to be there. */
  read(back: number): TraceRecord {
    const slot = this.#slot(back);
    const whole = this.#whole[slot]!;
    return whole === null ? this.#rows.read(slot) : copyOf(whole);
  }

  /** How far back the newest record with this trace id (16 bytes) is, or -1. */
  find(id: Buffer): number {
    for (let back = 0; back < this.#count; back++) {
      const slot = this.#slot(back);
      const whole = this.#whole[slot]!;
      if (whole === null) {
        if (this.#rows.hasTraceId(slot, id)) return back;
      } else if (whole.ids.compare(id, 0, TRACE_ID_LENGTH, 0, TRACE_ID_LENGTH) === 0) {
        return back;
      }
    }
    return -1;
  }

  #slot(back: number): number {
    const slot = this.#next - 1 - back;
    return slot < 0 ? slot + this.size : slot;
  }
}

/** The original's memory is used again by other exchanges. */
function copyOf(record: TraceRecord): TraceRecord {
  return Object.assign(new TraceRecord(), record, {
    stamps: record.stamps.slice(),
    ids: Buffer.from(record.ids),
    line: Buffer.from(record.line.subarray(0, record.lineLength)),
    authority: Buffer.from(record.authority.subarray(0, record.authorityLength)),
  });
}
