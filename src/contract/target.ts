import type { WheelMilliseconds } from "./time.ts";
import type { Exchange } from "./exchange.ts";
import type { TargetHealth } from "./target-health.ts";
import type { TargetMode } from "./target-mode.ts";

export type { TargetMode };

/** A connection to a target, open or opening. It tells its pool (`LivePool`) of every change of `capacity` and `active`. */
export interface UpstreamLink {
  readonly target: Target;
  /** Exchanges that it can carry at once: 1 for HTTP/1.1, many for HTTP/2; 0 as soon as it takes no further one. */
  readonly capacity: number;
  /** Exchanges that it carries. May be more than `capacity` when that fell. */
  readonly active: number;
  /** What it adds to `Target.room`, 0 at first. Only the pool sets it. */
  room: number;
  /** Sends the exchange's request. Only on one of `Target.free`, or on the client's own (`ConnectionInfo.bound`). */
  send(exchange: Exchange): void;
  /** Closes it when it is idle; else it is closed when what it carries is over. */
  retire(): void;
  /** Protocols were switched (101): bytes go both ways until one side ends it. */
  readonly isTunnel: boolean;
  /** Ends it at once, with what it carries: the client gets a fault, or a reset when the reply had begun. */
  cut(detail: string): void;
}

/** Where a target comes from: the config's list, a discovery source as its text (`dns users.internal:80`), or `admin`. */
export type TargetSource = string;

/** What a source of targets says of one. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** 0…256. 0: no new requests but sticky ones. */
  readonly weight: number;
  /** 0…15; tier 0 takes the requests as long as it can, then they spill to tier 1 … */
  readonly tier: number;
  /** Used only when no target that is no backup is up. */
  readonly backup: boolean;
  /** A source that drains a target says so here; what an operator set holds until the source changes its word. */
  readonly mode: TargetMode;
}

/** One upstream server of a pool, with its live state, which survives a reload as long as pool and address stay. */
export interface Target {
  /** `host:port`, IPv6 hosts in brackets. Unique in its pool. */
  readonly address: string;
  readonly host: string;
  readonly port: number;
  readonly source: TargetSource;
  /** As the source wants it: 0…256. */
  sourceWeight: number;
  /** `sourceWeight`, or what was set instead at run time. */
  weight: number;
  /** The weight was set at run time; what the source says waits until it is reset. */
  weightPinned: boolean;
  tier: number;
  backup: boolean;
  /** Position in its pool. */
  index: number;
  /** Connections at most, 0 = no limit. */
  maxConnections: number;

  mode: TargetMode;
  /** When `mode` was set, and until when live exchanges may finish; 0 = no end. Wheel milliseconds. */
  modeSince: WheelMilliseconds;
  modeUntil: WheelMilliseconds;
  /** Its source does not name it any more: it drains and is gone. */
  removed: boolean;
  readonly health: TargetHealth;

  // ---- derived from the above by the pool whenever something changes, so that a pick compares and does not think
  /** It takes no new requests: removed, drained or in maintenance. */
  draining: boolean;
  /** By checks or by observation. */
  down: boolean;
  /** Weight in use: `weight`, less while it starts slowly. Greater than 0 for a target that may be picked. */
  effectiveWeight: number;

  // ---- live
  /** Exchanges at it now: what load is weighed by. */
  active: number;
  /** Failures of the last seconds, each as an exchange that is still there: what is added where load is weighed. */
  penalty: number;
  /** Its connections, open and opening: what `maxConnections` limits. */
  readonly links: Set<UpstreamLink>;
  /** Exchanges that its links can take beyond those they carry. */
  room: number;
  /** The links that can take a further exchange; the one that could not until most recently is last. */
  readonly free: UpstreamLink[];
  /** Time to first byte, milliseconds: moving average that rises at once and falls slowly; 0 = none seen. */
  latency: number;
  /** When `latency` was last changed, wheel milliseconds. */
  latencyAt: WheelMilliseconds;
  /** When it came into use, wheel milliseconds: slow start counts from here; 0 = long ago. */
  warmSince: WheelMilliseconds;
}

/** It can take no exchange now: its links have no room, and there may be no more of them. Waiting helps; the queue does. */
export function isFull({ maxConnections, room, links }: Target): boolean {
  return maxConnections !== 0 && room === 0 && links.size >= maxConnections;
}
