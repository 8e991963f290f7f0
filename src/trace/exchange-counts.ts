/**
 * Exchanges that are over, counted for `GET /metrics` as their records are settled: by route and class of status, by
 * fault, and how long they took. Each count is an index and an add; names cost a lookup, and only where they change.
 */
import type { FaultCode } from "../contract/fault.ts";
import { NO_RETRY } from "../contract/no-retry.ts";
import { Stamp, type TraceRecord, beginOf, endOf, timeToFirstByte } from "../contract/trace-record.ts";
import type { Nanoseconds } from "../contract/time.ts";
import { FAULT_CODES, faultNumber } from "../fault/faults.ts";

/** Upper bounds of the buckets, seconds. What took longer than the last is in one more. */
export const BUCKETS: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
];
const BOUNDS = Float64Array.from(BUCKETS, (seconds) => seconds * 1e9);
/** "none": no status was sent. In the order of `STATUS_CLASSES[floor(status / 100)]`. */
export const STATUS_CLASSES = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"] as const;
/** Names of routes and pools come with every reload: further ones share a count, under `OTHER`. */
const MAX_NAMES = 4096;
export const OTHER = "(other)";

export class Histogram {
  /** One per bucket, not cumulative; the last is what took longer than all bounds. */
  readonly counts: Float64Array = new Float64Array(BUCKETS.length + 1);
  sum: Nanoseconds = 0;

  add(nanoseconds: Nanoseconds): void {
    let bucket = 0;
    while (bucket < BOUNDS.length && nanoseconds > BOUNDS[bucket]!) bucket++;
    this.counts[bucket]!++;
    this.sum += nanoseconds;
  }
}

export class RouteCounts {
  /** By `STATUS_CLASSES`. */
  readonly statuses: Float64Array = new Float64Array(STATUS_CLASSES.length);
  readonly durations: Histogram = new Histogram();
}

export class PoolCounts {
  retries = 0;
  /** Retries that were not made, by the place of the reason in `NO_RETRY`. */
  readonly noRetries: Float64Array = new Float64Array(NO_RETRY.length);
  /** Requests that two targets had at once. */
  hedged = 0;
  /** Of the upstream, from the whole request to its first byte. */
  readonly firstBytes: Histogram = new Histogram();
}

export class ExchangeCounts {
  /** "": no route was found. */
  readonly routes: Map<string, RouteCounts> = new Map();
  readonly pools: Map<string, PoolCounts> = new Map();
  readonly #faults = new Float64Array(FAULT_CODES.length + 1);
  // Most exchanges are of the route and the pool of the one before.
  #route: RouteCounts | null = null;
  #routeName = "";
  #pool: PoolCounts | null = null;
  #poolName = "";

  add(record: TraceRecord): void {
    const { stamps, status } = record;
    if (this.#route === null || record.route !== this.#routeName) {
      this.#route = countsOf(this.routes, record.route, () => new RouteCounts());
      this.#routeName = record.route;
    }
    // A status of 600 and more has no class of its own (RFC 9110 §15: treat it as 5xx).
    this.#route.statuses[Math.min(STATUS_CLASSES.length - 1, Math.floor(status / 100))]!++;
    this.#route.durations.add(endOf(stamps) - beginOf(stamps));
    if (record.fault !== null) this.#faults[faultNumber(record.fault)]!++;
    if (record.pool !== "") this.#addProxied(record);
  }

  #addProxied(record: TraceRecord): void {
    if (this.#pool === null || record.pool !== this.#poolName) {
      this.#pool = countsOf(this.pools, record.pool, () => new PoolCounts());
      this.#poolName = record.pool;
    }
    this.#pool.retries += record.retries;
    if (record.noRetry !== "") this.#pool.noRetries[NO_RETRY.indexOf(record.noRetry)]!++;
    if (record.hedged) this.#pool.hedged++;
    if (record.source === "upstream" && record.stamps[Stamp.firstByte] !== 0) {
      this.#pool.firstBytes.add(timeToFirstByte(record.stamps));
    }
  }

  faults(code: FaultCode): number {
    return this.#faults[faultNumber(code)]!;
  }
}

function countsOf<Counts>(map: Map<string, Counts>, name: string, make: () => Counts): Counts {
  const known = map.get(name);
  if (known !== undefined) return known;
  if (map.size >= MAX_NAMES && name !== OTHER) return countsOf(map, OTHER, make);
  const made = make();
  map.set(name, made);
  return made;
}
