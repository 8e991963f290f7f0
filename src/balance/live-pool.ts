/**
 * A pool at work. What it does is in the files beside it: who belongs to it (`target-sources.ts`, `members.ts`), what
 * operators want (`administration.ts`), what checks and traffic say (`active-health.ts`, `passive-health.ts`), and
 * what follows from all of that (`review.ts`). Here they meet.
 *
 * Whatever changes a target ends in `#settle`, which reviews all targets and does what the review asks for. The
 * balancer is told at the next pick, so that a burst of changes (a rack that fails) costs one update.
 */
import type { Nanoseconds, WheelMilliseconds } from "../contract/time.ts";
import type { Balancer, PickRequest } from "../contract/balancer.ts";
import type { FaultCode } from "../contract/fault.ts";
import type { PassivePlan } from "../contract/health-plan.ts";
import type { LivePool, SourceState, WaitingExchange } from "../contract/live-pool.ts";
import type { BalancePlan, PoolPlan } from "../contract/plan.ts";
import type { Endpoint, Target, TargetMode, TargetSource, UpstreamLink } from "../contract/target.ts";
import type { LayerResult } from "../contract/target-health.ts";
import type { PickReason, TargetConsidered } from "../contract/trace-record.ts";
import { forgetChecks, isOtherCheck, noteCheckResult } from "./active-health.ts";
import { applyMode, applyWeight } from "./administration.ts";
import { createBalancer } from "./balancers.ts";
import { noteFailedLatency, noteLatency, countLink, discountLink, Penalties } from "./target-load.ts";
import { Members } from "./members.ts";
import {
  countFailure,
  countServerError,
  eject,
  endEjection,
  forgetFailures,
  isCounted,
  mayEject,
} from "./passive-health.ts";
import type { PoolTarget } from "./pool-target.ts";
import { review } from "./review.ts";
import { failingStatuses } from "./status-table.ts";
import { isUsableSticky, noteSticky } from "./stickiness.ts";
import { TargetSources } from "./target-sources.ts";
import { inMilliseconds } from "../time/clocks.ts";

/** A pool without targets, until `adopt` gives it a plan. `random`: 0 (included) to 1 (excluded), for the algorithms. */
export function createLivePool(name: string, random: () => number = Math.random): LivePool {
  return new Pool(name, random);
}

/** RFC 9110 §15.6: the server's fault, from here on. */
const SERVER_ERROR = 500;

/**
 * A pool of more targets takes what checks and traffic say to heart with the next tick instead of at once, so that
 * thousands that fail together cost one review in a tenth of a second; each of them has a small share of the requests.
 */
const MANY = 1000;

/** Of a pool that has no plan yet. */
const NO_BALANCE: BalancePlan = {
  algorithm: "round-robin",
  key: null,
  boundedLoad: 0,
  virtualNodes: 1,
  tableSize: 65_537,
  slowStart: 0,
};

class Pool implements LivePool {
  readonly name: string;
  readonly waiting: WaitingExchange[] = [];
  retryTokens = 0;
  retryPaid = 0;
  retryPaidBefore = 0;
  retryPeriod = 0;
  retryRefilled = 0;
  onUsable: ((pool: LivePool) => void) | null = null;
  balancer: Balancer;
  lastReason: PickReason = "only-target";
  panic = false;
  /** A target that is no backup takes requests. */
  hasPrimaries = false;

  readonly #random: () => number;
  readonly #sources = new TargetSources();
  readonly #members = new Members();
  readonly #penalties = new Penalties();
  readonly #onEased = (target: Target): void => this.#noteLoad(target);
  #plan: PoolPlan | null = null;
  /** The balancer's picture is out of date. */
  #stale = false;
  /** When there is something to do, wheel milliseconds. */
  #due = Infinity;
  /** A target has become usable in the midst of an exchange: who waits is told with the next tick. */
  #wakes = false;
  /** See `Review`. */
  #open = 0;
  #ejected = 0;
  /** The algorithm goes by latencies. */
  #isTimed = false;
  /** 1 for each status that counts as a failure; null: none does. */
  #failing: Uint8Array | null = null;

  constructor(name: string, random: () => number) {
    this.name = name;
    this.#random = random;
    this.balancer = createBalancer(NO_BALANCE, random);
  }

