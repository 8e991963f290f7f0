/**
 * Pools of a plan. A pool's live part (its targets and how they fare, who waits) outlives the plans that name it: the
 * plan of a reload takes it over from the one before.
 */
import { createBalanceKey } from "../balance/balance-key.ts";
import { createLivePool } from "../balance/live-pool.ts";
import { createStickiness } from "../balance/stickiness.ts";
import type { Plan, PoolPlan } from "../contract/plan.ts";
import type { NormalSticky } from "../balance/config/sticky.ts";
import type { NormalPool } from "./normal-config.ts";
import type { Slices } from "../time/slices.ts";

export interface CompiledPools {
  readonly pools: ReadonlyMap<string, PoolPlan>;
  /**
   * Gives the live pools their new plans, and empties those that are gone, so that they drain. The only step of a
   * reload that touches what live exchanges see: call it once nothing can fail any more. `now`: wheel milliseconds.
   */
  readonly adopt: (now: number) => void;
}

/** `secret` signs the sticky cookies of pools that have none of their own. */
export function* compilePools(
  configured: ReadonlyMap<string, NormalPool>,
  previous: Plan | null,
  secret: Uint8Array,
): Slices<CompiledPools> {
  const pools = new Map<string, PoolPlan>();
  for (const [name, pool] of configured) {
    const { sources, balance, sticky, health, drain, timeouts, connections, queue, retry } = pool;
    pools.set(name, {
      name,
      sources,
      balance: { ...balance, key: balance.key === null ? null : createBalanceKey(balance.key) },
      stickiness: sticky === null ? null : stickinessOf(name, sticky, secret),
      health,
      drain,
      timeouts,
      connections,
      queue,
      retry,
      live: previous?.pools.get(name)?.live ?? createLivePool(name),
    });
    yield;
  }
  const adopt = (now: number): void => {
    for (const plan of pools.values()) plan.live.adopt(plan, now);
    for (const plan of previous?.pools.values() ?? []) {
      if (!pools.has(plan.name)) plan.live.adopt({ ...plan, sources: [] }, now);
    }
  };
  return { pools, adopt };
}

function stickinessOf(pool: string, sticky: NormalSticky, secret: Uint8Array): PoolPlan["stickiness"] {
  return createStickiness({ ...sticky, pool, secret: sticky.secret === null ? secret : Buffer.from(sticky.secret) });
}
