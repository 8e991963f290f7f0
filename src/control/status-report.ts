import { formatHostPort } from "../bytes/address.ts";
import type { EpochMilliseconds } from "../contract/time.ts";
import type { Plan } from "../contract/plan.ts";
import type { EdgeStatus } from "./edge-control.ts";
import { type PoolReport, poolReport } from "./pool-report.ts";

/** `GET /status`. */
export interface StatusReport {
  readonly version: string;
  readonly pid: number;
  /** ISO 8601. */
  readonly started: string;
  readonly uptimeSeconds: number;
  readonly draining: boolean;
  readonly plan: { readonly version: number; readonly source: string; readonly routes: number };
  /** Null: none since the start. `problems`: why the plan is still that of before; "" when it is not. */
  readonly reload: { readonly time: string; readonly ok: boolean; readonly problems: string } | null;
  /** `host:port` of each. */
  readonly listeners: readonly string[];
  readonly connections: number;
  /** Closed at once because of `limits.connections`, since the start. */
  readonly connectionsRefused: number;
  readonly exchanges: number;
  /** Lines of the access log that its output did not take, since the start. */
  readonly logLinesLost: number;
  readonly pools: readonly PoolReport[];
}

export function statusReport(plan: Plan, status: EdgeStatus, time: EpochMilliseconds): StatusReport {
  return {
    version: status.version,
    pid: process.pid,
    started: new Date(status.started).toISOString(),
    uptimeSeconds: Math.max(0, Math.round((time - status.started) / 1000)),
    draining: status.draining,
    plan: { version: plan.version, source: plan.source, routes: plan.routes.length },
    reload: status.reload === null ? null : { ...status.reload, time: new Date(status.reload.time).toISOString() },
    listeners: status.listeners.map(formatHostPort),
    connections: status.connections,
    connectionsRefused: status.connectionsRefused,
    exchanges: status.exchanges,
    logLinesLost: status.logLinesLost,
    pools: [...plan.pools.values()].map((pool) => poolReport(pool, status.now)),
  };
}
