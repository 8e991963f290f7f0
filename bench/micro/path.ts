/**
 * The path of a proxied request without any I/O: what the TypeScript of one request costs, and what it allocates.
 * `bun bench/micro/path.ts [requests] [close]`; with `close` every request has a connection of its own.
 */
import { heapStats } from "bun:jsc";
import { loadValue } from "../../src/config/load.ts";
import { compile } from "../../src/config/compile.ts";
import type { Dialer, DialHandler, Transport } from "../../src/contract/transport.ts";
import { Http1Connection } from "../../src/listener/http1-connection.ts";
import { Path } from "../../src/path.ts";
import { systemEnv } from "../../src/time/clocks.ts";
import { TimerWheel } from "../../src/time/wheel.ts";
import { AccessLog } from "../../src/trace/access-log.ts";
import { RecordQueue, TraceStore } from "../../src/trace/trace-store.ts";

const REQUEST = Buffer.from("GET /app50/sub50/x HTTP/1.1\r\nHost: localhost:9900\r\n\r\n");
const CLOSING = Buffer.from("GET /app50/sub50/x HTTP/1.1\r\nHost: localhost:9900\r\nConnection: close\r\n\r\n");
const RESPONSE = Buffer.from(
  `HTTP/1.1 200 OK\r\nServer: origin\r\nDate: Fri, 20 Nov 2026 05:00:00 GMT\r\nContent-Type: text/html\r\nContent-Length: 1024\r\nConnection: keep-alive\r\nCache-Control: max-age=3600\r\n\r\n${"x".repeat(1024)}`,
);

/** The edge writes its own head over the upstream's, so that one is put back before each request. */
const HEAD = Buffer.from(RESPONSE.subarray(0, RESPONSE.length - 1024));

/** Takes everything, or as an upstream answers every write. */
class Wire implements Transport {
  readonly peerAddress = "127.0.0.1";
  readonly peerPort = 1;
  readonly localPort = 2;
  readonly tls = null;
  written = 0;

  write(_bytes: Buffer, start: number, end: number): number {
    this.written++;
    return end - start;
  }
  pause(): void {}
  resume(): void {}
  shutdown(): void {}
  close(): void {}
  abort(): void {}
  retain(bytes: Buffer): Buffer {
    return bytes;
  }
  release(): void {}
  handOver(): void {}
}

let upstream: DialHandler | null = null;
let dialled: DialHandler | null = null;
const dialer: Dialer = {
  dial(_host, _port, handler) {
    dialled = handler;
    return { outcome: "", cancel(): void {} };
  },
};

function connect(): void {
  if (dialled === null) return;
  upstream = dialled;
  dialled = null;
  upstream.onConnect(new Wire());
}

const routes = Array.from({ length: 99 }, (_, i) => ({ match: { path: `/app${i}/sub${i}/*` }, proxy: "main" }));
const config = loadValue(
  {
    pools: { main: { targets: ["127.0.0.1:1"], balance: "least-connections" } },
    routes: [{ match: { path: "/*" }, proxy: "main" }, ...routes],
    accessLog: { path: "/dev/null" },
    admin: false,
  },
  "micro",
);
const plan = compile(config, { version: 1, previous: null });
const wheel = new TimerWheel();
const ring = new TraceStore(plan.trace.ring, plan.trace.notable, plan.trace.slow * 1e6);
const log = plan.accessLog === null ? null : new AccessLog(plan.accessLog);
const path = new Path({ plan, env: systemEnv, wheel, dialer, finished: new RecordQueue(ring, log) });
const open = new Set<Http1Connection>();
const LISTENER = { plan: plan.listeners[0]! };
const client = new Wire();
const connection = new Http1Connection(client, LISTENER, path, wheel, open);
const perRequest = process.argv[3] === "close";

function run(requests: number): void {
  for (let i = 0; i < requests; i++) {
    if (perRequest) new Http1Connection(client, LISTENER, path, wheel, open).onData(CLOSING, 0, CLOSING.length);
    else connection.onData(REQUEST, 0, REQUEST.length);
    connect();
    HEAD.copy(RESPONSE);
    upstream!.onData(RESPONSE, 0, RESPONSE.length);
  }
}

const requests = Number(process.argv[2] ?? 1_000_000);
run(100_000);
Bun.gc(true);
const before = heapStats();
const begun = Bun.nanoseconds();
run(requests);
const took = Bun.nanoseconds() - begun;
const after = heapStats();
console.log(`${(took / requests).toFixed(0)} ns a request, ${client.written} replies`);
const grown = Object.entries(after.objectTypeCounts)
  .map(([type, count]) => [type, count - (before.objectTypeCounts[type] ?? 0)] as const)
  .filter(([, count]) => count > 100)
  .sort((a, b) => b[1] - a[1]);
console.log("objects grown:", Object.fromEntries(grown), `heap ${before.heapSize} → ${after.heapSize}`);
