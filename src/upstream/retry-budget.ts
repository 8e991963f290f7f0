import type { Exchange } from "../contract/exchange.ts";
import type { PoolPlan } from "../contract/plan.ts";
import type { FailedAttempt } from "../contract/upstream-hooks.ts";
import { FAULTS } from "../fault/faults.ts";

/**
 * Retries may be a share of the requests and no more, so that a pool in trouble is not buried under them.
 * Each request deposits `budget` tokens, each retry takes one; `minimum` tokens a second flow in besides, so that a
 * quiet pool can retry at all. At most ten seconds' worth is saved up.
 */

const SAVED_SECONDS = 10;

/** Counts a request. */
export function depositRetry(pool: PoolPlan): void {
  const { live } = pool;
  const most = Math.max(SAVED_SECONDS, pool.retry.minimum * SAVED_SECONDS);
  live.retryTokens = Math.min(most, live.retryTokens + pool.retry.budget);
}

/** Takes a retry out of the budget; false: there is none. `now`: monotonic milliseconds. */
function withdrawRetry(pool: PoolPlan, now: number): boolean {
  const { live } = pool;
  const { minimum } = pool.retry;
  if (live.retryRefilled === 0) {
    live.retryTokens += minimum;
  } else {
    const most = Math.max(SAVED_SECONDS, minimum * SAVED_SECONDS);
    live.retryTokens = Math.min(most, live.retryTokens + ((now - live.retryRefilled) / 1_000) * minimum);
  }
  live.retryRefilled = now;
  if (live.retryTokens < 1) return false;
  live.retryTokens -= 1;
  return true;
}

/**
 * A request goes to another target only when that can not repeat an effect: no byte of it was sent, or it is
 * idempotent, whole in memory and unanswered (RFC 9110 §9.2.2); and only within the pool's budget.
 */
export function mayRetry(exchange: Exchange, attempt: FailedAttempt, now: number): boolean {
  if (exchange.done || exchange.sink.begun) return false;
  const pool = exchange.pool!;
  const { retry } = FAULTS[attempt.code];
  if (retry === "never" || !(attempt.unsent || (retry === "if-unsent" && attempt.replayable))) return false;
  return exchange.record.retries < pool.retry.attempts && withdrawRetry(pool, now);
}
