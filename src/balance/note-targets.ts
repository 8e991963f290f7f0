import type { Exchange } from "../contract/exchange.ts";
import type { Target } from "../contract/target.ts";
import type { TargetConsidered } from "../contract/trace-record.ts";
import { Availability, availability } from "./availability.ts";

const VERDICTS: readonly TargetConsidered["verdict"][] = ["passed-over", "tried-before", "draining", "down", "full"];

/** What an algorithm goes by. */
export interface Scoring {
  readonly scoreUnit: string;
  /** Of the target at this position of a pool of `count`, before the choice. */
  score(target: Target, position: number, count: number): number;
}

/** Adds a note for every target, in the order of the pool. */
export function noteTargets(
  scoring: Scoring,
  targets: readonly Target[],
  exchange: Exchange,
  now: number,
  picked: Target | null,
  notes: TargetConsidered[],
): void {
  for (const [position, target] of targets.entries()) {
    const state = availability(target, exchange, now);
    notes.push({
      target: target.address,
      score: scoring.score(target, position, targets.length),
      scoreUnit: scoring.scoreUnit,
      verdict: target === picked ? "picked" : VERDICTS[state]!,
      detail: describe(state, target, now),
    });
  }
}

function describe(state: Availability, target: Target, now: number): string {
  switch (state) {
    case Availability.usable:
      return "";
    case Availability.tried:
      return "this exchange failed there before";
    case Availability.draining:
      return "takes no new requests";
    case Availability.down:
      return `rests for another ${Math.ceil(target.downUntil - now)} ms after ${target.failures} failed connects`;
    case Availability.full:
      return `${target.active} of at most ${target.maxConnections} connections are in use`;
  }
}
