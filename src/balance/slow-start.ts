/**
 * Slow start: a target that came into use rises from next to nothing to all of its weight, in a straight line, so that
 * cold caches and compilers are not met by a full share at once (nginx Plus and HAProxy from 0, Envoy from 10 %).
 *
 * The weight moves in steps: each makes the balancer build its picture again. Steps of all targets of a pool fall
 * together, so that many that come at once cost as much as one.
 */

import type { WheelMilliseconds } from "../contract/time.ts";

const STEPS = 20;
/** Not 0: who weighs nothing is not used, and would stay cold. */
const FIRST_SHARE = 0.01;
/** No step is shorter, milliseconds: the pool is looked at no more often. */
const SHORTEST = 100;

/** Milliseconds between two steps. */
export function stepLength(slowStart: number): number {
  return Math.max(SHORTEST, slowStart / STEPS);
}

/** Whether a target that came into use at `warmSince` (0 = long ago) has not its full weight yet. */
export function isWarming(warmSince: WheelMilliseconds, slowStart: number, now: WheelMilliseconds): boolean {
  return warmSince !== 0 && now - warmSince < slowStart;
}

/** The weight in use; greater than 0 when `weight` is. */
export function warmWeight(
  weight: number,
  warmSince: WheelMilliseconds,
  slowStart: number,
  now: WheelMilliseconds,
): number {
  if (!isWarming(warmSince, slowStart, now)) return weight;
  return weight * (FIRST_SHARE + (1 - FIRST_SHARE) * (Math.max(0, now - warmSince) / slowStart));
}
