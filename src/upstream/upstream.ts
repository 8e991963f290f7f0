import type { Exchange } from "../contract/exchange.ts";
import { OutboundRequest } from "../contract/outbound-request.ts";
import type { PoolPlan } from "../contract/plan.ts";
import type { Target } from "../contract/target.ts";
import type { Dialer } from "../contract/transport.ts";
import type { UpstreamHooks } from "../contract/upstream-hooks.ts";
import type { TimerWheel } from "../time/wheel.ts";
import { UpstreamConnection } from "./upstream-connection.ts";

/** Encoded requests kept for the next exchange. */
const SPARE = 1_024;
/** A buffer that one large head has grown is not kept. */
const SPARE_SIZE = 16_384;

/** Sends exchanges to targets, over connections that are kept or made. */
export class Upstream {
  readonly #dialer: Dialer;
  readonly #hooks: UpstreamHooks;
  readonly #wheel: TimerWheel;
  readonly #spare: OutboundRequest[] = [];

  constructor(dialer: Dialer, hooks: UpstreamHooks, wheel: TimerWheel) {
    this.#dialer = dialer;
    this.#hooks = hooks;
    this.#wheel = wheel;
  }

  acquireOutbound(): OutboundRequest {
    return this.#spare.pop() ?? new OutboundRequest();
  }

  releaseOutbound(outbound: OutboundRequest): void {
    if (this.#spare.length < SPARE && outbound.bytes.length <= SPARE_SIZE) this.#spare.push(outbound);
  }

  /** Sends `exchange.outbound` to the target; what follows comes through the hooks and the exchange's sink. */
  send(exchange: Exchange, pool: PoolPlan, target: Target): void {
    exchange.target = target;
    exchange.record.target = target.address;
    const free = target.free.at(-1);
    // A kept connection that was stale is seldom the only one: another try takes a fresh one.
    if (free !== undefined && exchange.record.retries === 0) {
      free.send(exchange);
      return;
    }
    // It takes the place of a kept one where there may be no more of them.
    if (target.maxConnections !== 0 && target.links.size >= target.maxConnections) target.free[0]?.retire();
    const connection = new UpstreamConnection(target, pool, exchange, this.#hooks, this.#wheel);
    this.#dialer.dial(target.host, target.port, connection);
  }
}

/** Closes the idle connections of the targets. */
export function retireTargets(targets: Iterable<Target>): void {
  for (const target of targets) {
    for (const link of Array.from(target.links)) link.retire();
  }
}
