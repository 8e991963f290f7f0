import { Method } from "../contract/method.ts";
import { exchangeFor, requestHead } from "./head-for-tests.ts";
import { QuietSink } from "./quiet-sink.ts";
import { replySinkSuite } from "./reply-sink-suite-for-tests.ts";

replySinkSuite(
  "the sink of an exchange without a client",
  ({ method }) => {
    const sink = new QuietSink();
    const exchange = exchangeFor(requestHead("/", [["Host", "a"]], method));
    exchange.method = method === "HEAD" ? Method.HEAD : Method.GET;
    sink.exchange = exchange;
    return {
      sink,
      exchange,
      observe: () => ({
        interims: [],
        status: sink.status,
        fields: new Map(),
        body: null,
        received: sink.received,
        trailers: "",
        ending: sink.ending,
      }),
      block() {},
      unblock() {},
    };
  },
  { bytes: false, interims: false, trailers: false, backpressure: false, upgrades: true },
);
