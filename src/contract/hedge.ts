import type { Exchange } from "./exchange.ts";
import type { FailedAttempt } from "./upstream-hooks.ts";

/** A request that may go to a second target when the first is slow (`retry.hedge`), until one of them begins to answer. */
export interface Hedge {
  /** The client's; what the second target gets is an exchange of its own, with the same hedge. */
  readonly exchange: Exchange;
  /** One of the two begins to answer, and the other is given up. Answers the client's exchange, which goes on there. */
  onFirstByte(exchange: Exchange): Exchange;
  /** True: the other one goes on. */
  onAttemptFailed(exchange: Exchange, attempt: FailedAttempt): boolean;
  /** The client's exchange is over, or goes another way. */
  end(): void;
}
