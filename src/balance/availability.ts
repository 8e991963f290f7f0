import type { Exchange } from "../contract/exchange.ts";
import type { Target } from "../contract/target.ts";
import type { TargetVerdict } from "../contract/trace-record.ts";

/** It has as many exchanges as it may have connections. Waiting helps; the queue does. */
export function isFull(target: Target): boolean {
  return target.maxConnections > 0 && target.active >= target.maxConnections;
}

/** This exchange failed there before. */
export function wasTried(target: Target, exchange: Exchange): boolean {
  return exchange.tried !== null && exchange.tried.includes(target);
}

/** One of a chooser's targets can take this exchange now. */
export function isOpen(target: Target, exchange: Exchange): boolean {
  return !isFull(target) && !wasTried(target, exchange);
}

/**
 * What stands against a target for this exchange: the first that applies, in this order; null: nothing. In a panic it
 * does not matter that it is down.
 */
export function objection(
  target: Target,
  exchange: Exchange,
  panic: boolean,
): Exclude<TargetVerdict, "picked" | "passed-over" | "unchosen-tier"> | null {
  if (wasTried(target, exchange)) return "tried-before";
  if (target.removed) return "removed";
  if (target.draining) return target.mode === "maintenance" ? "maintenance" : "draining";
  if (target.down && !panic) return target.health.checked === "down" ? "failed-check" : "ejected";
  if (target.effectiveWeight <= 0) return "no-weight";
  if (isFull(target)) return "full";
  return null;
}
