import type { Plan } from "../contract/plan.ts";
import { errorMessage } from "../error-message.ts";

/**
 * Plans that a reload has replaced and that exchanges still use. When a plan's last exchange is over, its policies are
 * disposed of. Nothing is counted while a plan is in use: all that is under way at its end is its, less what older plans
 * still have.
 */
export class RetiringPlans {
  readonly #left = new Map<Plan, number>();
  readonly #report: (line: string) => void;

  constructor(report: (line: string) => void) {
    this.#report = report;
  }

  /** The plan was replaced. `exchanges`: all that are under way, of whatever plan. */
  retire(plan: Plan, exchanges: number): void {
    let left = exchanges;
    for (const older of this.#left.values()) left -= older;
    if (left === 0) this.#dispose(plan);
    else this.#left.set(plan, left);
  }

  /** An exchange of a plan that was replaced is over. */
  leave(plan: Plan): void {
    const left = this.#left.get(plan)! - 1;
    if (left > 0) {
      this.#left.set(plan, left);
      return;
    }
    this.#left.delete(plan);
    this.#dispose(plan);
  }

  /** Nothing will be served any more, by `current` either. */
  disposeAll(current: Plan): void {
    for (const plan of [...this.#left.keys(), current]) this.#dispose(plan);
    this.#left.clear();
  }

  #dispose(plan: Plan): void {
    for (const policy of plan.routes.flatMap((route) => route.policies)) {
      try {
        policy.dispose?.();
      } catch (error) {
        this.#report(`policy ${policy.name}, when it was disposed of: ${errorMessage(error)}`);
      }
    }
  }
}
