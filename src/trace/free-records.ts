import type { TraceRecord } from "../contract/trace-record.ts";
import { RingRecord } from "./ring-record.ts";

/** Free records kept after a burst; more are left to the garbage collector. */
const MAX_FREE = 4096;

/** Records for the next exchanges. The one given last is taken first, since it is the likeliest to be in a cache. */
export class FreeRecords {
  readonly #records: RingRecord[] = [];

  take(): RingRecord {
    return this.#records.pop() ?? new RingRecord();
  }

  give(record: TraceRecord): void {
    if (record instanceof RingRecord && this.#records.length < MAX_FREE) this.#records.push(record);
  }
}
