import type { PickRequest } from "../contract/balancer.ts";
import type { PickReason } from "../contract/trace-record.ts";

/**
 * Why a pick was what it was: what is most out of the ordinary about it, else the algorithm.
 * `spill`: it is not of the first tier; `count`: targets in the pool.
 */
export function pickReason(
  { tried }: PickRequest,
  panic: boolean,
  spill: boolean,
  count: number,
  algorithm: PickReason,
): PickReason {
  if (panic) return "panic";
  if (tried !== null && tried.length > 0) return "retry-elsewhere";
  if (spill) return "spill";
  return count === 1 ? "only-target" : algorithm;
}
