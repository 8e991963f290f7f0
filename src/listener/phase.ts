import type { Fault, FaultCode } from "../contract/fault.ts";
import type { Timeouts } from "../contract/plan.ts";

/** Where a client connection stands. The order matters: from `linger` on nothing more is served. */
export const Phase = {
  /** Between requests, or in a head. */
  head: 0,
  /** A request's body is coming in. */
  body: 1,
  /** The request is complete, the reply is not. */
  reply: 2,
  /** The reply is complete, the rest of the request's body is read and discarded (RFC 9112 §9.3). */
  drain: 3,
  /** Bytes go both ways untouched. */
  tunnel: 4,
  /** FIN is sent; what still comes is thrown away, so that no RST destroys the reply (RFC 9112 §9.6). */
  linger: 5,
  closed: 6,
} as const;
export type Phase = (typeof Phase)[keyof typeof Phase];

/** A timer of the client's side that fired. */
type ClientTimer = "head" | "body" | "write" | "halfClose";

const TIMER_FAULTS: Readonly<Record<ClientTimer, FaultCode>> = {
  head: "head-timeout",
  body: "body-timeout",
  write: "write-timeout",
  halfClose: "client-aborted",
};

/** The fault of a timer, and its words: the timer and its value. */
export function timerFault<Timer extends ClientTimer>(timer: Timer, timeouts: Pick<Timeouts, Timer>): Fault {
  const detail = `timeouts.${timer} = ${timeouts[timer]} ms`;
  const why = timer === "halfClose" ? "the client sent FIN and no reply began: " : "";
  return { code: TIMER_FAULTS[timer], detail: why + detail };
}
