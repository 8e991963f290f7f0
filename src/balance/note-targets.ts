import type { WheelMilliseconds } from "../contract/time.ts";
import type { PickRequest } from "../contract/balancer.ts";
import { isFull, type Target } from "../contract/target.ts";
import type { TargetConsidered, TargetVerdict } from "../contract/trace-record.ts";
import { type Chooser, wasTried } from "./chooser.ts";

/** A pick, as it is about to be made. */
export interface PickToNote {
  readonly targets: readonly Target[];
  readonly request: PickRequest;
  /** Wheel milliseconds. */
  readonly now: WheelMilliseconds;
  readonly picked: Target | null;
  /** Those that are down are used as well. */
  readonly panic: boolean;
  /** Who chooses in the target's tier; null: the target cannot be picked. */
  readonly chooserOf: (target: Target) => Chooser | null;
  readonly slotOf: (target: Target) => number;
  readonly notes: TargetConsidered[];
}

/** Adds a note for every target, in the order of the pool. Scores are those before the pick. */
export function noteTargets(pick: PickToNote): void {
  const { targets, request, now, picked, panic, notes } = pick;
  const pickedBy = picked === null ? null : pick.chooserOf(picked);
  for (const target of targets) {
    const chooser = pick.chooserOf(target);
    const against = objection(target, request, panic);
    const verdict =
      target === picked ? "picked" : (against ?? (chooser === pickedBy ? "passed-over" : "unchosen-tier"));
    notes.push({
      target: target.address,
      score: chooser === null ? 0 : chooser.score(pick.slotOf(target), now),
      scoreUnit: chooser === null ? "" : chooser.scoreUnit,
      verdict,
      detail: describe(verdict, target, picked, now),
    });
  }
}

/**
 * Why a target is not used for this request: the first that applies, in this order; null: nothing. In a panic it
 * does not matter that it is down.
 */
function objection(
  target: Target,
  request: PickRequest,
  panic: boolean,
): Exclude<TargetVerdict, "picked" | "passed-over" | "unchosen-tier"> | null {
  if (wasTried(target, request)) return "tried-before";
  if (target.removed) return "removed";
  if (target.draining) return target.mode === "maintenance" ? "maintenance" : "draining";
  if (target.down && !panic) return target.health.checked === "down" ? "failed-check" : "ejected";
  if (target.effectiveWeight <= 0) return "no-weight";
  if (isFull(target)) return "full";
  return null;
}

function describe(verdict: TargetVerdict, target: Target, picked: Target | null, now: WheelMilliseconds): string {
  switch (verdict) {
    case "picked":
    case "passed-over":
      return [usedInPanic(target, now), startsSlowly(target)].filter((part) => part !== "").join("; ");
    case "tried-before":
      return "this exchange failed there before";
    case "removed":
      return `${target.source} does not name it any more; ${count(target.active, "exchange")} left`;
    case "draining":
    case "maintenance":
      return `takes no new requests; ${count(target.active, "exchange")} left`;
    case "failed-check":
    case "ejected":
      return evidenceAgainst(target, now);
    case "no-weight":
      return "weight 0: only clients that are bound to it";
    case "full":
      return `${target.links.size} of at most ${target.maxConnections} connections are in use`;
    case "unchosen-tier":
      return `${tierOf(target)}: ${picked === null ? "not reached" : `${tierOf(picked)} takes this request`}`;
  }
}

function usedInPanic(target: Target, now: WheelMilliseconds): string {
  return target.down ? `used all the same: ${evidenceAgainst(target, now)}` : "";
}

function startsSlowly({ effectiveWeight, weight }: Target): string {
  return effectiveWeight < weight ? `takes part at ${Math.round((100 * effectiveWeight) / weight)} % (slow start)` : "";
}

function tierOf({ tier, backup }: Target): string {
  return backup ? `backup of priority ${tier}` : `priority ${tier}`;
}

/** Why a target is down: what the check found, what traffic met, and how long ago or for how long. */
export function evidenceAgainst({ health }: Target, now: WheelMilliseconds): string {
  const parts: string[] = [];
  if (health.checked === "down") {
    const found = health.layers.map(({ layer, ok, detail }) => `${layer} ${ok ? "ok" : detail}`);
    const age = health.checkedAt > 0 ? `; ${inWords(now - health.checkedAt)} ago` : "";
    parts.push(`failed its check${found.length > 0 ? `: ${found.join(", ")}` : ""}${age}`);
  }
  if (health.ejectedUntil > 0) {
    const after = health.failures > 0 ? ` after ${count(health.failures, "failure")}` : "";
    const code = health.lastFailure === null ? "" : ` (${health.lastFailure.code})`;
    parts.push(`ejected for another ${inWords(health.ejectedUntil - now)}${after}${code}`);
  }
  return parts.length > 0 ? parts.join("; ") : "down";
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** A length of time to two digits or so: "250 ms", "8 s", "3 min", "2 h". */
function inWords(milliseconds: number): string {
  const time = Math.max(milliseconds, 0);
  if (time < 1000) return `${Math.ceil(time)} ms`;
  if (time < 120_000) return `${Math.ceil(time / 1000)} s`;
  if (time < 7_200_000) return `${Math.round(time / 60_000)} min`;
  return `${Math.round(time / 3_600_000)} h`;
}
