/** What operators and sources ask of a target: mode, weight, removal. Times are wheel milliseconds, 0 = never. */
import type { WheelMilliseconds } from "../contract/time.ts";
import type { Endpoint, TargetMode } from "../contract/target.ts";
import { forgetFailures } from "./passive-health.ts";
import type { PoolTarget } from "./pool-target.ts";
import type { Named } from "./target-sources.ts";

/** `until`: when what still lives there is cut. */
export function applyMode(
  target: PoolTarget,
  mode: TargetMode,
  now: WheelMilliseconds,
  until: WheelMilliseconds,
): void {
  // What it did before tells little: the first check decides alone.
  if (target.mode === "maintenance" && mode !== "maintenance") target.undecided = true;
  if (mode === "ready") forgetFailures(target, now);
  if (target.mode !== mode) target.modeSince = now;
  target.mode = mode;
  if (target.removed) return;
  target.modeUntil = mode === "ready" ? 0 : until;
  target.cutAt = target.modeUntil;
}

/** @throws RangeError when it is not a whole number from 0 to 256. */
export function applyWeight(target: PoolTarget, weight: number | null): void {
  if (weight !== null && !(Number.isInteger(weight) && weight >= 0 && weight <= 256)) {
    throw new RangeError(`a weight is a whole number from 0 to 256, not ${weight}`);
  }
  target.weightPinned = weight !== null;
  target.weight = weight ?? target.sourceWeight;
}

/** What its source says of a target that the pool has. `drain`: how long live exchanges may go on, 0 = no end. */
export function applyEndpoint(
  target: PoolTarget,
  { endpoint, source }: Named,
  now: WheelMilliseconds,
  drain: number,
): boolean {
  const { tier, backup } = target;
  target.source = source;
  target.sourceWeight = endpoint.weight;
  if (!target.weightPinned) target.weight = endpoint.weight;
  target.tier = endpoint.tier;
  target.backup = endpoint.backup;
  applySourceMode(target, endpoint, now, drain);
  return tier !== target.tier || backup !== target.backup;
}

/** Only a changed word of the source counts; else what an operator set holds. */
function applySourceMode(target: PoolTarget, { mode }: Endpoint, now: WheelMilliseconds, drain: number): void {
  if (target.sourceMode === mode) return;
  target.sourceMode = mode;
  if (target.mode !== mode) applyMode(target, mode, now, deadline(now, drain));
}

/** Nobody names it any more. */
export function remove(target: PoolTarget, now: WheelMilliseconds, drain: number): void {
  const end = deadline(now, drain);
  if (target.mode === "ready") target.modeSince = now;
  const earlier = target.modeUntil !== 0 && (end === 0 || target.modeUntil < end);
  target.removed = true;
  if (!earlier) target.modeUntil = end;
  target.cutAt = target.modeUntil;
}

/** It is named again before it was gone. */
export function restore(target: PoolTarget, now: WheelMilliseconds): void {
  target.removed = false;
  if (target.mode !== "ready") return;
  target.modeSince = now;
  target.modeUntil = 0;
  target.cutAt = 0;
}

function deadline(now: WheelMilliseconds, drain: number): number {
  return drain === 0 ? 0 : now + drain;
}
