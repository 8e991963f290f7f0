import type { Exchange } from "../contract/exchange.ts";
import type { Target } from "../contract/target.ts";

/** Targets named a, b, c … with these weights. */
export function targetsOf(...weights: readonly number[]): Target[] {
  return weights.map((weight, index) => ({
    address: String.fromCharCode(0x61 + index),
    host: "192.0.2.1",
    port: 8000 + index,
    weight,
    active: 0,
    index,
    downUntil: 0,
    failures: 0,
    draining: false,
    maxConnections: 0,
    currentWeight: 0,
    idle: [],
  }));
}

/** All that a balancer reads of an exchange is what it has tried. */
export function exchangeThatTried(...tried: readonly Target[]): Exchange {
  return { tried: tried.length === 0 ? null : [...tried] } as unknown as Exchange;
}