  /** @throws Error before the first `adopt`. */
  get plan(): PoolPlan {
    if (this.#plan === null) throw new Error(`pool "${this.name}" has no plan yet`);
    return this.#plan;
  }

  get targets(): readonly Target[] {
    return this.#members.list;
  }

  get sources(): readonly SourceState[] {
    return this.#sources.list;
  }

  // ---- requests

  pick(request: PickRequest, now: WheelMilliseconds, notes: TargetConsidered[] | null): Target | null {
    const bound = this.#bound(request, now, notes);
    if (bound !== null) return bound;
    const target = this.balancer.pick(request, now, notes);
    this.lastReason = this.#reason(request);
    return target;
  }

  peek(request: PickRequest, now: WheelMilliseconds, notes: TargetConsidered[] | null): Target | null {
    const bound = this.#bound(request, now, notes);
    if (bound !== null) return bound;
    const target = this.balancer.peek(request, now, notes);
    this.lastReason = this.#reason(request);
    return target;
  }

  /** The target that the client is bound to; null: the algorithm decides, and its picture is up to date. */
  #bound(request: PickRequest, now: WheelMilliseconds, notes: TargetConsidered[] | null): Target | null {
    const { sticky } = request;
    if (this.#stale) {
      this.#stale = false;
      this.balancer.update(this.#members.list, this.panic);
    }
    if (sticky === null || !isUsableSticky(sticky, this, request)) return null;
    // The algorithm is asked for its notes only: it is not its turn.
    if (notes !== null) {
      this.balancer.peek(request, now, notes);
      noteSticky(sticky, notes);
    }
    this.lastReason = "sticky";
    return sticky;
  }

  #reason({ sticky, stickyLost }: PickRequest): PickReason {
    const { lastReason } = this.balancer;
    if (sticky !== null) return "sticky-moved";
    return stickyLost && lastReason !== "retry-elsewhere" ? "sticky-moved" : lastReason;
  }

  linkOpened(link: UpstreamLink): void {
    link.target.links.add(link);
    link.target.active += link.active;
    this.#count(link);
  }

  exchangeBegan(link: UpstreamLink): void {
    link.target.active++;
    this.#count(link);
  }

  exchangeEnded(link: UpstreamLink): void {
    const { target } = link;
    target.active--;
    // The last one ends a target that was removed: at the next tick, not in the midst of what ends here.
    if (target.removed && target.active === 0) this.#due = 0;
    this.#count(link);
  }

  linkChanged(link: UpstreamLink): void {
    this.#count(link);
  }

  linkClosed(link: UpstreamLink): void {
    discountLink(link);
    this.#noteLoad(link.target);
  }

