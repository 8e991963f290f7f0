import type { PickRequest } from "../contract/balancer.ts";
import type { Target } from "../contract/target.ts";
import { Chooser } from "./chooser.ts";
import { Dice } from "./dice.ts";
import { WeightedDraw } from "./weighted-draw.ts";

/** One drawn by weight. */
export class Random extends Chooser {
  readonly scoreUnit = "of the draws";
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
    this.#dice.begin();
    return this.#draw.draw(request, this.#dice, -1);
  }

  override take(): void {
    this.#dice.end();
  }

  score(slot: number): number {
    return this.#draw.weights[slot]! / this.#draw.sum;
  }
}
