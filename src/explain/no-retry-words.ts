import type { NoRetry } from "../contract/no-retry.ts";

/** Why a request was not tried again, as the end of a sentence. */
export const NO_RETRY_WORDS: Readonly<Record<NoRetry, string>> = {
  "retries-off": "retries are off (retry.attempts = 0)",
  "attempts-used": "all attempts are used up (retry.attempts)",
  budget: "the pool's budget of retries is used up (retry.budget, retry.minimum)",
  "not-idempotent": "the method is not idempotent, so that a second time it might have a second effect",
  "body-not-replayable": "the request's body is not kept whole, so it can not be sent again",
  "response-begun": "the target had begun its response",
  "reply-begun": "the client has the beginning of the reply already",
  deadline: "the time for the whole request is over (timeouts.total)",
  "fault-is-final": "what failed is not repeated: another target would get the same work",
  "no-other-target": "no other target may be used",
};
