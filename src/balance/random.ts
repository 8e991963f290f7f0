import type { Exchange } from "../contract/exchange.ts";
import type { Target } from "../contract/target.ts";
import { Chooser } from "./chooser.ts";
import { Dice } from "./dice.ts";
import { WeightedDraw } from "./weighted-draw.ts";

/** One drawn by weight. */
export class Random extends Chooser {
  readonly scoreUnit = "share of the draws";
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

  choose(exchange: Exchange, peek: boolean): Target | null {
    this.#dice.begin();
    const slot = this.#draw.draw(exchange, this.#dice, -1);
    if (!peek) this.#dice.end();
    return slot < 0 ? null : this.targets[slot]!;
  }

  score(slot: number): number {
    return this.#draw.weights[slot]! / this.#draw.sum;
  }
}
