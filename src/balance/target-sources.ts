import type { WheelMilliseconds } from "../contract/time.ts";
import type { SourceState } from "../contract/live-pool.ts";
import type { TargetSourcePlan } from "../contract/plan.ts";
import type { Endpoint, TargetSource } from "../contract/target.ts";
import { formatHostPort } from "../bytes/address.ts";

/** Targets of one pool, whoever names them; the rest is kept out and said. */
export const MAX_TARGETS = 16_384;

/** Who names an address, and as what. */
export interface Named {
  readonly endpoint: Endpoint;
  readonly source: TargetSource;
}

class SourceRecord implements SourceState {
  readonly source: TargetSource;
  readonly kind: TargetSourcePlan["kind"];
  endpoints: readonly Endpoint[] = [];
  goodAt = 0;
  triedAt = 0;
  /** Of its last answer. */
  trouble = "";
  /** Targets that the pool had no room for. */
  leftOut = 0;

  constructor(plan: TargetSourcePlan) {
    this.source = plan.text;
    this.kind = plan.kind;
  }

  get count(): number {
    return this.endpoints.length;
  }

  get problem(): string {
    if (this.trouble !== "" || this.leftOut === 0) return this.trouble;
    return `${this.leftOut} of its ${this.count} targets are left out: a pool has at most ${MAX_TARGETS}`;
  }

  accept(endpoints: readonly Endpoint[], now: WheelMilliseconds): void {
    this.endpoints = endpoints;
    this.goodAt = now;
    this.triedAt = now;
    this.trouble = "";
  }

  refuse(problem: string, now: WheelMilliseconds): void {
    this.triedAt = now;
    this.trouble = problem;
  }
}

/** What each source of a pool said last. */
export class TargetSources {
  /** In the config's order: where two name the same address, the first counts. */
  list: readonly SourceRecord[] = [];

  /** The sources of a new plan. One that was there before keeps what it said. */
  adopt(plans: readonly TargetSourcePlan[], now: WheelMilliseconds): void {
    this.list = plans.map((plan) => {
      const before = this.list.find(({ source, kind }) => source === plan.text && kind === plan.kind);
      const record = before ?? new SourceRecord(plan);
      if (plan.kind === "config") record.accept(plan.endpoints, now);
      return record;
    });
  }

  /**
   * A source's new list; answers whether it is believed. An empty one is not, unless other sources name targets:
   * rather an old list than a pool without any. A source that fails should say so (`noteProblem`) and not that it
   * names no client.
   */
  set(source: TargetSource, endpoints: readonly Endpoint[], now: WheelMilliseconds): boolean {
    const record = this.list.find((one) => one.source === source);
    // An answer that comes after a reload has dropped its source.
    if (record === undefined) return false;
    if (endpoints.length > 0 || this.#isDispensable(record)) {
      record.accept(endpoints, now);
      return true;
    }
    const kept = record.count === 0 ? "" : `; the ${record.count} of before are kept`;
    record.refuse(`answered with no targets${kept}`, now);
    return false;
  }

  noteProblem(source: TargetSource, problem: string, now: WheelMilliseconds): void {
    this.list.find((one) => one.source === source)?.refuse(problem, now);
  }

  /** Every address once, in order. */
  merge(): Map<string, Named> {
    const named = new Map<string, Named>();
    for (const record of this.list) {
      record.leftOut = 0;
      for (const endpoint of record.endpoints) {
        const address = formatHostPort(endpoint);
        if (named.has(address)) continue;
        if (named.size < MAX_TARGETS) named.set(address, { endpoint, source: record.source });
        else record.leftOut++;
      }
    }
    return named;
  }

  /** The pool has targets without this source's, or nobody was added by an operator yet. */
  #isDispensable(record: SourceRecord): boolean {
    if (record.kind === "admin" && record.count === 0) return true;
    return this.list.some((one) => one !== record && one.count > 0);
  }
}
