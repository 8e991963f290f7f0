import type { BalanceName, Balancer } from "../contract/balancer.ts";
import type { BalancePlan } from "../contract/plan.ts";
import { Algorithm } from "./algorithm.ts";
import type { Chooser } from "./chooser.ts";
import { LeastConnections } from "./least-connections.ts";
import { LeastTime } from "./least-time.ts";
import { Maglev } from "./maglev.ts";
import { PowerOfTwoChoices } from "./power-of-two-choices.ts";
import { Random } from "./random.ts";
import { RingHash } from "./ring-hash.ts";
import { RoundRobin } from "./round-robin.ts";
import { WeightedRoundRobin } from "./weighted-round-robin.ts";

interface Definition {
  /** Goes by `PickRequest.key`. */
  readonly keyed: boolean;
  readonly create: (plan: BalancePlan, random: () => number) => Chooser;
}

/** Every algorithm by its name in the config. A new one is added here and to `BalanceName`; the compiler misses neither. */
const ALGORITHMS: Readonly<Record<BalanceName, Definition>> = {
  "round-robin": { keyed: false, create: () => new RoundRobin() },
  "weighted-round-robin": { keyed: false, create: () => new WeightedRoundRobin() },
  random: { keyed: false, create: (_plan, random) => new Random(random) },
  "power-of-two-choices": { keyed: false, create: (_plan, random) => new PowerOfTwoChoices(random) },
  "least-connections": { keyed: false, create: () => new LeastConnections() },
  "least-time": { keyed: false, create: () => new LeastTime() },
  // The client's address through Maglev's table.
  "ip-hash": { keyed: true, create: ({ boundedLoad, tableSize }) => new Maglev(boundedLoad, tableSize) },
  "ring-hash": { keyed: true, create: ({ boundedLoad, virtualNodes }) => new RingHash(boundedLoad, virtualNodes) },
  maglev: { keyed: true, create: ({ boundedLoad, tableSize }) => new Maglev(boundedLoad, tableSize) },
};

export const BALANCE_NAMES: readonly BalanceName[] = Object.keys(ALGORITHMS) as BalanceName[];

/** A fresh instance, one per pool, without targets until `update`. `random`: 0 ≤ x < 1. */
export function createBalancer(plan: BalancePlan, random: () => number): Balancer {
  const { keyed, create } = ALGORITHMS[plan.algorithm];
  return new Algorithm(plan.algorithm, keyed, () => create(plan, random));
}
