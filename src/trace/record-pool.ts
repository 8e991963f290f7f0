import type { TraceRecord } from "../contract/trace-record.ts";
import { BlockRecord } from "./block-record.ts";

/** Free records kept after a burst; more are left to the garbage collector. */
const MAX_FREE = 4096;

/** Records for the next exchanges. The one given last is taken first, since it is the likeliest to be in a cache. */
export class RecordPool {
  readonly #records: BlockRecord[] = [];

  take(): BlockRecord {
    return this.#records.pop() ?? new BlockRecord();
  }

  give(record: TraceRecord): void {
    if (record instanceof BlockRecord && this.#records.length < MAX_FREE) this.#records.push(record);
  }
}
