import type { Exchange } from "../contract/exchange.ts";
import type { Target } from "../contract/target.ts";

/** Whether a target may take an exchange, and what stands against it when it may not: the first that applies, in this order. */
export const Availability = { usable: 0, tried: 1, draining: 2, down: 3, full: 4 } as const;
export type Availability = (typeof Availability)[keyof typeof Availability];

/** `now` is monotonic milliseconds, as `Target.downUntil` is. */
export function availability(target: Target, exchange: Exchange, now: number): Availability {
  if (exchange.tried !== null && exchange.tried.includes(target)) return Availability.tried;
  if (target.draining) return Availability.draining;
  if (target.downUntil > now) return Availability.down;
  if (isFull(target)) return Availability.full;
  return Availability.usable;
}

function isFull(target: Target): boolean {
  return target.maxConnections > 0 && target.active >= target.maxConnections;
}

/**
 * Whom a search looks for: usable targets, or those that are nothing worse than down, when none is better (panic).
 */
export function isEligible(target: Target, exchange: Exchange, now: number, panic: boolean): boolean {
  const state = availability(target, exchange, now);
  return panic ? state === Availability.down && !isFull(target) : state === Availability.usable;
}

/**
 * The panic rule: no target is left that is up, not even a full one whose turn could be waited for, so that the ones
 * that rest after failed connects are tried all the same. Refusing every request would be no better, and the first
 * that succeeds ends the outage at once.
 */
export function isPanic(targets: readonly Target[], exchange: Exchange, now: number): boolean {
  for (const target of targets) {
    const state = availability(target, exchange, now);
    if (state === Availability.usable || state === Availability.full) return false;
  }
  return true;
}
