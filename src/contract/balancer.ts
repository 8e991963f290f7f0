import type { Exchange } from "./exchange.ts";
import type { Target } from "./target.ts";
import type { PickReason, TargetConsidered } from "./trace-record.ts";

/** The algorithms, as the config names them. */
export type BalanceName = "round-robin" | "weighted-round-robin" | "least-connections";

/** Chooses a target. One instance per pool; it may keep a position, never anything about a request. */
export interface Balancer {
  readonly name: BalanceName;
  /** Why its picks are what they are. */
  readonly reason: PickReason;
  /** Why the last pick was what it was: `reason`, or one that went before it (`only-target`, `retry-elsewhere`, `panic`). */
  readonly lastReason: PickReason;
  /**
   * The target for this exchange, or null when none is usable (all down, draining, full or tried before).
   * Allocates nothing. With `considered`, notes every candidate with its score; with `peek`, its own position
   * stays as it was, so that `explain` shows the very pick that traffic would get.
   */
  pick(
    targets: readonly Target[],
    exchange: Exchange,
    now: number,
    considered: TargetConsidered[] | null,
    peek: boolean,
  ): Target | null;
}
