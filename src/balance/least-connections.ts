import { TurnChooser } from "./turn-chooser.ts";

/** The target with the fewest exchanges for its weight, failures counted as such for a while; equals in turn. */
export class LeastConnections extends TurnChooser {
  readonly scoreUnit = "active for its weight";

  /** Quotients of whole numbers that are equal are equal as floating point numbers too: both are rounded alike. */
  protected load(slot: number): number {
    const { active, penalty } = this.targets[slot]!;
    return (active + penalty) / this.weights[slot]!;
  }

  score(slot: number): number {
    return this.load(slot);
  }
}
