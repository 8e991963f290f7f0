import type { PoolPlan } from "../contract/plan.ts";
import type { HealthView } from "../dns/steering/health-view.ts";

/** Whether the edge's pools are up, for names whose addresses depend on it. Keys are names of pools. */
export class PoolHealthView implements HealthView {
  version = 0;
  #pools: ReadonlyMap<string, PoolPlan> = new Map();
  #up: ReadonlyMap<string, boolean> = new Map();

  isUp(key: string): boolean | null {
    return this.#up.get(key) ?? null;
  }

  /** Connections in use, as a share of those that may be; null for a pool without a limit. */
  load(key: string): number | null {
    const pool = this.#pools.get(key);
    if (pool === undefined) return null;
    let active = 0;
    let most = 0;
    for (const target of pool.live.targets) {
      if (target.draining || target.down) continue;
      if (target.maxConnections === 0) return null;
      active += target.active;
      most += target.maxConnections;
    }
    return most === 0 ? null : active / most;
  }

  /** Looks at the pools again; to be called about ten times a second. */
  update(pools: ReadonlyMap<string, PoolPlan>): void {
    const up = new Map([...pools].map(([name, pool]) => [name, isUp(pool)]));
    const isSame = up.size === this.#up.size && [...up].every(([name, state]) => this.#up.get(name) === state);
    this.#pools = pools;
    if (isSame) return;
    this.#up = up;
    this.version++;
  }
}

function isUp({ live }: PoolPlan): boolean {
  return live.targets.some((target) => !target.draining && !target.down);
}
