import type { PickRequest } from "../contract/balancer.ts";
import { isFull, type Target } from "../contract/target.ts";
import type { TargetVerdict } from "../contract/trace-record.ts";

/** This request failed there before. */
export function wasTried(target: Target, { tried }: PickRequest): boolean {
  return tried !== null && tried.includes(target);
}

/** One of a chooser's targets can take this request now. */
export function isOpen(target: Target, request: PickRequest): boolean {
  return !isFull(target) && !wasTried(target, request);
}

/**
 * What stands against a target for this request: the first that applies, in this order; null: nothing. In a panic it
 * does not matter that it is down.
 */
export function objection(
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
