import type { PickRequest } from "../contract/balancer.ts";
import type { Target } from "../contract/target.ts";
import { isOpen } from "./chooser.ts";
import type { Dice } from "./dice.ts";

/** Draws that miss, before the weights of those that can be drawn are summed up. */
const DRAWS = 8;

/**
 * Draws a slot with a probability in proportion to its weight, in O(1): Walker's alias method, the table made as Vose
 * does. Each column of the table holds a slot up to a height, and above it one other.
 */
export class WeightedDraw {
  weights = new Float64Array(0);
  sum = 0;
  #targets: readonly Target[] = [];
  #heights = new Float64Array(0);
  #others = new Int32Array(0);

  update(targets: readonly Target[]): void {
    const { length } = targets;
    this.#targets = targets;
    this.weights = Float64Array.from(targets, ({ effectiveWeight }) => effectiveWeight);
    this.sum = this.weights.reduce((sum, weight) => sum + weight, 0);
    const heights = this.weights.map((weight) => (weight * length) / this.sum);
    const others = new Int32Array(length);
    const short: number[] = [];
    const tall: number[] = [];
    for (let slot = 0; slot < length; slot++) (heights[slot]! < 1 ? short : tall).push(slot);
    while (short.length > 0 && tall.length > 0) {
      const low = short.pop()!;
      const high = tall.pop()!;
      others[low] = high;
      heights[high] = heights[high]! - (1 - heights[low]!);
      (heights[high]! < 1 ? short : tall).push(high);
    }
    // What is left differs from 1 by rounding alone.
    for (const slot of [...short, ...tall]) heights[slot] = 1;
    this.#heights = heights;
    this.#others = others;
  }

  /**
   * A slot that is open to the request and not `except` (-1: none), each with its share among those; -1: there is none.
   * A draw that misses is repeated, which leaves the shares of the others as they are.
   */
  draw(request: PickRequest, dice: Dice, except: number): number {
    const targets = this.#targets;
    const { length } = targets;
    for (let drawn = 0; drawn < DRAWS; drawn++) {
      const point = dice.throw() * length;
      const column = point | 0;
      const slot = point - column < this.#heights[column]! ? column : this.#others[column]!;
      if (slot !== except && slot < length && isOpen(targets[slot]!, request)) return slot;
    }
    return this.#drawAmongOpen(request, dice, except);
  }

  #drawAmongOpen(request: PickRequest, dice: Dice, except: number): number {
    const targets = this.#targets;
    const { weights } = this;
    let open = 0;
    for (let slot = 0; slot < targets.length; slot++) {
      if (slot !== except && isOpen(targets[slot]!, request)) open += weights[slot]!;
    }
    let left = dice.throw() * open;
    let last = -1;
    for (let slot = 0; slot < targets.length; slot++) {
      if (slot === except || !isOpen(targets[slot]!, request)) continue;
      last = slot;
      left -= weights[slot]!;
      if (left < 0) break;
    }
    return last;
  }
}
