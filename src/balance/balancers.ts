import type { BalanceName, Balancer } from "../contract/balancer.ts";
import { LeastConnections } from "./least-connections.ts";
import { RoundRobin } from "./round-robin.ts";
import { WeightedRoundRobin } from "./weighted-round-robin.ts";

/** Every algorithm by its name in the config. A new one is added here and to `BalanceName`; the compiler misses neither. */
const BALANCERS: Readonly<Record<BalanceName, new () => Balancer>> = {
  "round-robin": RoundRobin,
  "weighted-round-robin": WeightedRoundRobin,
  "least-connections": LeastConnections,
};

export const BALANCE_NAMES: readonly BalanceName[] = Object.keys(BALANCERS) as BalanceName[];

/** A fresh instance: one per pool. */
export function createBalancer(name: BalanceName): Balancer {
  return new BALANCERS[name]();
}
