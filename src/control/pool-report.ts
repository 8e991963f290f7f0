import type { WheelMilliseconds } from "../contract/time.ts";
import type { BalanceName } from "../contract/balancer.ts";
import type { PoolPlan, TargetSourcePlan } from "../contract/plan.ts";
import { balanceWords, checkWords, passiveWords, takesTargets } from "./pool-words.ts";
import { since } from "./target-evidence.ts";
import { type TargetReport, targetReport } from "./target-report.ts";

/** A pool as `GET /pools` shows it. */
export interface PoolReport {
  readonly name: string;
  readonly algorithm: BalanceName;
  /** What the algorithm hashes, in words; null: it goes by none. */
  readonly key: string | null;
  /** Algorithm, key, bounds and slow start in words. */
  readonly balance: string;
  /** In words; null: requests are not bound to targets. */
  readonly sticky: string | null;
  /** In words; null: no active checks. */
  readonly check: string | null;
  readonly passive: string;
  /** Too few are up, so all are used. */
  readonly panic: boolean;
  /** Targets that are up. */
  readonly up: number;
  /** Requests that wait for a connection, and how many may. */
  readonly waiting: number;
  readonly queueMax: number;
  /** How long what lives at a target that drains may go on, unless it is told otherwise; 0: no end. */
  readonly drainMs: number;
  /** Targets can be added and removed by the admin API. */
  readonly takesTargets: boolean;
  readonly targets: readonly TargetReport[];
  readonly sources: readonly SourceReport[];
}

export interface SourceReport {
  readonly source: string;
  readonly kind: TargetSourcePlan["kind"];
  /** Targets that it named at its last good answer. */
  readonly count: number;
  /** Of the last good answer and of the last try, milliseconds; null: none yet. */
  readonly goodAgeMs: number | null;
  readonly triedAgeMs: number | null;
  /** Why the last try gave nothing to use, so that the targets before it were kept; "": it was good. */
  readonly problem: string;
}

/** `now`: wheel milliseconds. */
export function poolReport(plan: PoolPlan, now: WheelMilliseconds): PoolReport {
  const { live, balance, health } = plan;
  const targets = live.targets.map((target) => targetReport(target, health.check, live.panic, now));
  return {
    name: plan.name,
    algorithm: balance.algorithm,
    key: balance.key?.describe() ?? null,
    balance: balanceWords(balance),
    sticky: plan.stickiness?.describe() ?? null,
    check: health.check === null ? null : checkWords(health.check),
    passive: passiveWords(health.passive),
    panic: live.panic,
    up: targets.filter(({ state }) => state === "up" || state === "full").length,
    waiting: live.waiting.length,
    queueMax: plan.queue.max,
    drainMs: plan.drain,
    takesTargets: takesTargets(plan),
    targets,
    sources: sourceReports(plan, now),
  };
}

export function sourceReports({ sources, live }: PoolPlan, now: WheelMilliseconds): SourceReport[] {
  return live.sources.map((state) => ({
    source: state.source,
    kind: sources.find(({ text }) => text === state.source)?.kind ?? "config",
    count: state.count,
    goodAgeMs: since(state.goodAt, now),
    triedAgeMs: since(state.triedAt, now),
    problem: state.problem,
  }));
}
