import type { Nanoseconds } from "./time.ts";
import type { BodyLength } from "./body-length.ts";
import type { Exchange } from "./exchange.ts";
import type { FaultCode } from "./fault.ts";
import type { NoRetry } from "./no-retry.ts";
import type { ResponseHead } from "./head.ts";
import type { Target } from "./target.ts";

/** An attempt at a target that failed; its link is gone or free. */
export interface FailedAttempt {
  readonly code: FaultCode;
  readonly detail: string;
  /** Null: it failed while it waited for one. */
  readonly target: Target | null;
  /** It went over a connection that had carried an exchange before. */
  readonly reused: boolean;
  /** Nanoseconds after `begun` within which the target cannot have known of the request when it closed. */
  readonly staleFor: Nanoseconds;
  /** No byte of the request left. */
  readonly unsent: boolean;
  /** What stands against sending the request again once bytes of it were sent (RFC 9110 §9.2.2); "": nothing. */
  readonly unrepeatable: NoRetry | "";
  /** When it began, nanoseconds of the monotonic clock. */
  readonly begun: Nanoseconds;
}

/** What proxying tells the path. */
export interface UpstreamHooks {
  /** Monotonic nanoseconds. */
  now(): Nanoseconds;
  /** A stage that waited goes on. */
  resume(exchange: Exchange): void;
  /** Begins the reply on its way out. Throws PolicyFailure. From here on `Exchange.reply` takes it. */
  beginReply(exchange: Exchange, head: ResponseHead, length: BodyLength): void;
  /** 101: from here on `Exchange.reply` is the other half of a tunnel. Throws PolicyFailure. */
  switchProtocols(exchange: Exchange, head: ResponseHead): void;
  /** Back to the pick, or the end of the exchange. */
  attemptFailed(exchange: Exchange, attempt: FailedAttempt): void;
}
