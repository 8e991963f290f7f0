import type { Exchange } from "../contract/exchange.ts";
import type { Target } from "../contract/target.ts";
import { Algorithm } from "./algorithm.ts";
import { isEligible } from "./availability.ts";

/**
 * The target with the fewest exchanges for its weight. The search begins behind the target that was picked last and
 * keeps the first of equals, so that equals are used in turn.
 */
export class LeastConnections extends Algorithm {
  readonly name = "least-connections";
  readonly reason = "least-connections";
  readonly scoreUnit = "active / weight";
  private position = 0;

  score(target: Target): number {
    return target.active / target.weight;
  }

  protected choose(
    targets: readonly Target[],
    exchange: Exchange,
    now: number,
    panic: boolean,
    peek: boolean,
  ): Target | null {
    const count = targets.length;
    let position = this.position < count ? this.position : 0;
    let best: Target | null = null;
    let bestPosition = 0;
    for (let step = 0; step < count; step++) {
      const target = targets[position]!;
      // a / v < b / w without the division: a · w < b · v.
      const better = best === null || target.active * best.weight < best.active * target.weight;
      if (better && isEligible(target, exchange, now, panic)) {
        best = target;
        bestPosition = position;
      }
      position++;
      if (position === count) position = 0;
    }
    if (best !== null && !peek) this.position = bestPosition + 1;
    return best;
  }
}
