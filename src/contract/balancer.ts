import type { Exchange } from "./exchange.ts";
import type { RequestHead } from "./head.ts";
import type { Target } from "./target.ts";
import type { PickReason, TargetConsidered } from "./trace-record.ts";

/** The algorithms, as the config names them. */
export type BalanceName =
  | "round-robin"
  | "weighted-round-robin"
  | "random"
  | "power-of-two-choices"
  | "least-connections"
  | "least-time"
  | "ip-hash"
  | "ring-hash"
  | "maglev";

/**
 * Chooses a target. One instance per pool. It keeps its own picture of the targets (a list, a heap, a ring), made by
 * `update` when something changes, so that a pick costs the same with ten targets and with ten thousand.
 */
export interface Balancer {
  readonly name: BalanceName;
  /** Why its picks are what they are. */
  readonly reason: PickReason;
  /** Why the last pick was what it was: `reason`, or one that went before it (`only-target`, `retry-elsewhere` …). */
  readonly lastReason: PickReason;
  /**
   * Who is in the pool, or a target's `effectiveWeight`, `tier`, `backup`, `draining` or `down` has changed. With
   * `panic` those that are down are used like the others. May allocate; never called per request.
   */
  update(targets: readonly Target[], panic: boolean): void;
  /** `target.active` or `target.latency` has changed. Allocates nothing. */
  onLoad(target: Target): void;
  /**
   * The target for this exchange, or null when none is usable (all down, draining, full or tried before).
   * Allocates nothing. With `considered`, notes every candidate with its score; with `peek`, its own position
   * stays as it was.
   */
  pick(exchange: Exchange, now: number, considered: TargetConsidered[] | null, peek: boolean): Target | null;
}

/** What a hash is made of, for the algorithms that go by one. */
export interface BalanceKey {
  /** 32 bits, unsigned, well mixed. A request without the key (no such cookie) gets the client address's hash. */
  hash(head: RequestHead, clientAddress: string): number;
  /** "cookie session", for `check` and `explain`. */
  describe(): string;
}

/** Keeps a client at its target by a cookie that names the target without showing its address. */
export interface Stickiness {
  /** The cookie's name. */
  readonly cookie: string;
  /** The target that the request's cookie names, null when there is no such cookie or it names none of these. */
  read(head: RequestHead, targets: readonly Target[]): Target | null;
  /** A request carried a cookie of this name, valid or not. */
  present(head: RequestHead): boolean;
  /** The complete field line `Set-Cookie: …\r\n` that binds a client to the target. */
  line(target: Target): Buffer;
  describe(): string;
}
