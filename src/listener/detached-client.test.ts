import { Exchange } from "../contract/exchange.ts";
import type { Ending } from "../contract/ending.ts";
import type { ExchangeOwner } from "../contract/path-hooks.ts";
import { Method } from "../contract/method.ts";
import type { Plan } from "../contract/plan.ts";
import { TraceRecord } from "../contract/trace-record.ts";
import { replySinkSuite } from "../http/reply-sink-suite-for-tests.ts";
import { DetachedClient } from "./detached-client.ts";

const ORIGIN = { clientAddress: "192.0.2.1", scheme: "http", localPort: 80, listener: "", trusted: false } as const;

class Owner implements ExchangeOwner {
  ending: Ending | null = null;

  began(): void {}
  failed(exchange: Exchange): void {
    exchange.reply.abort();
  }
  finished(_exchange: Exchange, ending: Ending): void {
    this.ending = ending;
  }
}

replySinkSuite(
  "an exchange without a client",
  ({ method }) => {
    const owner = new Owner();
    const client = new DetachedClient(ORIGIN, () => 1);
    const exchange = new Exchange(owner, {} as Plan, client, client, client, new TraceRecord());
    client.attach(exchange);
    exchange.method = method === "HEAD" ? Method.HEAD : Method.GET;
    return {
      sink: client,
      exchange,
      observe: () => ({
        interims: [],
        status: exchange.record.status,
        fields: new Map(),
        body: null,
        received: exchange.record.replyBytes,
        trailers: "",
        ending: owner.ending === null ? "open" : owner.ending === "written" ? "clean" : "aborted",
      }),
      block() {},
      unblock() {},
    };
  },
  { bytes: false, keepsLength: false, interims: false, trailers: false, backpressure: false, upgrades: false },
);
