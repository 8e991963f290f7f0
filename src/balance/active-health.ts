/**
 * Health by checks: what their results mean.
 *
 * - The first check of a target decides alone; so does the first after maintenance. From then on a target that is up
 *   goes down after `fall` failed checks in a row, one that is down comes up after `rise` passed ones.
 * - Passed checks end an ejection early: `rise` of them in a row since it began, if they look as deep as what failed.
 *   A connect that failed is answered by any check; a bad status or a missing answer only by one that gets an answer,
 *   and only the first time: a target that passes its checks and fails its requests must not be let back by the checks
 *   that do not see it, or its ejections would never grow.
 */
import type { WheelMilliseconds } from "../contract/time.ts";
import type { CheckPlan } from "../contract/health-plan.ts";
import type { LayerResult } from "../contract/target-health.ts";
import { sameCheck } from "./checks/same-check.ts";
import { endEjection } from "./passive-health.ts";
import type { PoolTarget } from "./pool-target.ts";

/** Takes the result in; answers whether the target's state may have changed by it. */
export function noteCheckResult(
  target: PoolTarget,
  layers: readonly LayerResult[],
  plan: CheckPlan,
  now: WheelMilliseconds,
): boolean {
  const { health } = target;
  const passed = layers.every((layer) => layer.ok);
  health.checkedAt = now;
  health.layers = layers;
  health.checksTotal++;
  if (passed) {
    health.passes++;
    health.fails = 0;
  } else {
    health.fails++;
    health.passes = 0;
    health.checkFailuresTotal++;
  }
  const decided = decide(target, passed, plan);
  target.undecided = false;
  const endsEjection = health.ejectedUntil !== 0 && passed && health.passes >= plan.rise && answersFailure(target);
  if (endsEjection) endEjection(target, now);
  if (decided === health.checked) return endsEjection;
  health.checked = decided;
  health.checkedSince = now;
  return true;
}

function decide(target: PoolTarget, passed: boolean, plan: CheckPlan): "up" | "down" {
  const { checked, passes, fails } = target.health;
  if (target.undecided || checked === "unchecked") return passed ? "up" : "down";
  if (checked === "up") return fails >= plan.fall ? "down" : "up";
  return passes >= plan.rise ? "up" : "down";
}

const AT_CONNECT: ReadonlySet<string> = new Set(["upstream-unreachable", "upstream-connect-timeout"]);

function answersFailure({ health }: PoolTarget): boolean {
  if (health.lastFailure === null || AT_CONNECT.has(health.lastFailure.code)) return true;
  return health.ejections === 1 && health.layers.some(({ layer }) => layer === "http" || layer === "grpc");
}

/** A reload put another check in the place of one. */
export function isOtherCheck(before: CheckPlan | null, now: CheckPlan | null): boolean {
  return before !== null && now !== null && !sameCheck(before, now);
}

/** No checks are configured any more: what they said does not count, and nothing of it is shown. */
export function forgetChecks(target: PoolTarget, now: WheelMilliseconds): void {
  const { health } = target;
  target.undecided = true;
  if (health.checked !== "unchecked") health.checkedSince = now;
  health.checked = "unchecked";
  health.checkedAt = 0;
  health.layers = [];
  health.passes = 0;
  health.fails = 0;
}
