import type { PoolPlan } from "../contract/plan.ts";

/**
 * Retries may be a share of the requests and no more, so that a pool in trouble is not buried under them.
 * Each request deposits `budget` tokens, each retry takes one; `minimum` tokens a second flow in besides, so that a
 * quiet pool can retry at all. At most ten seconds' worth is saved up.
 */

const SAVED_SECONDS = 10;

/** Counts a request. */
export function depositRetry(pool: PoolPlan): void {
  const state = pool.state;
  const most = Math.max(SAVED_SECONDS, pool.retry.minimum * SAVED_SECONDS);
  state.retryTokens = Math.min(most, state.retryTokens + pool.retry.budget);
}

/** Takes a retry out of the budget; false: there is none. `now`: monotonic milliseconds. */
export function withdrawRetry(pool: PoolPlan, now: number): boolean {
  const state = pool.state;
  const { minimum } = pool.retry;
  if (state.retryRefilled === 0) {
    state.retryTokens += minimum;
  } else {
    const most = Math.max(SAVED_SECONDS, minimum * SAVED_SECONDS);
    state.retryTokens = Math.min(most, state.retryTokens + ((now - state.retryRefilled) / 1_000) * minimum);
  }
  state.retryRefilled = now;
  if (state.retryTokens < 1) return false;
  state.retryTokens -= 1;
  return true;
}