  #count(link: UpstreamLink): void {
    countLink(link);
    this.#noteLoad(link.target);
  }

  #noteLoad(target: Target): void {
    if (!this.#stale && !(target as PoolTarget).dropped) this.balancer.onLoad(target);
  }

  noteAnswer(target: Target, status: number, elapsed: Nanoseconds, now: WheelMilliseconds): void {
    const { health } = target;
    health.answersTotal++;
    if (status >= SERVER_ERROR || this.#failing?.[status] === 1) {
      this.#noteBadAnswer(target as PoolTarget, status, elapsed, now);
      return;
    }
    health.errorsInARow = 0;
    noteLatency(target, inMilliseconds(elapsed), now);
    if (this.#isTimed) this.#noteLoad(target);
    if (health.ejectedUntil !== 0 && this.panic) {
      // It was used all the same, and works: this is what ends an outage.
      endEjection(target as PoolTarget, now);
      this.#settleObserved(now);
    }
  }

  noteFailure(target: Target, code: FaultCode, detail: string, now: WheelMilliseconds): void {
    if (isCounted(code)) this.#noteTrouble(target as PoolTarget, code, detail, now);
  }

  #noteBadAnswer(target: PoolTarget, status: number, elapsed: Nanoseconds, now: WheelMilliseconds): void {
    const failing = this.#failing;
    noteFailedLatency(target, inMilliseconds(elapsed), now);
    if (failing?.[status] === 1) {
      this.#noteTrouble(target, `status-${status}`, "", now);
      return;
    }
    this.#penalise(target, now);
    // The plan's own statuses are instead of the count in a row.
    if (failing !== null) return;
    const { passive } = this.plan.health;
    if (countServerError(target, status, passive, now)) this.#ejectIfAllowed(target, `status-${status}`, passive, now);
  }

  #noteTrouble(target: PoolTarget, code: string, detail: string, now: WheelMilliseconds): void {
    const { passive } = this.plan.health;
    this.#penalise(target, now);
    if (countFailure(target, code, detail, passive, now)) this.#ejectIfAllowed(target, code, passive, now);
  }

  #penalise(target: PoolTarget, now: WheelMilliseconds): void {
    this.#penalties.add(target, now);
    this.#noteLoad(target);
  }

  #ejectIfAllowed(target: PoolTarget, code: string, passive: PassivePlan, now: WheelMilliseconds): void {
    if (!mayEject(code, this.#ejected, this.#open, passive)) return;
    eject(target, passive, now);
    this.#ejected++;
    this.#settleObserved(now);
  }

  // ---- operation

  adopt(plan: PoolPlan, now: WheelMilliseconds): void {
    const before = this.#plan;
    this.#plan = plan;
    if (before === null || !isSameAlgorithm(before.balance, plan.balance)) {
      this.balancer = createBalancer(plan.balance, this.#random);
      this.#isTimed = plan.balance.algorithm === "least-time";
      this.lastReason = this.balancer.lastReason;
    }
    this.#failing = failingStatuses(plan.health.passive.statuses);
    this.#sources.adopt(plan.sources, now);
    this.#adoptMembers(now);
    // What another check found is kept until this one has asked; then it decides alone.
    const isOther = isOtherCheck(before?.health.check ?? null, plan.health.check);
    for (const target of this.#members.list) {
      if (plan.health.check === null) forgetChecks(target, now);
      else if (isOther) target.undecided = true;
      if (plan.health.passive.maxFails === 0 && target.health.ejections > 0) forgetFailures(target, now);
    }
    this.#settle(now, true);
    this.onUsable?.(this);
  }

  tick(now: WheelMilliseconds): void {
    this.#penalties.ease(now, this.#onEased);
    if (now < this.#due) return;
    const isUsable = this.#settle(now, false);
    const wakes = this.#wakes;
    this.#wakes = false;
    if (isUsable || wakes) this.onUsable?.(this);
  }

  setMode(target: Target, mode: TargetMode, now: WheelMilliseconds, until: WheelMilliseconds): void {
    applyMode(target as PoolTarget, mode, now, until);
    this.#settleAndTell(now, false);
  }

  /** @throws RangeError when the weight is not a whole number from 0 to 256. */
  setWeight(target: Target, weight: number | null, now: WheelMilliseconds): void {
    applyWeight(target as PoolTarget, weight);
    this.#settleAndTell(now, false);
  }

  setEndpoints(source: TargetSource, endpoints: readonly Endpoint[], now: WheelMilliseconds): void {
    if (!this.#sources.set(source, endpoints, now)) return;
    this.#settleAndTell(now, this.#adoptMembers(now));
  }

  noteSourceProblem(source: TargetSource, problem: string, now: WheelMilliseconds): void {
    this.#sources.noteProblem(source, problem, now);
  }

  noteCheck(target: Target, layers: readonly LayerResult[], now: WheelMilliseconds): void {
    const { check } = this.plan.health;
    // It came late: after a reload without checks, or when an operator works on the target.
    if (check === null || target.mode === "maintenance") return;
    if (!noteCheckResult(target as PoolTarget, layers, check, now)) return;
    if (this.#members.list.length > MANY) this.#due = 0;
    else this.#settleAndTell(now, false);
  }

  #adoptMembers(now: WheelMilliseconds): boolean {
    const { drain, connections } = this.plan;
    return this.#members.adopt(this.#sources.merge(), drain, connections.max, now);
  }

  // ---- what follows

  /** `changed`: something that the balancer goes by. Answers whether a target may have become usable. */
  #settle(now: WheelMilliseconds, changed: boolean): boolean {
    const found = review(this.#members.list, this.plan, this.panic, now);
    this.panic = found.panic;
    this.hasPrimaries = found.primaries;
    this.#open = found.open;
    this.#ejected = found.ejected;
    this.#due = found.due;
    if (found.gone.length > 0) this.#members.drop(found.gone);
    if (changed || found.changed || found.gone.length > 0) this.#stale = true;
    // Last, since whose link is cut may come back at once for another target.
    for (const target of found.cut) cutLinks(target);
    for (const target of found.retiring) retireLinks(target);
    for (const target of found.gone) retireLinks(target);
    return found.usable;
  }

  #settleAndTell(now: WheelMilliseconds, changed: boolean): void {
    if (this.#settle(now, changed)) this.onUsable?.(this);
  }

  /** After what traffic met: in the midst of an exchange nobody else is begun, so who waits is told later. */
  #settleObserved(now: WheelMilliseconds): void {
    if (this.#members.list.length <= MANY && !this.#settle(now, false)) return;
    this.#wakes = true;
    this.#due = 0;
  }
}

function isSameAlgorithm(one: BalancePlan, other: BalancePlan): boolean {
  return (
    one.algorithm === other.algorithm &&
    one.boundedLoad === other.boundedLoad &&
    one.virtualNodes === other.virtualNodes &&
    one.tableSize === other.tableSize
  );
}

function retireLinks(target: PoolTarget): void {
  for (const link of Array.from(target.links)) link.retire();
}

function cutLinks(target: PoolTarget): void {
  const why = target.removed ? "was removed from its pool" : `is in mode ${target.mode}`;
  for (const link of Array.from(target.links)) link.cut(`${target.address} ${why}, and the time to finish is over`);
}
