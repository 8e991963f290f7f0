import type { Exchange } from "../contract/exchange.ts";
import type { Target } from "../contract/target.ts";

/**
 * An algorithm at work on the targets of one tier. It knows nothing of tiers, health and reasons (`Algorithm` does): the
 * targets it is given may all be picked, as long as they are not full and the exchange has not tried them.
 */
export abstract class Chooser {
  /** In the order of the pool. A target's slot is its position here. */
  targets: readonly Target[] = [];
  /** The last choice was not the one that the key leads to. */
  moved = false;
  /** What `score` counts. */
  abstract readonly scoreUnit: string;

  /** The tier's targets or their weights have changed. What is to be remembered of those that stay is kept. */
  update(targets: readonly Target[]): void {
    this.targets = targets;
  }

  /** `active` or `latency` of the target in this slot has changed. */
  onLoad(_slot: number): void {}

  /** Null: all are full or tried. With `peek` nothing changes, and the next choice is the same. Allocates nothing. */
  abstract choose(exchange: Exchange, peek: boolean): Target | null;

  /** Before `score` is asked about this exchange. */
  beginScores(_exchange: Exchange): void {}

  /** What the choice goes by, for the explanation. `now`: wheel milliseconds. */
  abstract score(slot: number, now: number): number;
}
