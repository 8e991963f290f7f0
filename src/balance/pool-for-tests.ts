import type { Balancer, PickRequest } from "../contract/balancer.ts";
import type { BalancePlan } from "../contract/plan.ts";
import { TargetHealth } from "../contract/target-health.ts";
import type { Target, UpstreamLink } from "../contract/target.ts";
import { createBalancer } from "./balancers.ts";

/** The same dice at every run: 0 ≤ x < 1. */
export function diceOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 0x1_0000_0000;
  };
}

/** As many as the target has exchanges, as with HTTP/1.1 and no idle connection. Nobody looks into them here. */
class BusyLinks extends Set<UpstreamLink> {
  #target: Target | null = null;

  override get size(): number {
    return this.#target === null ? 0 : this.#target.active;
  }

  belongTo(target: Target): void {
    this.#target = target;
  }
}

export function targetOf(index: number, properties: Partial<Target> = {}): Target {
  const { weight = 1 } = properties;
  const links = new BusyLinks();
  const target: Target = {
    address: index < 26 ? String.fromCharCode(0x61 + index) : `t${index}`,
    host: "192.0.2.1",
    port: 8000 + index,
    source: "config",
    sourceWeight: weight,
    weight,
    weightPinned: false,
    tier: 0,
    backup: false,
    index,
    maxConnections: 0,
    mode: "ready",
    modeSince: 0,
    modeUntil: 0,
    removed: false,
    health: new TargetHealth(),
    draining: false,
    down: false,
    effectiveWeight: weight,
    active: 0,
    penalty: 0,
    links,
    room: 0,
    free: [],
    latency: 0,
    latencyAt: 0,
    warmSince: 0,
    ...properties,
  };
  links.belongTo(target);
  return target;
}

/** Targets named a, b, c … with these weights. */
export function targetsOf(...weights: readonly number[]): Target[] {
  return weights.map((weight, index) => targetOf(index, { weight }));
}

export function equalTargets(count: number): Target[] {
  return targetsOf(...Array.from({ length: count }, () => 1));
}

export function requestOf(key: number, ...tried: readonly Target[]): PickRequest {
  return { key, tried: tried.length === 0 ? null : [...tried], sticky: null, stickyLost: false };
}

export function balancePlan(algorithm: BalancePlan["algorithm"], options: Partial<BalancePlan> = {}): BalancePlan {
  return { algorithm, key: null, boundedLoad: 0, virtualNodes: 160, tableSize: 65_537, slowStart: 0, ...options };
}

/** With these targets, and dice that fall alike in every run. */
export function balancerOf(
  algorithm: BalancePlan["algorithm"],
  targets: readonly Target[],
  options: Partial<BalancePlan> = {},
): Balancer {
  const balancer = createBalancer(balancePlan(algorithm, options), diceOf(1));
  balancer.update(targets, false);
  return balancer;
}
