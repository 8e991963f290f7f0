import type { Exchange } from "../contract/exchange.ts";
import type { FaultCode } from "../contract/fault.ts";
import type { PoolPlan } from "../contract/plan.ts";
import { FAULTS } from "../fault/faults.ts";

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
function withdrawRetry(pool: PoolPlan, now: number): boolean {
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

/**
 * A request goes to another target only when that can not repeat an effect: no byte of it was sent, or it is
 * idempotent, whole in memory and unanswered (RFC 9110 §9.2.2); and only within the pool's budget.
 */
export function mayRetry(
  exchange: Exchange,
  code: FaultCode,
  unsent: boolean,
  replayable: boolean,
  now: number,
): boolean {
  const action = exchange.route!.action;
  if (action.kind !== "proxy" || exchange.done || exchange.sink.begun) return false;
  const { retry } = FAULTS[code];
  if (retry === "never" || !(unsent || (retry === "if-unsent" && replayable))) return false;
  return exchange.record.retries < action.pool.retry.attempts && withdrawRetry(action.pool, now);
}
