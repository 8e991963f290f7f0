import { TurnChooser } from "./turn-chooser.ts";

/** Turns in proportion to the weights, smoothly mixed: nothing counts but whose turn it is. */
export class WeightedRoundRobin extends TurnChooser {
  readonly scoreUnit = "rounds until its turn";
  protected override readonly goesByLoad = false;

  protected load(): number {
    return 0;
  }

  score(slot: number): number {
    return this.untilTurn(slot);
  }
}
