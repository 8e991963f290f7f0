/**
 * Pools of a plan. A target that the previous plan has in the pool of the same name, at the same address, is taken
 * over as the very object, so that its live state (exchanges, failures, rest, drain) survives the reload.
 */
import { createBalancer } from "../balance/balancers.ts";
import type { Plan, PoolPlan } from "../contract/plan.ts";
import { PoolState } from "../contract/pool-state.ts";
import type { Target, UpstreamLink } from "../contract/target.ts";
import type { NormalPool, NormalTarget } from "./normal-config.ts";

export interface CompiledPools {
  readonly pools: ReadonlyMap<string, PoolPlan>;
  /**
   * Gives the targets taken over their new weight, index and limit, and lets those that are gone drain. The only step
   * of a reload that touches what live exchanges see: call it once nothing can fail any more. The previous plan keeps
   * its lists of targets; what changes beneath it is live state, by which nothing but the next pick is affected.
   */
  readonly adopt: () => void;
}

export function compilePools(configured: ReadonlyMap<string, NormalPool>, previous: Plan | null): CompiledPools {
  const pools = new Map<string, PoolPlan>();
  const updates: Array<{ target: Target; index: number; weight: number; maxConnections: number }> = [];
  const kept = new Set<Target>();
  for (const [name, pool] of configured) {
    const before = previous?.pools.get(name);
    const known = new Map(before?.targets.map((target) => [target.address, target]));
    const targets = pool.targets.map((configuredTarget, index) => {
      const target =
        known.get(configuredTarget.address) ?? new PoolTarget(configuredTarget, index, pool.connections.max);
      kept.add(target);
      updates.push({ target, index, weight: configuredTarget.weight, maxConnections: pool.connections.max });
      return target;
    });
    // Its position lives on too, so that frequent reloads do not send every request to the first target.
    const balancer = before?.balancer.name === pool.balance ? before.balancer : createBalancer(pool.balance);
    const state = before?.state ?? new PoolState();
    const { timeouts, connections, queue, retry } = pool;
    pools.set(name, { name, targets, balancer, timeouts, connections, queue, retry, state });
  }
  const adopt = (): void => {
    for (const { target, index, weight, maxConnections } of updates)
      Object.assign(target, { index, weight, maxConnections });
    for (const pool of previous?.pools.values() ?? []) {
      for (const target of pool.targets) if (!kept.has(target)) target.draining = true;
    }
  };
  return { pools, adopt };
}

class PoolTarget implements Target {
  readonly address: string;
  readonly host: string;
  readonly port: number;
  weight: number;
  active = 0;
  index: number;
  downUntil = 0;
  failures = 0;
  draining = false;
  maxConnections: number;
  currentWeight = 0;
  readonly idle: UpstreamLink[] = [];

  constructor(configured: NormalTarget, index: number, maxConnections: number) {
    this.address = configured.address;
    this.host = configured.host;
    this.port = configured.port;
    this.weight = configured.weight;
    this.index = index;
    this.maxConnections = maxConnections;
  }
}
