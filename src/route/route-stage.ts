import type { Env } from "../contract/env.ts";
import type { Exchange } from "../contract/exchange.ts";
import type { RequestHead } from "../contract/head.ts";
import { Method } from "../contract/method.ts";
import type { Stage } from "../contract/stage.ts";
import { Stamp } from "../contract/trace-record.ts";
import { Verdict } from "../contract/verdict.ts";

/** Which route takes the request, and for an explanation why the others do not. */
export class RouteStage implements Stage {
  readonly #env: Env;

  constructor(env: Env) {
    this.#env = env;
  }

  enter(exchange: Exchange, head: RequestHead): Verdict {
    const { plan, record } = exchange;
    const { matcher } = plan;
    if (record.detail !== null) record.detail.routes = matcher.consider(head, exchange.clientAddress);
    const route = matcher.match(head, exchange.clientAddress);
    // A clock read costs more than a copied head: only an explanation asks how long match and pick took by themselves.
    record.stamps[Stamp.routed] = record.detail === null ? record.stamps[Stamp.headParsed]! : this.#env.now();
    // The edge is no open proxy: RFC 9110 §9.3.6 lets it refuse.
    if (head.method === Method.CONNECT) return exchange.refuse("connect-refused", "");
    if (head.method === Method.TRACE && !plan.forwarding.trace) return exchange.refuse("trace-refused", "");
    if (route === null) return exchange.refuse("no-route", `${plan.routes.length} routes were considered`);
    exchange.route = route;
    exchange.params = matcher.params;
    record.route = route.name;
    return Verdict.pass;
  }
}
