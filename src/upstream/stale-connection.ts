/**
 * Kept connections that the target closed between two requests. A close that follows a request within two round trips was
 * on its way before the request came, and tells nothing about the target; later the target has died with the request.
 */
import type { FailedAttempt } from "../contract/upstream-hooks.ts";

/** A target that is busy answers a connect, and closes, later than the way alone takes; nanoseconds. */
const LEAST = 50e6;
/** A connect may take long for other reasons than the way: a SYN was lost, or another address was tried first. */
const MOST = 1e9;

/** `FailedAttempt.staleFor` of a connection whose connect, one round trip, took so many nanoseconds. */
export function staleFor(connectTook: number): number {
  return Math.min(MOST, Math.max(LEAST, 2 * connectTook));
}

export function closedKept(attempt: FailedAttempt): boolean {
  return attempt.reused && attempt.code === "upstream-closed";
}

export function isStale(attempt: FailedAttempt, now: number): boolean {
  return closedKept(attempt) && now - attempt.begun < attempt.staleFor;
}
