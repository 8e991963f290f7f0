import type { BalanceName, Balancer } from "../contract/balancer.ts";
import type { Exchange } from "../contract/exchange.ts";
import type { Target } from "../contract/target.ts";
import type { PickReason, TargetConsidered } from "../contract/trace-record.ts";
import { isPanic } from "./availability.ts";
import { noteTargets } from "./note-targets.ts";
import type { Scoring } from "./note-targets.ts";
import { pickReason } from "./pick-reason.ts";

/** What all algorithms share: who may be picked at all, the panic rule, the reason and the notes. */
export abstract class Algorithm implements Balancer, Scoring {
  abstract readonly name: BalanceName;
  abstract readonly reason: PickReason;
  abstract readonly scoreUnit: string;
  lastReason: PickReason = "only-target";

  pick(
    targets: readonly Target[],
    exchange: Exchange,
    now: number,
    considered: TargetConsidered[] | null,
    peek: boolean,
  ): Target | null {
    // Scores are those that the choice is made by, so they are noted before it changes them.
    if (considered !== null) {
      const foreseen = this.pick(targets, exchange, now, null, true);
      noteTargets(this, targets, exchange, now, foreseen, considered);
    }
    let panic = false;
    let target = this.choose(targets, exchange, now, false, peek);
    if (target === null && isPanic(targets, exchange, now)) {
      panic = true;
      target = this.choose(targets, exchange, now, true, peek);
    }
    if (target !== null) this.lastReason = pickReason(targets, exchange, panic, this.reason);
    return target;
  }

  abstract score(target: Target, position: number, count: number): number;

  /** The best of the targets for which `isEligible` answers true, or null. With `peek` nothing changes. */
  protected abstract choose(
    targets: readonly Target[],
    exchange: Exchange,
    now: number,
    panic: boolean,
    peek: boolean,
  ): Target | null;
}
