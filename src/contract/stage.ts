import type { Exchange } from "./exchange.ts";
import type { RequestHead } from "./head.ts";
import type { Verdict } from "./verdict.ts";

/**
 * The stages on the way in, in their order, by number: so the loop over them reaches each by a jump. `answer` ends the way
 * of routes that have nothing to send.
 */
export const WayIn = {
  identify: 0,
  route: 1,
  clientPolicies: 2,
  originPolicies: 3,
  answer: 4,
  prepare: 5,
  pick: 6,
  send: 7,
} as const;
export type WayIn = (typeof WayIn)[keyof typeof WayIn];

/** In words, indexed by `WayIn`. */
export const WAY_IN_NAMES: readonly string[] = [
  "identify",
  "route",
  "client policies",
  "origin policies",
  "answer",
  "prepare",
  "pick",
  "send",
];

/** One step of the way in. It keeps nothing about an exchange but in the exchange itself. */
export interface Stage {
  /**
   * The head holds until this returns, unless the exchange was made to `hold` it. A stage that waits has arranged for
   * `resume`, and is entered again by it.
   */
  enter(exchange: Exchange, head: RequestHead): Verdict;
}
