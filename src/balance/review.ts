import type { WheelMilliseconds } from "../contract/time.ts";
import type { PoolPlan } from "../contract/plan.ts";
import { isPanic } from "./panic.ts";
import { endEjection, rewardService } from "./passive-health.ts";
import type { PoolTarget } from "./pool-target.ts";
import { isWarming, stepLength, warmWeight } from "./slow-start.ts";

/** What a look at all targets of a pool found. */
export interface Review {
  /** Something that a balancer goes by has changed. */
  changed: boolean;
  /** A target may have become usable that was not. */
  usable: boolean;
  panic: boolean;
  /** Some target that is no backup is up and takes new requests. */
  primaries: boolean;
  /** Targets that may take requests as far as operators and sources go, and those of them that are ejected. */
  open: number;
  ejected: number;
  /** When the next look is due, wheel milliseconds; Infinity = not before something happens. */
  due: number;
  /** They have begun to drain: links that are idle are closed. */
  readonly retiring: PoolTarget[];
  /** The time of what still lives there is over. */
  readonly cut: PoolTarget[];
  /** Removed, and now gone. */
  readonly gone: PoolTarget[];
}

/**
 * Looks at every target: what time has done to it, and what follows from its state for those who pick. This is the
 * only place that sets `draining`, `down`, `effectiveWeight` and `warmSince`, so that they cannot disagree with what
 * they are derived from, however an operation came about.
 */
export function review(
  targets: readonly PoolTarget[],
  plan: PoolPlan,
  wasPanic: boolean,
  now: WheelMilliseconds,
): Review {
  const found: Review = {
    changed: false,
    usable: false,
    panic: false,
    primaries: false,
    open: 0,
    ejected: 0,
    due: Infinity,
    retiring: [],
    cut: [],
    gone: [],
  };
  const { slowStart } = plan.balance;
  // Nobody starts slowly where nobody else could take the load: at the start, or alone.
  const startsSlowly = slowStart > 0 && targets.some((target) => target.inUse && target.weight > 0);
  const step = stepLength(slowStart);
  const stepNow = Math.floor(now / step) * step;

  for (const target of targets) {
    const { health } = target;
    if (health.ejectedUntil !== 0 && now >= health.ejectedUntil) endEjection(target, now);
    setState(target, startsSlowly, now, found);
    setWeight(target, slowStart, stepNow, found);
    if (!target.draining) {
      found.open++;
      if (health.ejectedUntil !== 0) found.ejected++;
    }
    if (target.inUse && target.weight > 0 && !target.backup) found.primaries = true;
    endDrain(target, now, found);
    note(found, health.ejectedUntil);
    note(found, target.cutAt);
    note(found, rewardService(target, plan.health.passive, now));
    if (target.warmSince !== 0) note(found, stepNow + step);
  }

  found.panic = isPanic(targets, plan.health.panic);
  if (found.panic !== wasPanic) {
    found.changed = true;
    if (found.panic) found.usable = true;
  }
  return found;
}

function setState(target: PoolTarget, startsSlowly: boolean, now: WheelMilliseconds, found: Review): void {
  const { health } = target;
  const draining = target.removed || target.mode !== "ready";
  const down = health.checked === "down" || health.ejectedUntil !== 0;
  const inUse = !draining && !down;
  if (draining && !target.draining) found.retiring.push(target);
  if (inUse && !target.inUse) {
    target.warmSince = startsSlowly ? now : 0;
    target.goodSince = now;
    found.usable = true;
  }
  if (draining !== target.draining || down !== target.down) found.changed = true;
  target.draining = draining;
  target.down = down;
  target.inUse = inUse;
}

function setWeight(target: PoolTarget, slowStart: number, stepNow: number, found: Review): void {
  const weight = warmWeight(target.weight, target.warmSince, slowStart, stepNow);
  if (!isWarming(target.warmSince, slowStart, stepNow)) target.warmSince = 0;
  if (weight === target.effectiveWeight) return;
  if (target.effectiveWeight === 0) found.usable = true;
  target.effectiveWeight = weight;
  found.changed = true;
}

function endDrain(target: PoolTarget, now: WheelMilliseconds, found: Review): void {
  const isOver = target.cutAt !== 0 && now >= target.cutAt;
  if (isOver) {
    target.cutAt = 0;
    found.cut.push(target);
  }
  if (target.removed && (isOver || target.active === 0)) found.gone.push(target);
}

function note(found: Review, time: number): void {
  if (time !== 0 && time < found.due) found.due = time;
}
