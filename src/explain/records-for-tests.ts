/** Records as traffic leaves them, for tests and for trying the renderers. */
import { Stamp, TraceDetail, TraceRecord } from "../contract/trace-record.ts";

/** Nanoseconds on the monotonic clock where the examples begin. */
const ORIGIN = 7_000_000_000;

/** Sets stamps given in microseconds from the first byte of the head. */
export function stampAt(record: TraceRecord, times: Partial<Record<keyof typeof Stamp, number>>): void {
  for (const [name, us] of Object.entries(times)) {
    record.stamps[Stamp[name as keyof typeof Stamp]] = ORIGIN + us * 1000;
  }
}

/** The monotonic clock at so many microseconds from the first byte. */
export function clockAt(us: number): number {
  return ORIGIN + us * 1000;
}

export function setRequest(record: TraceRecord, method: string, target: string, authority: string): void {
  const line = `${method} ${target} HTTP/1.1`;
  record.line = Buffer.from(line, "latin1");
  record.lineLength = record.line.length;
  record.methodLength = method.length;
  record.authority = Buffer.from(authority, "latin1");
  record.authorityLength = record.authority.length;
}

/** A slow answer of a backend that says what it waited for, with all detail. */
export function proxiedRecord(): TraceRecord {
  const record = new TraceRecord();
  setRequest(record, "GET", "/orders/7?expand=items", "shop.test:8080");
  record.ids.write("0af7651916cd43dd8448eb211c80319c00f067aa0ba902b70000000000000000", 0, "hex");
  record.time = Date.UTC(2026, 10, 20, 8, 10, 17, 42);
  record.clientAddress = "127.0.0.1";
  record.peerAddress = "127.0.0.1";
  record.planVersion = 3;
  record.status = 200;
  record.requestBytes = 93;
  record.replyBytes = 1290;
  record.source = "upstream";
  record.route = "orders";
  record.pool = "orders";
  record.target = "127.0.0.1:9001";
  record.pickReason = "least-connections";
  record.reused = true;
  record.serverTiming = 'pool;dur=40.2;desc="pool wait", query;dur=3.1;desc="SELECT orders", total;dur=94.8';
  stampAt(record, {
    accepted: -340,
    headBegun: 0,
    headParsed: 25,
    routed: 31,
    policiesDone: 44,
    balanced: 46,
    connectBegun: 47,
    connected: 47,
    requestSent: 63,
    requestBodySent: 63,
    firstByte: 95_100,
    lastByte: 95_180,
    replyWritten: 95_212,
  });
  const detail = new TraceDetail();
  detail.routes = [
    { route: "orders", matched: true, failed: "", detail: "", nearness: 1 },
    {
      route: "users",
      matched: false,
      failed: "path",
      detail: 'path "/users/*" does not match "/orders/7"',
      nearness: 0.5,
    },
    {
      route: "orders-admin",
      matched: false,
      failed: "method",
      detail: "method DELETE does not match GET",
      nearness: 1,
    },
    { route: "everything", matched: true, failed: "shadowed", detail: 'route "orders" takes precedence', nearness: 1 },
    {
      route: "blog",
      matched: false,
      failed: "host",
      detail: 'host "blog.test" does not match "shop.test"',
      nearness: 0.25,
    },
  ];
  detail.targets = [
    { target: "127.0.0.1:9001", score: 0, scoreUnit: "active for its weight", verdict: "picked", detail: "" },
    { target: "127.0.0.1:9002", score: 1.5, scoreUnit: "active for its weight", verdict: "passed-over", detail: "" },
    {
      target: "127.0.0.1:9003",
      score: 0,
      scoreUnit: "",
      verdict: "ejected",
      detail: "ejected for another 4 s after 3 failures (upstream-unreachable)",
    },
  ];
  detail.policies = [
    {
      policy: "headers",
      on: "request",
      outcome: "continue",
      detail: "set x-request-source",
      begun: clockAt(32),
      ended: clockAt(43),
    },
  ];
  detail.notes = [{ stage: "route", note: "the path was normalised from /./orders/7" }];
  record.detail = detail;
  return record;
}

/** Two targets refuse the connection; the client gets an error page. */
export function failedRecord(): TraceRecord {
  const record = proxiedRecord();
  record.status = 502;
  record.source = "fault";
  record.fault = "upstream-unreachable";
  record.faultDetail = "ECONNREFUSED";
  record.target = "127.0.0.1:9002";
  record.pickReason = "retry-elsewhere";
  record.reused = false;
  record.retries = 1;
  record.noRetry = "attempts-used";
  record.serverTiming = "";
  record.detail = null;
  record.stamps.fill(0);
  stampAt(record, {
    headBegun: 0,
    headParsed: 20,
    routed: 25,
    policiesDone: 26,
    balanced: 1510,
    connectBegun: 1520,
    replyWritten: 2900,
  });
  record.attempts = [
    {
      target: "127.0.0.1:9001",
      reused: false,
      fault: "upstream-unreachable",
      begun: clockAt(30),
      ended: clockAt(1500),
    },
    {
      target: "127.0.0.1:9002",
      reused: false,
      fault: "upstream-unreachable",
      begun: clockAt(1520),
      ended: clockAt(2800),
    },
  ];
  return record;
}

/** No route takes the request. */
export function unroutedRecord(): TraceRecord {
  const record = new TraceRecord();
  setRequest(record, "DELETE", "/users/5", "shop.test");
  record.ids.write("1bf7651916cd43dd8448eb211c80319c00f067aa0ba902b7b7ad6b7169203331", 0, "hex");
  record.time = Date.UTC(2026, 10, 20, 8, 10, 18);
  record.clientAddress = "203.0.113.7";
  record.peerAddress = "10.0.0.1";
  record.sequence = 4;
  record.planVersion = 3;
  record.status = 404;
  record.source = "fault";
  record.fault = "no-route";
  record.replyBytes = 512;
  stampAt(record, { headBegun: 0, headParsed: 18, routed: 24, replyWritten: 90 });
  const detail = new TraceDetail();
  detail.routes = [
    {
      route: "blog",
      matched: false,
      failed: "host",
      detail: 'host "blog.test" does not match "shop.test"',
      nearness: 0.25,
    },
    {
      route: "users",
      matched: false,
      failed: "method",
      detail: "method GET or POST does not match DELETE",
      nearness: 1,
    },
  ];
  record.detail = detail;
  return record;
}
