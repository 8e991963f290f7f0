import type { Exchange } from "./exchange.ts";

/** An idle connection to a target. */
export interface UpstreamLink {
  /** Sends the exchange's request on it. The link is no longer idle. */
  send(exchange: Exchange): void;
  /** Closes it. */
  retire(): void;
}

/** One upstream server of a pool, with its live state, which survives a reload as long as pool and address stay. */
export interface Target {
  /** `host:port` as configured. */
  readonly address: string;
  readonly host: string;
  readonly port: number;
  /** 1…256. */
  weight: number;
  /** Exchanges that hold a connection to it now. */
  active: number;
  /** Position in its pool; stable within a plan. */
  index: number;
  /** Monotonic milliseconds until which it is passed over after failed connects; 0 = in use. */
  downUntil: number;
  /** Consecutive failed connects. */
  failures: number;
  /** No new requests (removed by a reload, or drained). */
  draining: boolean;
  /** Connections at most, 0 = no limit. */
  maxConnections: number;
  /** Smooth weighted round robin's current weight (nginx's algorithm). */
  currentWeight: number;
  /** Connections kept for the next request; the most recently used is last. */
  readonly idle: UpstreamLink[];
}
