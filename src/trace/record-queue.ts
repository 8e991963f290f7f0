import type { TraceRecord } from "../contract/trace-record.ts";
import type { AccessLog } from "./access-log.ts";
import { ExchangeCounts } from "./exchange-counts.ts";
import type { TraceStore } from "./trace-store.ts";

/** Records that wait to be written down. A hot set of this size still fits the caches. */
const BATCH = 32;

/**
 * Records of exchanges that are over. They are counted, logged and put into the ring by the batch: the code and the
 * tables for it are fetched into the processor's caches once for many requests, and leave the path's own alone meanwhile.
 */
export class RecordQueue {
  readonly counts: ExchangeCounts = new ExchangeCounts();
  #log: AccessLog | null;
  /** By the logs before this one. */
  #lostBefore = 0;
  readonly #ring: TraceStore;
  readonly #waiting: Array<TraceRecord | null> = Array.from({ length: BATCH }, () => null);
  #count = 0;

  constructor(ring: TraceStore, log: AccessLog | null) {
    this.#ring = ring;
    this.#log = log;
  }

  /** Null: nothing is logged. Settle before it is changed. */
  get log(): AccessLog | null {
    return this.#log;
  }

  set log(next: AccessLog | null) {
    if (next === this.#log) return;
    this.#lostBefore = this.logLinesLost;
    this.#log = next;
  }

  /** Lines of the access log that were not written, over all reloads. */
  get logLinesLost(): number {
    return this.#lostBefore + (this.#log?.lost ?? 0);
  }

  /** A record for a new exchange, reset. */
  acquire(): TraceRecord {
    return this.#ring.acquire();
  }

  /** The exchange is over; its record must not be touched any more. */
  add(record: TraceRecord): void {
    this.#waiting[this.#count++] = record;
    if (this.#count === BATCH) this.settle();
  }

  /** Writes down what waits. To be called now and then, and before anybody reads the ring or the log. */
  settle(): void {
    const count = this.#count;
    this.#count = 0;
    const log = this.#log;
    for (let index = 0; index < count; index++) {
      const record = this.#waiting[index]!;
      this.#waiting[index] = null;
      this.counts.add(record);
      log?.write(record);
      this.#ring.complete(record);
    }
  }
}
