import type { Exchange } from "./exchange.ts";

/** An exchange that waits for a connection. */
export interface WaitingExchange {
  readonly exchange: Exchange;
  /** It waits no longer, for whatever reason. */
  leave(): void;
}

/** What a pool's requests share at run time. */
export class PoolState {
  /** Oldest first. */
  readonly waiting: WaitingExchange[] = [];
  /** Retries that may be made now (see `upstream/retry-budget.ts`). */
  retryTokens = 0;
  /** Monotonic milliseconds of the last refill; 0 = never. */
  retryRefilled = 0;
}
