import type { WheelMilliseconds } from "../contract/time.ts";
import type { LivePool } from "../contract/live-pool.ts";
import type { Plan } from "../contract/plan.ts";
import type { Resolver } from "../contract/resolver.ts";
import { HealthChecks } from "./checks/health-checks.ts";
import { Discovery } from "./discovery/discovery.ts";

/** Keeps pools going: their clocks, their checks and the discovery of their targets. `now`: wheel milliseconds. */
export class PoolRunner implements Iterable<LivePool> {
  /** Of the plan in use, and of earlier ones as long as something drains there. */
  readonly #pools = new Set<LivePool>();
  #current: ReadonlySet<LivePool> = new Set();
  readonly #checks = new HealthChecks();
  readonly #discovery: Discovery;

  constructor(resolver: Resolver) {
    this.#discovery = new Discovery({ resolver });
  }

  [Symbol.iterator](): Iterator<LivePool> {
    return this.#pools.values();
  }

  /** To be called when a plan has been adopted. */
  sync(plan: Plan, now: WheelMilliseconds): void {
    this.#current = new Set([...plan.pools.values()].map(({ live }) => live));
    for (const live of this.#current) this.#pools.add(live);
    this.#discovery.sync(this.#current, now);
    this.#checks.sync(this.#current, now);
  }

  /** About ten times a second. */
  tick(now: WheelMilliseconds): void {
    for (const live of this.#pools) {
      live.tick(now);
      if (live.targets.length === 0 && !this.#current.has(live)) this.#pools.delete(live);
    }
    this.#discovery.tick(now);
    this.#checks.tick(now);
  }

  stop(): void {
    this.#checks.stop();
    this.#discovery.stop();
  }
}
