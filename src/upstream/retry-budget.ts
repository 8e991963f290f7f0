import type { Exchange } from "../contract/exchange.ts";
import { isIdempotent } from "../contract/method.ts";
import type { NoRetry } from "../contract/no-retry.ts";
import type { PoolPlan } from "../contract/plan.ts";
import type { FailedAttempt } from "../contract/upstream-hooks.ts";
import { FAULTS } from "../fault/faults.ts";

/**
 * Repeated requests may be a share of the requests and no more, so that a pool in trouble is not buried under them.
 * Each request deposits `budget` tokens, each repetition takes one; `minimum` tokens a second flow in besides, so that a
 * quiet pool can repeat at all. What the last ten to twenty seconds have paid in is saved up: enough for a target that dies
 * with all that it carries. A try that sent nothing repeats nothing, and is not charged.
 */

const PERIOD = 10_000;
const SAVED_SECONDS = PERIOD / 1_000;
/** Tries of one request that sent nothing: each is refused at once by another target. */
const MOST_UNSENT = 16;

/** What may be saved up. */
function most({ live, retry }: PoolPlan): number {
  return Math.max(SAVED_SECONDS, retry.minimum * SAVED_SECONDS, live.retryPaid + live.retryPaidBefore);
}

/** Counts a request. `now`: wheel milliseconds. */
export function depositRetry(pool: PoolPlan, now: number): void {
  const { live } = pool;
  const passed = now - live.retryPeriod;
  if (passed >= PERIOD) {
    live.retryPaidBefore = passed >= 2 * PERIOD ? 0 : live.retryPaid;
    live.retryPaid = 0;
    live.retryPeriod = now;
  }
  live.retryPaid += pool.retry.budget;
  live.retryTokens = Math.min(most(pool), live.retryTokens + pool.retry.budget);
}

/** Takes a repetition out of the budget; false: there is none. */
export function withdrawRetry(pool: PoolPlan, now: number): boolean {
  const { live } = pool;
  const { minimum } = pool.retry;
  const flowed = live.retryRefilled === 0 ? minimum : ((now - live.retryRefilled) / 1_000) * minimum;
  live.retryTokens = Math.min(most(pool), live.retryTokens + flowed);
  live.retryRefilled = now;
  if (live.retryTokens < 1) return false;
  live.retryTokens -= 1;
  return true;
}

/**
 * What forbids that a request is tried again; "": nothing does.
 *
 * A request goes to another target only when that cannot repeat an effect: no byte of it was sent, or it is idempotent,
 * whole in memory and unanswered (RFC 9110 §9.2.2), and then only `retry.attempts` times and within the pool's budget. A
 * connect that times out has cost its time, so it counts as one of the attempts, too.
 */
export function forbidsRetry(exchange: Exchange, attempt: FailedAttempt, now: number): NoRetry | "" {
  if (exchange.sink.begun) return "reply-begun";
  const pool = exchange.pool!;
  const { attempts } = pool.retry;
  const { retry } = FAULTS[attempt.code];
  if (retry === "never") return attempt.code === "upstream-total-timeout" ? "deadline" : "fault-is-final";
  if (attempts === 0) return "retries-off";
  if (attempt.unsent && attempt.code !== "upstream-connect-timeout")
    return exchange.record.retries < MOST_UNSENT ? "" : "attempts-used";
  if (!attempt.unsent && attempt.unrepeatable !== "") return attempt.unrepeatable;
  if (!attempt.unsent && retry !== "if-unsent") return "fault-is-final";
  if (exchange.repetitions >= attempts) return "attempts-used";
  if (!attempt.unsent && !withdrawRetry(pool, now)) return "budget";
  exchange.repetitions++;
  return "";
}

/** What stands against sending a request again of which bytes were sent; "": nothing (RFC 9110 §9.2.2). */
export function forbidsRepetition({ method, outbound }: Exchange, responseBegun: boolean): NoRetry | "" {
  if (responseBegun) return "response-begun";
  if (!isIdempotent(method)) return "not-idempotent";
  return outbound!.complete ? "" : "body-not-replayable";
}
