import type { Nanoseconds, WheelMilliseconds } from "./time.ts";
import type { Balancer, PickRequest } from "./balancer.ts";
import type { Exchange } from "./exchange.ts";
import type { FaultCode } from "./fault.ts";
import type { PoolPlan } from "./plan.ts";
import type { Endpoint, Target, TargetMode, TargetSource, UpstreamLink } from "./target.ts";
import type { LayerResult } from "./target-health.ts";
import type { PickReason, TargetConsidered } from "./trace-record.ts";

/** An exchange that waits for a connection. */
export interface WaitingExchange {
  readonly exchange: Exchange;
  /** It waits no longer, for whatever reason. */
  leave(): void;
}

/** What a discovery source last said. */
export interface SourceState {
  readonly source: TargetSource;
  /** Targets it named at the last good answer. */
  readonly count: number;
  /** Of the last good answer and of the last try, wheel milliseconds; 0 = never. */
  readonly goodAt: WheelMilliseconds;
  readonly triedAt: WheelMilliseconds;
  /** Why the last try gave nothing to use (and the targets before it were kept); "" = it was good. */
  readonly problem: string;
}

/**
 * A pool as it is now: who is in it, how they fare, who waits. It outlives the plans that name it (a reload gives it
 * a new `PoolPlan`), and it is the only place that changes a target's state. `now`: wheel milliseconds.
 */
export interface LivePool {
  readonly name: string;
  /** The newest plan of it. */
  readonly plan: PoolPlan;
  /** In the order of the sources, then of each source. Replaced as a whole when somebody joins or leaves. */
  readonly targets: readonly Target[];
  readonly balancer: Balancer;
  /** Why the last pick or peek was what it was. */
  readonly lastReason: PickReason;
  readonly sources: readonly SourceState[];
  /** Too few are up (`HealthPlan.panic`), so all are used. */
  readonly panic: boolean;

  /** Oldest first. */
  readonly waiting: WaitingExchange[];
  /** Retries that may be made now (see `upstream/retry-budget.ts`). */
  retryTokens: number;
  /** What requests have paid in since `retryPeriod` (wheel milliseconds), and in the period before. */
  retryPaid: number;
  retryPaidBefore: number;
  retryPeriod: number;
  /** Monotonic milliseconds of the last refill; 0 = never. */
  retryRefilled: number;

  /** Called when a target may have become usable: who waits can be tried again. */
  onUsable: ((pool: LivePool) => void) | null;

  // ---- requests (allocate nothing)
  /**
   * Sticky target, else the balancer's. Null: none is usable (all draining, full or tried before). `notes`: every
   * target is added with its score and why it is not used.
   */
  pick(request: PickRequest, now: WheelMilliseconds, notes: TargetConsidered[] | null): Target | null;
  /** What `pick` would answer. Nothing changes, so `explain` shows the very pick that traffic would get. */
  peek(request: PickRequest, now: WheelMilliseconds, notes: TargetConsidered[] | null): Target | null;
  /** A response's head came, `elapsed` nanoseconds after the request was sent. */
  noteAnswer(target: Target, status: number, elapsed: Nanoseconds, now: WheelMilliseconds): void;
  /** An attempt failed at the target. */
  noteFailure(target: Target, code: FaultCode, detail: string, now: WheelMilliseconds): void;

  // ---- links (allocate nothing; each of them brings the target's counts up to date)
  /** It is opening: from here on it counts as a connection. What it carries already (`active`) counts too. */
  linkOpened(link: UpstreamLink): void;
  /** It has taken an exchange more, which is in its `active`. */
  exchangeBegan(link: UpstreamLink): void;
  /** It has an exchange less. One that is of no further use has `capacity` 0 by now. */
  exchangeEnded(link: UpstreamLink): void;
  /** Its `capacity` has changed. */
  linkChanged(link: UpstreamLink): void;
  /** It is no connection any more. All that it carried has ended before. */
  linkClosed(link: UpstreamLink): void;

  // ---- operation
  /** The plan of a reload. The targets of sources that it does not name are removed. */
  adopt(plan: PoolPlan, now: WheelMilliseconds): void;
  /** Ejections that end, slow starts that go on, drains whose time is over. Called about ten times a second. */
  tick(now: WheelMilliseconds): void;
  /** `until`: when what still lives is cut, wheel milliseconds; 0 = never. */
  setMode(target: Target, mode: TargetMode, now: WheelMilliseconds, until: WheelMilliseconds): void;
  /** Null: as the source wants it. */
  setWeight(target: Target, weight: number | null, now: WheelMilliseconds): void;
  /** The source's whole list: who is new joins, who is missing is removed and drains. An empty list never empties the pool. */
  setEndpoints(source: TargetSource, endpoints: readonly Endpoint[], now: WheelMilliseconds): void;
  /** The source gave no usable answer: what it said before is kept. */
  noteSourceProblem(source: TargetSource, problem: string, now: WheelMilliseconds): void;
  /** A check of the target ended; it passed when every layer is ok. */
  noteCheck(target: Target, layers: readonly LayerResult[], now: WheelMilliseconds): void;
}
