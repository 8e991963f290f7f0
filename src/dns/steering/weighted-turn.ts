import { mix } from "./client-network.ts";

/**
 * Picks by weight. In turn: smooth weighted round-robin, whose every run of as many picks as the weights add up to has
 * exactly its shares, spread as evenly as can be. By hash: weighted rendezvous, where whoever loses its pick is alone in
 * moving.
 */
export class WeightedTurn {
  readonly #weights: Int32Array;
  readonly #seeds: Int32Array;
  readonly #credit: Float64Array;
  readonly #sum: number;

  /** Whole weights, 0 or more; when all are 0 they count alike. `seeds`: a number for each that outlives this object. */
  constructor(weights: readonly number[], seeds: readonly number[]) {
    const idle = weights.every((weight) => weight === 0);
    this.#weights = Int32Array.from(weights, (weight) => (idle ? 1 : weight));
    this.#seeds = Int32Array.from(seeds);
    this.#credit = new Float64Array(weights.length);
    this.#sum = this.#weights.reduce((sum, weight) => sum + weight, 0);
  }

  get length(): number {
    return this.#weights.length;
  }

  /** The next in turn. */
  next(): number {
    const weights = this.#weights;
    const credit = this.#credit;
    if (weights.length === 1) return 0;
    const best = this.peek();
    for (let index = 0; index < weights.length; index++) credit[index] = credit[index]! + weights[index]!;
    credit[best] = credit[best]! - this.#sum;
    return best;
  }

  /** What `next` would answer, without moving on. */
  peek(): number {
    const weights = this.#weights;
    const credit = this.#credit;
    let best = 0;
    let most = -Infinity;
    for (let index = 0; index < weights.length; index++) {
      const value = credit[index]! + weights[index]!;
      if (weights[index]! > 0 && value > most) {
        best = index;
        most = value;
      }
    }
    return best;
  }

  /** The pick of whoever has this hash. */
  byHash(hash: number): number {
    const weights = this.#weights;
    let best = 0;
    let least = Infinity;
    for (let index = 0; index < weights.length; index++) {
      if (weights[index] === 0) continue;
      // An exponential variate with the weight as its rate: the least of them falls to each by its share.
      const uniform = ((mix(hash ^ this.#seeds[index]!) >>> 0) + 0.5) / 0x1_0000_0000;
      const value = -Math.log(uniform) / weights[index]!;
      if (value < least) {
        best = index;
        least = value;
      }
    }
    return best;
  }
}

/** A number for a text, for `seeds`. */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return mix(hash);
}
