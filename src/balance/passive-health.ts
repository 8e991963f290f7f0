/**
 * Health by observation: traffic's failures eject a target for a while (nginx's `max_fails`, Envoy's outlier
 * ejection).
 *
 * - Failures count in windows: the first one opens a window of `PassivePlan.window`, `maxFails` within it eject.
 *   Successes erase nothing, so a target that fails every other request is found as well.
 * - Where the plan names no statuses, five server errors (5xx) in a row eject as well, as with Envoy. A good answer between
 *   them begins the count again: a 500 may be the request's fault, five of five different ones hardly.
 * - An ejection lasts `rest`, the next ones twice as long each, up to `maxRest`. Every full `rest` of good service
 *   (in use, without a failure) makes the next one shorter by one step again.
 * - At most `maxEjected` of the targets that may take requests are ejected at once, though one always may, and so may
 *   those that cannot be connected to. As with Envoy, only ejections count here: what checks take out is panic's
 *   affair. A target beyond that share stays in use, and its next failure asks again.
 * - A target that takes no requests anyway (draining, down by checks, ejected) is not ejected; what still fails there
 *   is noted.
 */
import type { WheelMilliseconds } from "../contract/time.ts";
import type { FaultCode } from "../contract/fault.ts";
import type { PassivePlan } from "../contract/health-plan.ts";
import type { PoolTarget } from "./pool-target.ts";

/**
 * What speaks against the target and not against the request: nobody there, no answer, or none that could be read.
 * What breaks off later (`response-truncated`, `upstream-idle-timeout`) may be one request's own fault, and is not
 * counted. The caller leaves out `upstream-closed` when a reused connection ends at once: that only was kept for too long.
 */
const COUNTED: ReadonlySet<string> = new Set<FaultCode>([
  "upstream-unreachable",
  "upstream-connect-timeout",
  "upstream-closed",
  "upstream-closed-unsent",
  "upstream-first-byte-timeout",
  "response-malformed",
]);

export function isCounted(code: FaultCode): boolean {
  return COUNTED.has(code);
}

/** Counts a failure; answers whether there are enough for an ejection of a target that may be ejected. */
export function countFailure(
  target: PoolTarget,
  code: string,
  detail: string,
  plan: PassivePlan,
  now: WheelMilliseconds,
): boolean {
  const { health } = target;
  health.failuresTotal++;
  health.lastFailure = { at: now, code, detail };
  target.goodSince = now;
  if (health.failures === 0 || now - health.windowBegun > plan.window) {
    health.failures = 0;
    health.windowBegun = now;
  }
  health.failures++;
  return plan.maxFails > 0 && health.failures >= plan.maxFails && target.inUse && health.ejectedUntil === 0;
}

/** Server errors in a row that eject. */
const ERRORS_IN_A_ROW = 5;

/** Counts a server error that the plan does not name; answers whether there are enough for an ejection. */
export function countServerError(
  target: PoolTarget,
  status: number,
  plan: PassivePlan,
  now: WheelMilliseconds,
): boolean {
  const { health } = target;
  health.errorsInARow++;
  if (health.errorsInARow < ERRORS_IN_A_ROW) return false;
  health.lastFailure = { at: now, code: `status-${status}`, detail: `${health.errorsInARow} server errors in a row` };
  target.goodSince = now;
  return plan.maxFails > 0 && target.inUse && health.ejectedUntil === 0;
}

/** Nobody was there: a fact, where the others are an opinion that may be wrong about many targets at once. */
function isAbsent(code: string): boolean {
  return code === "upstream-unreachable" || code === "upstream-connect-timeout";
}

/**
 * Whether one more may be ejected for this failure, of a pool with this many `ejected` among `count` that may take
 * requests. A target that cannot be connected to is of no use to anybody: the share does not protect it.
 */
export function mayEject(code: string, ejected: number, count: number, plan: PassivePlan): boolean {
  return isAbsent(code) || ejected + 1 <= Math.max(1, Math.floor(plan.maxEjected * count));
}

export function eject(target: PoolTarget, plan: PassivePlan, now: WheelMilliseconds): void {
  const { health } = target;
  // 2^30 times any rest is beyond any `maxRest`.
  const length = Math.min(plan.rest * 2 ** Math.min(health.ejections, 30), Math.max(plan.rest, plan.maxRest));
  health.ejectedSince = now;
  health.ejectedUntil = now + length;
  health.ejections++;
  health.ejectionsTotal++;
  // Checks that are to end it early must have seen it since.
  health.passes = 0;
}

/** It is tried again, with a clean window. `ejections` stays and makes the next one longer. */
export function endEjection(target: PoolTarget, now: WheelMilliseconds): void {
  const { health } = target;
  health.ejectedSince = 0;
  health.ejectedUntil = 0;
  health.failures = 0;
  health.windowBegun = 0;
  health.errorsInARow = 0;
  target.goodSince = now;
}

/** An operator said that it is fine: nothing of before counts. */
export function forgetFailures(target: PoolTarget, now: WheelMilliseconds): void {
  endEjection(target, now);
  target.health.ejections = 0;
}

/** Takes good service into account; answers when to do so again, 0 = no need. */
export function rewardService(target: PoolTarget, plan: PassivePlan, now: WheelMilliseconds): number {
  const { health } = target;
  if (health.ejections === 0 || health.ejectedUntil !== 0 || !target.inUse || plan.rest <= 0) return 0;
  const steps = Math.floor((now - target.goodSince) / plan.rest);
  if (steps > 0) {
    health.ejections = Math.max(0, health.ejections - steps);
    target.goodSince += steps * plan.rest;
  }
  return health.ejections === 0 ? 0 : target.goodSince + plan.rest;
}
