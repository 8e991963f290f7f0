import type { CheckPlan } from "../../contract/health-plan.ts";
import type { LivePool } from "../../contract/live-pool.ts";
import type { Target } from "../../contract/target.ts";
import { TimerNode } from "../../time/wheel.ts";

/** The checks of one target: on the wheel until the next is due, then in line, then in flight; in one of them at most. */
export class TargetCheck extends TimerNode {
  readonly pool: LivePool;
  readonly target: Target;
  plan: CheckPlan;
  /** Ends the check in flight; null = none is. */
  flight: AbortController | null = null;
  /** When the last check began, wheel milliseconds. */
  begun = 0;
  readonly #onDue: (check: TargetCheck) => void;

  constructor(pool: LivePool, target: Target, plan: CheckPlan, onDue: (check: TargetCheck) => void) {
    super();
    this.pool = pool;
    this.target = target;
    this.plan = plan;
    this.#onDue = onDue;
  }

  /** Nobody wants to know how a removed target fares, nor one that is being worked on. */
  get wanted(): boolean {
    return !this.target.removed && this.target.mode !== "maintenance";
  }

  override onDeadline(): void {
    this.#onDue(this);
  }
}

/** What is known of a pool's targets and plan, to see when another is put in their place. */
export interface PoolChecks {
  targets: readonly Target[];
  /** Null: not checked. */
  plan: CheckPlan | null;
  readonly checks: Map<Target, TargetCheck>;
}
