/** Why a failed attempt was the last one: what stood first against another. */
export const NO_RETRY = [
  /** `retry.attempts` is 0. */
  "retries-off",
  /** `retry.attempts` are used up. */
  "attempts-used",
  /** The pool's `retry.budget` is used up. */
  "budget",
  /** RFC 9110 §9.2.2: a second time the method might have a second effect. */
  "not-idempotent",
  /** The request's body went by, or has not come whole, so that it can not be sent again. */
  "body-not-replayable",
  /** The target had begun its response. */
  "response-begun",
  /** The client has the beginning of a reply. */
  "reply-begun",
  /** `timeouts.total` is over. */
  "deadline",
  /** What failed would only fail again, or do its work twice: the fault's own rule. */
  "fault-is-final",
  /** Nothing stood against it, but no other target may be used. */
  "no-other-target",
] as const;
export type NoRetry = (typeof NO_RETRY)[number];
