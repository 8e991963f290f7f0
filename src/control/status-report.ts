import type { Plan } from "../contract/plan.ts";
import type { Target } from "../contract/target.ts";
import type { EdgeStatus } from "./edge-control.ts";

/** `GET /status`. */
export interface StatusReport {
  readonly version: string;
  readonly pid: number;
  /** ISO 8601. */
  readonly started: string;
  readonly uptimeSeconds: number;
  readonly draining: boolean;
  readonly plan: { readonly version: number; readonly source: string; readonly routes: number };
  /** `host:port` of each. */
  readonly listeners: readonly string[];
  readonly connections: number;
  readonly exchanges: number;
  readonly pools: readonly PoolStatus[];
}

export interface PoolStatus {
  readonly name: string;
  readonly balance: string;
  readonly targets: readonly TargetStatus[];
}

export interface TargetStatus {
  readonly address: string;
  readonly weight: number;
  /** Exchanges that hold a connection to it. */
  readonly active: number;
  readonly state: "up" | "down" | "full" | "draining";
  /** Failed connects in a row. */
  readonly failures: number;
  /** Milliseconds until it is tried again; 0 when it is not down. */
  readonly restMs: number;
}

export function statusReport(plan: Plan, status: EdgeStatus, time: number): StatusReport {
  return {
    version: status.version,
    pid: process.pid,
    started: new Date(status.started).toISOString(),
    uptimeSeconds: Math.max(0, Math.round((time - status.started) / 1000)),
    draining: status.draining,
    plan: { version: plan.version, source: plan.source, routes: plan.routes.length },
    listeners: status.listeners.map(({ host, port }) => `${host.includes(":") ? `[${host}]` : host}:${port}`),
    connections: status.connections,
    exchanges: status.exchanges,
    pools: [...plan.pools.values()].map((pool) => ({
      name: pool.name,
      balance: pool.balancer.name,
      targets: pool.targets.map((target) => targetStatus(target, status.now)),
    })),
  };
}

function targetStatus(target: Target, now: number): TargetStatus {
  const restMs = Math.max(0, Math.round(target.downUntil - now));
  return {
    address: target.address,
    weight: target.weight,
    active: target.active,
    state: stateOf(target, restMs),
    failures: target.failures,
    restMs,
  };
}

function stateOf(target: Target, restMs: number): TargetStatus["state"] {
  if (target.draining) return "draining";
  if (restMs > 0) return "down";
  return target.maxConnections > 0 && target.active >= target.maxConnections ? "full" : "up";
}
