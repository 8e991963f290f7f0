import type { WheelMilliseconds } from "../../contract/time.ts";
import type { LivePool } from "../../contract/live-pool.ts";
import type { LayerResult } from "../../contract/target-health.ts";
import { TimerWheel } from "../../time/wheel.ts";
import { CheckImpossible } from "./connect-tcp.ts";
import { createProbe, type Probe } from "./probe.ts";
import { sameCheck } from "./same-check.ts";
import { StartRamp } from "./start-ramp.ts";
import { type PoolChecks, TargetCheck } from "./target-check.ts";
import { errorWords } from "./words.ts";

/** Checks in flight in the whole process. Those beyond it wait, longest first. */
const MAX_IN_FLIGHT = 256;

/** How soon a target that left maintenance, or came back, is seen; milliseconds. */
const LOOK_AGAIN = 500;

export interface HealthChecksOptions {
  /** How a target is checked; without it, over the network. */
  readonly probe?: Probe;
  /** 0 ≤ random() < 1. */
  readonly random?: () => number;
  /** Checks in flight at most. */
  readonly maxInFlight?: number;
}

/**
 * Decides when which target is checked and hands the results to its pool, which alone decides what they mean. All
 * times are the wheel's milliseconds and come from the caller; a result gets the time of the last `sync` or `tick`.
 *
 * A target's first check comes at once, each further one an interval after the last began, or when that ended if it
 * took longer: two checks of one target never overlap.
 */
export class HealthChecks {
  readonly #probe: Probe;
  readonly #random: () => number;
  readonly #maxInFlight: number;
  readonly #pools = new Map<LivePool, PoolChecks>();
  readonly #wheel = new TimerWheel();
  readonly #ramp = new StartRamp();
  /** Due and not begun, in the order in which they became due. */
  readonly #line = new Set<TargetCheck>();
  readonly #onDue = (check: TargetCheck): void => void this.#line.add(check);
  #inFlight = 0;
  #now = 0;

  constructor(options: HealthChecksOptions = {}) {
    this.#probe = options.probe ?? createProbe();
    this.#random = options.random ?? Math.random;
    this.#maxInFlight = options.maxInFlight ?? MAX_IN_FLIGHT;
  }

  /** Checks that run now. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Checks that are due and wait for others to end. */
  get waiting(): number {
    return this.#line.size;
  }

  /** These are the pools, all of them: after start and after each reload. A change within a pool is seen by itself. */
  sync(pools: Iterable<LivePool>, now: WheelMilliseconds): void {
    this.#now = now;
    const given = new Set(pools);
    for (const [pool, known] of this.#pools) {
      if (given.has(pool)) continue;
      this.#pools.delete(pool);
      this.#dropAll(known);
    }
    for (const pool of given) {
      if (!this.#pools.has(pool)) this.#pools.set(pool, { targets: [], plan: null, checks: new Map() });
    }
    this.tick(now);
  }

  /** Begins what is due. To be called about ten times a second. */
  tick(now: WheelMilliseconds): void {
    this.#now = now;
    for (const [pool, known] of this.#pools) this.#refresh(pool, known);
    this.#wheel.advance(now);
    this.#beginNext();
  }

  /** Ends all checks, those in flight too: none of them is heard of any more. */
  stop(): void {
    for (const known of this.#pools.values()) this.#dropAll(known);
    this.#pools.clear();
  }

  /** Sees to it that exactly the pool's targets are checked, by its plan. Two comparisons when nothing has changed. */
  #refresh(pool: LivePool, known: PoolChecks): void {
    const plan = pool.plan.health.check;
    if (pool.targets === known.targets && plan === known.plan) return;
    const before = known.plan;
    known.targets = pool.targets;
    known.plan = plan;
    if (plan === null) {
      this.#dropAll(known);
      return;
    }
    const stay = new Set(pool.targets);
    for (const [target, check] of known.checks) {
      if (stay.has(target)) continue;
      known.checks.delete(target);
      this.#halt(check);
    }
    const same = before !== null && sameCheck(before, plan);
    for (const target of pool.targets) {
      const check = known.checks.get(target);
      if (check === undefined) {
        const added = new TargetCheck(pool, target, plan, this.#onDue);
        known.checks.set(target, added);
        this.#beginSoon(added);
        continue;
      }
      check.plan = plan;
      if (same) continue;
      this.#halt(check);
      this.#beginSoon(check);
    }
  }

  #dropAll(known: PoolChecks): void {
    for (const check of known.checks.values()) this.#halt(check);
    known.checks.clear();
  }

  /** Neither on the wheel nor in line nor in flight. */
  #halt(check: TargetCheck): void {
    this.#wheel.remove(check);
    this.#line.delete(check);
    if (check.flight === null) return;
    const flight = check.flight;
    check.flight = null;
    this.#inFlight--;
    flight.abort();
  }

  #beginSoon(check: TargetCheck): void {
    this.#beginAt(check, this.#ramp.take(this.#now));
  }

  #beginAt(check: TargetCheck, at: number): void {
    if (at <= this.#now) this.#line.add(check);
    else this.#wheel.setAt(check, at);
  }

  #beginNext(): void {
    for (const check of this.#line) {
      if (this.#inFlight >= this.#maxInFlight) return;
      this.#line.delete(check);
      if (check.wanted) void this.#run(check);
      else this.#beginAt(check, this.#now + LOOK_AGAIN);
    }
  }

  async #run(check: TargetCheck): Promise<void> {
    const flight = new AbortController();
    check.flight = flight;
    check.begun = this.#now;
    this.#inFlight++;
    let layers: readonly LayerResult[] | null;
    try {
      layers = await this.#probe(check.target, check.plan, flight.signal);
    } catch (error) {
      // It is no reason to never check the target again. What was not tried at all is not a result.
      layers =
        error instanceof CheckImpossible
          ? null
          : [{ layer: "tcp", ok: false, detail: errorWords(error), durationMs: 0 }];
    }
    this.#end(check, flight, layers);
  }

  /** `layers`: null when there is no result. */
  #end(check: TargetCheck, flight: AbortController, layers: readonly LayerResult[] | null): void {
    const { pool, target } = check;
    const known = this.#pools.get(pool);
    // Target or plan may have changed since the last tick.
    if (known !== undefined) this.#refresh(pool, known);
    if (check.flight === flight) {
      check.flight = null;
      this.#inFlight--;
      if (check.wanted && layers !== null) pool.noteCheck(target, layers, this.#now);
      // Whoever heard the result may have changed the pool, and with it the checks.
      if (this.#pools.get(pool)?.checks.get(target) === check && !this.#isPlanned(check)) {
        this.#beginAt(check, this.#nextOf(check));
      }
    }
    this.#beginNext();
  }

  #isPlanned(check: TargetCheck): boolean {
    return check.wheelSlot >= 0 || check.flight !== null || this.#line.has(check);
  }

  /** When the target is checked next: sooner while it is down, by checks or (ejected) by what traffic met. */
  #nextOf(check: TargetCheck): number {
    const { plan, target } = check;
    const interval = target.down || target.health.checked === "down" ? plan.downInterval : plan.interval;
    return check.begun + interval * (1 + plan.jitter * (2 * this.#random() - 1));
  }
}
