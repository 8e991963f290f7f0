import { TurnChooser } from "./turn-chooser.ts";

/** The target with the fewest exchanges for its weight, equals in turn. */
export class LeastConnections extends TurnChooser {
  readonly scoreUnit = "active / weight";

  /** Quotients of whole numbers that are equal are equal as floating point numbers too: both are rounded alike. */
  protected load(slot: number): number {
    return this.targets[slot]!.active / this.weights[slot]!;
  }

  score(slot: number): number {
    return this.load(slot);
  }
}
