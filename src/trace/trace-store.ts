/**
 * Where trace records live: in flight, waiting to be written down, kept for `explain --id`, or free for the next exchange.
 *
 * Two rings are kept: the recent exchanges, and the notable ones (failed or slow), which a flood of good ones thus
 * does not push out. A ring keeps what a record said, not the record: that goes to the next exchange at once, so the
 * few that are in use stay in the cache, and in a steady state nothing is allocated.
 */
import { type TraceRecord, beginOf, endOf } from "../contract/trace-record.ts";
import type { Nanoseconds } from "../contract/time.ts";
import { RecordRing } from "./record-ring.ts";
import { TRACE_ID_LENGTH } from "./trace-context.ts";
import { BlockRecord } from "./block-record.ts";
import type { AccessLog } from "./access-log.ts";
import { ExchangeCounts } from "./exchange-counts.ts";

export class TraceStore {
  readonly #free = new RecordPool();
  readonly #recent: RecordRing;
  readonly #notable: RecordRing;
  #completed = 0;

  /** Exchanges that took at least this long count as slow. */
  slowNs: Nanoseconds;

  /** `recent` and `notable`: how many records each ring keeps, 0 for none. */
  constructor(recent: number, notable: number, slowNs: Nanoseconds) {
    this.#recent = new RecordRing(recent, this.#free);
    this.#notable = new RecordRing(notable, this.#free);
    this.slowNs = slowNs;
  }

  /** A record of one's own, reset, until `complete` or `release`. Its ids are zero until `newIds`. */
  acquire(): TraceRecord {
    const record = this.#free.take();
    record.reset();
    return record;
  }

  /** The exchange is over: keeps what its record says. The caller must not touch it any more. */
  complete(record: TraceRecord): void {
    const ring = this.#notable.size > 0 && this.#isNotable(record) ? this.#notable : this.#recent;
    if (ring.size > 0) ring.put(record, this.#completed++);
    else this.#free.give(record);
  }

  /** Gives a record back without keeping it. */
  release(record: TraceRecord): void {
    this.#free.give(record);
  }

  /** A copy of the newest kept record with this trace id (32 hexadecimal digits), or undefined. */
  find(traceIdHex: string): TraceRecord | undefined {
    const id = Buffer.from(traceIdHex, "hex");
    if (id.length !== TRACE_ID_LENGTH || traceIdHex.length !== 2 * TRACE_ID_LENGTH) return undefined;
    const recent = this.#recent.find(id);
    const notable = this.#notable.find(id);
    if (recent < 0 && notable < 0) return undefined;
    if (recent < 0) return this.#notable.read(notable);
    if (notable < 0 || this.#recent.serial(recent) > this.#notable.serial(notable)) return this.#recent.read(recent);
    return this.#notable.read(notable);
  }

  /** Copies of at most `limit` kept records, newest first. */
  recent(limit: number): TraceRecord[] {
    const list: TraceRecord[] = [];
    let recent = 0;
    let notable = 0;
    while (list.length < limit) {
      const recentSerial = this.#recent.serial(recent);
      const notableSerial = this.#notable.serial(notable);
      if (recentSerial < 0 && notableSerial < 0) break;
      list.push(recentSerial > notableSerial ? this.#recent.read(recent++) : this.#notable.read(notable++));
    }
    return list;
  }

  #isNotable(record: TraceRecord): boolean {
    if (record.fault !== null || record.status >= 500) return true;
    const { stamps } = record;
    return endOf(stamps) - beginOf(stamps) >= this.slowNs;
  }
}

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
