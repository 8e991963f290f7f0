import type { PickRequest } from "../contract/balancer.ts";
import type { Target } from "../contract/target.ts";
import { Chooser } from "./chooser.ts";
import { Dice } from "./dice.ts";
import { WeightedDraw } from "./weighted-draw.ts";

/**
 * The less busy for its weight of two different ones that are drawn by weight; of equals the first, so that an idle pool
 * is used in proportion to the weights.
 */
export class PowerOfTwoChoices extends Chooser {
  readonly scoreUnit = "active for its weight";
  readonly #draw = new WeightedDraw();
  readonly #dice: Dice;

  constructor(random: () => number) {
    super();
    this.#dice = new Dice(random);
  }

  override update(targets: readonly Target[]): void {
    this.targets = targets;
    this.#draw.update(targets);
  }

  find(request: PickRequest): number {
    const dice = this.#dice;
    dice.begin();
    const first = this.#draw.draw(request, dice, -1);
    const second = first < 0 ? -1 : this.#draw.draw(request, dice, first);
    return second >= 0 && this.score(second) < this.score(first) ? second : first;
  }

  override take(): void {
    this.#dice.end();
  }

  score(slot: number): number {
    const { active, penalty } = this.targets[slot]!;
    return (active + penalty) / this.#draw.weights[slot]!;
  }
}
