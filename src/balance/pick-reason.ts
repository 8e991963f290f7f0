import type { Exchange } from "../contract/exchange.ts";
import type { Target } from "../contract/target.ts";
import type { PickReason } from "../contract/trace-record.ts";

/** Why a pick was what it was: what is most out of the ordinary about it, else the algorithm. */
export function pickReason(
  targets: readonly Target[],
  exchange: Exchange,
  panic: boolean,
  algorithm: PickReason,
): PickReason {
  if (panic) return "panic";
  if (exchange.tried !== null && exchange.tried.length > 0) return "retry-elsewhere";
  return targets.length === 1 ? "only-target" : algorithm;
}
