import type { Exchange } from "./exchange.ts";
import type { RequestHead } from "./head.ts";
import type { Verdict } from "./verdict.ts";

/** The stages on the way in, in the order of `src/path.ts`. `answer` stands where there is nothing to be sent. */
export type WayInName =
  | "identify"
  | "route"
  | "client policies"
  | "origin policies"
  | "prepare"
  | "pick"
  | "send"
  | "answer";

/** One step of the way in. It keeps nothing about an exchange but in the exchange itself. */
export interface Stage {
  readonly name: WayInName;
  /**
   * The head holds until this returns, unless the exchange was made to `hold` it. A stage that waits has arranged for
   * `resume`, and is entered again by it.
   */
  enter(exchange: Exchange, head: RequestHead): Verdict;
}
