import type { Exchange } from "../contract/exchange.ts";
import type { Target } from "../contract/target.ts";
import { Algorithm } from "./algorithm.ts";
import { isEligible } from "./availability.ts";

/**
 * Smooth weighted round robin: at each pick every eligible target gains its weight, the one with most is picked and
 * pays back what all gained together. So weights 5, 1, 1 give a a b a c a a, and never five of one in a row.
 */
export class WeightedRoundRobin extends Algorithm {
  readonly name = "weighted-round-robin";
  readonly reason = "weighted-round-robin";
  readonly scoreUnit = "current weight";

  score(target: Target): number {
    return target.currentWeight + target.weight;
  }

  protected choose(
    targets: readonly Target[],
    exchange: Exchange,
    now: number,
    panic: boolean,
    peek: boolean,
  ): Target | null {
    let best: Target | null = null;
    let most = 0;
    let total = 0;
    for (let position = 0; position < targets.length; position++) {
      const target = targets[position]!;
      if (!isEligible(target, exchange, now, panic)) continue;
      const current = target.currentWeight + target.weight;
      total += target.weight;
      if (!peek) target.currentWeight = current;
      if (best === null || current > most) {
        best = target;
        most = current;
      }
    }
    if (best !== null && !peek) best.currentWeight -= total;
    return best;
  }
}
