import type { Exchange } from "../contract/exchange.ts";
import type { Target } from "../contract/target.ts";
import { Algorithm } from "./algorithm.ts";
import { isEligible } from "./availability.ts";

/** Each target in turn, whatever its weight. One step as long as the next one is usable. */
export class RoundRobin extends Algorithm {
  readonly name = "round-robin";
  readonly reason = "round-robin";
  readonly scoreUnit = "turns until it is next";
  private position = 0;

  score(_target: Target, position: number, count: number): number {
    return (position - (this.position % count) + count) % count;
  }

  protected choose(
    targets: readonly Target[],
    exchange: Exchange,
    now: number,
    panic: boolean,
    peek: boolean,
  ): Target | null {
    const count = targets.length;
    for (let step = 0; step < count; step++) {
      const position = (this.position + step) % count;
      const target = targets[position]!;
      if (!isEligible(target, exchange, now, panic)) continue;
      // A retry is out of turn: it would make the next request begin at the target that has just failed.
      if (!peek && exchange.tried === null) this.position = position + 1;
      return target;
    }
    return null;
  }
}
