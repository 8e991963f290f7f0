/**
 * Where trace records live: in flight, kept for `explain --id`, or free for the next exchange.
 *
 * Two rings are kept: the recent exchanges, and the notable ones (failed or slow), which a flood of good ones thus
 * does not push out. A record that leaves a ring is handed to the next exchange, so in a steady state nothing is
 * allocated and nothing is copied. A record handed out is in no ring.
 */
import { TraceRecord } from "../contract/trace-record.ts";
import { beginOf, endOf } from "./duration.ts";
import { RecordRing } from "./record-ring.ts";
import { IDS_LENGTH, TRACE_ID_LENGTH } from "./trace-context.ts";

/** Free records kept after a burst; more are left to the garbage collector. */
const MAX_FREE = 4096;

export class TraceRing {
  readonly #recent: RecordRing;
  readonly #notable: RecordRing;
  readonly #free: TraceRecord[] = [];
  #completed = 0;

  /** Exchanges that took at least this long count as slow, nanoseconds. */
  slowNs: number;

  /** `recent` and `notable`: how many records each ring keeps, 0 for none. */
  constructor(recent: number, notable: number, slowNs: number) {
    this.#recent = new RecordRing(recent);
    this.#notable = new RecordRing(notable);
    this.slowNs = slowNs;
  }

  /** A record of one's own, reset, until `complete` or `release`. Its ids are zero until `newIds`. */
  acquire(): TraceRecord {
    const record = this.#free.pop() ?? new TraceRecord();
    record.reset();
    // Who is refused before it gets ids must not be found under those of the exchange before.
    clearIds(record.ids);
    return record;
  }

  /** The exchange is over: keeps its record, which the caller must not touch any more. */
  complete(record: TraceRecord): void {
    const ring = this.#notable.size > 0 && this.#isNotable(record) ? this.#notable : this.#recent;
    if (ring.size === 0) {
      this.release(record);
      return;
    }
    const left = ring.put(record, this.#completed++);
    if (left !== null) this.release(left);
  }

  /** Gives a record back without keeping it. */
  release(record: TraceRecord): void {
    if (this.#free.length < MAX_FREE) this.#free.push(record);
  }

  /**
   * The newest kept record with this trace id (32 hexadecimal digits), or undefined. It may be recycled as soon as
   * other exchanges end: read it before the event loop turns.
   */
  find(traceIdHex: string): TraceRecord | undefined {
    const id = Buffer.from(traceIdHex, "hex");
    if (id.length !== TRACE_ID_LENGTH || traceIdHex.length !== 2 * TRACE_ID_LENGTH) return undefined;
    for (const record of this.#newestFirst()) {
      if (record.ids.compare(id, 0, TRACE_ID_LENGTH, 0, TRACE_ID_LENGTH) === 0) return record;
    }
    return undefined;
  }

  /** At most `limit` kept records, newest first; the same caution as with `find`. */
  recent(limit: number): TraceRecord[] {
    const list: TraceRecord[] = [];
    for (const record of this.#newestFirst()) {
      if (list.length >= limit) break;
      list.push(record);
    }
    return list;
  }

  #isNotable(record: TraceRecord): boolean {
    if (record.fault !== null || record.status >= 500) return true;
    return endOf(record.stamps) - beginOf(record.stamps) >= this.slowNs;
  }

  *#newestFirst(): Generator<TraceRecord, void> {
    let recent = 0;
    let notable = 0;
    for (;;) {
      const useRecent = this.#recent.newestSerial(recent) > this.#notable.newestSerial(notable);
      const record = useRecent ? this.#recent.newest(recent++) : this.#notable.newest(notable++);
      if (record === null) return;
      yield record;
    }
  }
}

/** A loop: for so few bytes it is quicker than `fill`. */
function clearIds(ids: Uint8Array): void {
  for (let at = 0; at < IDS_LENGTH; at++) ids[at] = 0;
}
