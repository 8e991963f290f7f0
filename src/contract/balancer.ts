import type { WheelMilliseconds } from "./time.ts";
import type { RequestHead } from "./head.ts";
import type { Target } from "./target.ts";
import type { PickReason, TargetConsidered } from "./trace-record.ts";
import type { BalanceName } from "./balance-name.ts";

export type { BalanceName };

/** What a pick goes by, whoever asks. */
export interface PickRequest {
  /** Hash for the algorithms that go by one, 32 bits; 0: they have none to go by. */
  readonly key: number;
  /** Targets that failed already: it is a retry, and goes elsewhere. */
  readonly tried: readonly Target[] | null;
  /** The target that the client is bound to. */
  readonly sticky: Target | null;
  /** The client was bound to a target that the pool has no more. */
  readonly stickyLost: boolean;
}

/** A `PickRequest` that is filled step by step, and used again. */
export class PickState implements PickRequest {
  key = 0;
  tried: Target[] | null = null;
  sticky: Target | null = null;
  stickyLost = false;

  reset(): void {
    this.key = 0;
    this.tried = null;
    this.sticky = null;
    this.stickyLost = false;
  }
}

/**
 * Chooses a target. One instance per pool. It keeps its own picture of the targets (a list, a heap, a ring), made by
 * `update` when something changes, so that a pick costs the same with ten targets and with ten thousand.
 */
export interface Balancer {
  readonly name: BalanceName;
  /** Why its picks are what they are. */
  readonly reason: PickReason;
  /** Why the last pick or peek was what it was: `reason`, or one that went before it (`only-target`, `spill` …). */
  readonly lastReason: PickReason;
  /**
   * Who is in the pool, or a target's `effectiveWeight`, `tier`, `backup`, `draining` or `down` has changed. With
   * `panic` those that are down are used like the others. May allocate; never called per request.
   */
  update(targets: readonly Target[], panic: boolean): void;
  /** The target's `active`, `latency`, or what makes it full, has changed. Allocates nothing. */
  onLoad(target: Target): void;
  /**
   * The target for this request, or null when none is usable (all down, draining, full or tried before).
   * Allocates nothing. `notes`: every candidate is added, with the score that it had before the pick.
   */
  pick(request: PickRequest, now: WheelMilliseconds, notes: TargetConsidered[] | null): Target | null;
  /** What `pick` would answer. Its own position stays as it was. */
  peek(request: PickRequest, now: WheelMilliseconds, notes: TargetConsidered[] | null): Target | null;
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
