import { describe, expect, test } from "bun:test";
import type { Plan } from "../contract/plan.ts";
import { Stamp } from "../contract/trace-record.ts";
import { explainTree, unaccounted } from "./explain-tree.ts";
import { clockAt, failedRecord, proxiedRecord, stampAt, unroutedRecord } from "./records-for-tests.ts";
import type { ExplainTree, Station, StationName, TreeNode } from "./tree.ts";
import type { TraceRecord } from "../contract/trace-record.ts";

function sent(record: TraceRecord, plan: Plan | null = null): ExplainTree {
  return explainTree({ record, plan, sent: true, reply: null });
}

function planned(record: TraceRecord): ExplainTree {
  record.stamps.fill(0);
  record.status = 0;
  record.serverTiming = "";
  return explainTree({ record, plan: null, sent: false, reply: null });
}

function stationOf(tree: ExplainTree, name: StationName): Station {
  return tree.stations.find((station) => station.station === name)!;
}

function childOf(node: TreeNode, label: string): TreeNode {
  return node.children.find((child) => child.label === label)!;
}

describe("a proxied exchange", () => {
  const tree = sent(proxiedRecord());

  test("names the request and what came of it", () => {
    expect(tree).toMatchObject({
      kind: "trace",
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "00f067aa0ba902b7",
      parentId: "",
      time: "2026-11-20T08:10:17.042Z",
      request: { method: "GET", target: "/orders/7?expand=items", authority: "shop.test:8080" },
      outcome: { status: 200, source: "upstream", route: "orders", upstream: "127.0.0.1:9001", reused: true },
      fault: null,
      totalMs: 95.212,
    });
  });

  test("has every station in the order of the path, timed", () => {
    expect(tree.stations.map(({ station, mark, beginMs, durationMs }) => [station, mark, beginMs, durationMs])).toEqual(
      [
        ["connection", "ok", null, null],
        ["request", "ok", 0, 0.025],
        ["route", "ok", 0.025, 0.006],
        ["policies", "ok", 0.031, 0.013],
        ["balance", "ok", 0.044, 0.002],
        ["queue", "skipped", null, null],
        ["connect", "ok", 0.047, 0],
        ["upstream", "ok", 0.047, 95.133],
        ["reply", "ok", 95.18, 0.032],
      ],
    );
  });

  test("says which address of a name answered, and what the others did", () => {
    const record = proxiedRecord();
    record.reused = false;
    expect(stationOf(sent(record), "connect").text).toBe("opened a new connection");
    record.dialled = "10.0.0.2, before 10.0.0.1 (no answer)";
    expect(stationOf(sent(record), "connect").text).toBe(
      "opened a new connection to 10.0.0.2, before 10.0.0.1 (no answer)",
    );
  });

  test("accounts for all but the gap between balance and connect", () => {
    expect(tree.unaccountedMs).toBe(0.001);
  });

  test("splits the upstream's time, with what the backend says below the wait", () => {
    const upstream = stationOf(tree, "upstream");
    expect(upstream.children.map(({ label, beginMs, durationMs }) => [label, beginMs, durationMs])).toEqual([
      ["send", 0.047, 0.016],
      ["wait", 0.063, 95.037],
      ["receive", 95.1, 0.08],
    ]);
    expect(childOf(upstream, "wait").children.map(({ label, text, durationMs }) => [label, text, durationMs])).toEqual([
      ["pool", "pool wait", 40.2],
      ["query", "SELECT orders", 3.1],
      ["total", "", 94.8],
    ]);
  });

  test("shows candidates with scores, and the nearest routes with why they lost", () => {
    expect(stationOf(tree, "balance").children.map(({ label, mark, text }) => [label, mark, text])).toEqual([
      ["127.0.0.1:9001", "ok", "picked, 0 active for its weight"],
      ["127.0.0.1:9002", "passed", "passed over, 1.5 active for its weight"],
      ["127.0.0.1:9003", "no", "ejected for another 4 s after 3 failures (upstream-unreachable)"],
    ]);
    const route = stationOf(tree, "route");
    expect(route.children.map(({ label }) => label)).toEqual(["everything", "orders-admin", "users", "…", "note"]);
    expect(childOf(route, "orders-admin").text).toBe("method DELETE does not match GET");
    expect(tree.routes).toHaveLength(5);
  });

  test("is plain data", () => {
    expect(JSON.parse(JSON.stringify(tree)) as ExplainTree).toEqual(tree);
  });
});

describe("a failed exchange", () => {
  const tree = sent(failedRecord());

  test("names the fault at its station, with side, title and hint", () => {
    expect(tree.fault).toMatchObject({ code: "upstream-unreachable", side: "upstream", detail: "ECONNREFUSED" });
    const connect = stationOf(tree, "connect");
    expect(connect.mark).toBe("fault");
    expect(childOf(connect, "upstream-unreachable").text).toBe(
      "The upstream did not accept a connection (ECONNREFUSED).",
    );
    expect(stationOf(tree, "upstream")).toMatchObject({ mark: "skipped", text: "not reached" });
  });

  test("tells which of two targets answered first", () => {
    const hedged = proxiedRecord();
    hedged.retries = 1;
    hedged.hedged = true;
    hedged.attempts = [{ target: "a:1", reused: true, fault: null, begun: clockAt(1), ended: clockAt(2) }];
    const attempts = stationOf(sent(hedged), "attempts");
    expect(attempts).toMatchObject({ mark: "ok", text: "127.0.0.1:9001 answered first of two, 1 retry" });
    expect(childOf(attempts, "a:1").text).toBe("given up on a reused connection");
  });

  test("tells attempts apart, and no time twice", () => {
    expect(tree.attempts.map(({ target, beginMs, durationMs }) => [target, beginMs, durationMs])).toEqual([
      ["127.0.0.1:9001", 0.03, 1.47],
      ["127.0.0.1:9002", 1.52, 1.28],
    ]);
    expect(stationOf(tree, "balance").durationMs).toBe(0.004);
    expect(stationOf(tree, "attempts").durationMs).toBe(1.47);
    expect(stationOf(tree, "connect").durationMs).toBe(1.38);
    expect(tree.unaccountedMs).toBe(0.02);
  });

  test("stamps of an earlier attempt are not taken for the last one's", () => {
    const record = failedRecord();
    stampAt(record, { connected: 40, requestSent: 50 });
    expect(stationOf(sent(record), "upstream").text).toBe("not reached");
  });

  test("an upstream that never answers has waited until the error page, whose stamps are not its own", () => {
    const record = proxiedRecord();
    record.source = "fault";
    record.status = 504;
    record.fault = "upstream-first-byte-timeout";
    const upstream = stationOf(sent(record), "upstream");
    expect(upstream.mark).toBe("fault");
    expect(childOf(upstream, "wait")).toMatchObject({ durationMs: 95.037, mark: "fault" });
    expect(childOf(upstream, "receive")).toBeUndefined();
    expect(stationOf(sent(record), "reply").durationMs).toBe(0.112);
  });

  test("a request without a body has none, also when nobody answers", () => {
    const record = proxiedRecord();
    record.source = "fault";
    record.status = 504;
    record.fault = "upstream-first-byte-timeout";
    record.stamps[Stamp.requestBodySent] = 0;
    const labels = stationOf(sent(record), "upstream").children.map(({ label }) => label);
    expect(labels).toEqual(["send", "wait", "upstream-first-byte-timeout"]);
  });

  test("a body that did not go up whole took all the time: nobody waited for the response", () => {
    const record = proxiedRecord();
    record.hasBody = true;
    record.requestBytes = 293;
    record.requestHeadBytes = 93;
    record.source = "fault";
    record.status = 408;
    record.fault = "body-timeout";
    record.stamps[Stamp.requestBodySent] = 0;
    const upstream = stationOf(sent(record), "upstream");
    expect(childOf(upstream, "send body")).toMatchObject({
      text: "200 bytes came, and not all of it went up",
      durationMs: 95.037,
      mark: "fault",
    });
    expect(childOf(upstream, "wait")).toBeUndefined();
  });

  test("a client that left is told as such, with the time that it stayed", () => {
    const record = proxiedRecord();
    record.source = "upstream";
    record.status = 0;
    record.fault = "client-aborted";
    record.ending = "aborted";
    for (const stamp of [Stamp.firstByte, Stamp.lastByte, Stamp.replyWritten]) record.stamps[stamp] = 0;
    stampAt(record, { ended: 700_000 });
    const tree = sent(record);
    expect(tree.totalMs).toBe(700);
    expect(stationOf(tree, "reply").text).toBe("none: the client had left");
    expect(tree.findings[0]).toStartWith("The client is at fault: The client closed the connection");
  });

  test("a response that breaks off lasts until the exchange was cut off", () => {
    const record = proxiedRecord();
    record.fault = "response-truncated";
    record.stamps[Stamp.lastByte] = 0;
    const tree = sent(record);
    expect(stationOf(tree, "upstream")).toMatchObject({ mark: "fault", durationMs: 95.165 });
    expect(tree.unaccountedMs).toBe(0.001);
  });
});

describe("a request's body", () => {
  function uploaded(bodySent: number): ExplainTree {
    const record = proxiedRecord();
    record.hasBody = true;
    record.requestBytes = 2141;
    record.requestHeadBytes = 93;
    stampAt(record, { requestBodySent: bodySent });
    return sent(record);
  }

  test("is counted without the head, and the wait begins when all of it was sent", () => {
    const { children } = stationOf(uploaded(90_063), "upstream");
    expect(children.map(({ label, text, beginMs, durationMs }) => [label, text, beginMs, durationMs])).toEqual([
      ["send", "the request's head", 0.047, 0.016],
      ["send body", "2.0 KB, as the client sent them", 0.063, 90],
      ["wait", "for the first byte; the backend says:", 90.063, 5.037],
      ["receive", "the rest of the response, passed on as it came", 95.1, 0.08],
    ]);
  });

  test("that goes on after the response leaves the wait its time, and no part exceeds the station", () => {
    const upstream = stationOf(uploaded(95_200), "upstream");
    expect(childOf(upstream, "wait")).toMatchObject({ beginMs: 0.063, durationMs: 95.037 });
    const end = upstream.beginMs! + upstream.durationMs!;
    for (const { beginMs, durationMs } of upstream.children) {
      expect(beginMs! + durationMs!).toBeLessThanOrEqual(end + 1e-9);
    }
  });
});

test("time in the queue is the queue's, not the choice's", () => {
  const record = proxiedRecord();
  stampAt(record, { queued: 46, dequeued: 2046, balanced: 2048, connectBegun: 2049, connected: 2049 });
  stampAt(record, { requestSent: 2050 });
  const tree = sent(record);
  expect(stationOf(tree, "balance").durationMs).toBe(0.002);
  expect(stationOf(tree, "queue").durationMs).toBe(2);
});

describe("a tunnel", () => {
  function tunnel(change: (record: TraceRecord) => void = () => {}): ExplainTree {
    const record = proxiedRecord();
    record.status = 101;
    record.ending = "tunnel-closed";
    record.closedBy = "upstream";
    record.requestBytes = 103;
    record.requestHeadBytes = 93;
    record.stamps[Stamp.lastByte] = 0;
    record.stamps[Stamp.replyWritten] = 0;
    stampAt(record, { ended: 5_000_000 });
    change(record);
    return sent(record);
  }

  test("that both sides ended is no failure, and tells its bytes and its time", () => {
    const tree = tunnel();
    const upstream = stationOf(tree, "upstream");
    expect(upstream).toMatchObject({
      text: "127.0.0.1:9001 switched protocols; both sides ended the tunnel in order (the upstream ended it first)",
      mark: "ok",
    });
    expect(childOf(upstream, "tunnel")).toMatchObject({
      text: "10 bytes from the client, 1.3 KB to it",
      durationMs: 4904.9,
      mark: "ok",
    });
    expect(stationOf(tree, "reply").mark).toBe("ok");
    expect(tree.totalMs).toBe(5000);
  });

  test("that was cut off is one", () => {
    const tree = tunnel((record) => {
      record.ending = "aborted";
      record.closedBy = "edge";
      record.fault = "tunnel-idle-timeout";
    });
    expect(stationOf(tree, "upstream")).toMatchObject({ mark: "fault" });
    expect(stationOf(tree, "upstream").text).toEndWith("the tunnel was cut off (by the edge)");
  });
});

describe("a body that was held before the pick", () => {
  const held = (): TraceRecord => {
    const record = Object.assign(proxiedRecord(), { hasBody: true });
    stampAt(record, { bodyHeld: 60_044, balanced: 60_050, connectBegun: 60_051, connected: 60_051 });
    stampAt(record, { requestSent: 60_060, requestBodySent: 60_060 });
    return record;
  };

  test("is the client's time, not the pick's", () => {
    const tree = sent(held());
    expect(stationOf(tree, "body")).toMatchObject({ beginMs: 0.044, durationMs: 60, mark: "ok" });
    expect(stationOf(tree, "balance")).toMatchObject({ beginMs: 60.044, durationMs: 0.006 });
    expect(tree.unaccountedMs).toBeLessThan(0.1);
    expect(tree.findings.join("\n")).toContain("waiting for the client to send the request's body");
  });

  test("in vain: nothing behind it was reached", () => {
    const record = Object.assign(held(), { target: "", status: 0, fault: "client-aborted", source: "none" });
    record.stamps.fill(0);
    stampAt(record, { headBegun: 0, headParsed: 25, routed: 31, policiesDone: 44, ended: 5000 });
    const tree = sent(record);
    expect(stationOf(tree, "body")).toMatchObject({ durationMs: 4.956, mark: "fault" });
    expect(stationOf(tree, "body").text).toEndWith("in vain");
    for (const name of ["balance", "queue", "connect", "upstream"] as const) {
      expect(stationOf(tree, name)).toMatchObject({ mark: "skipped", text: "not reached" });
    }
    expect(tree.unaccountedMs).toBe(0);
  });

  test("is not there when none was waited for", () => {
    expect(sent(proxiedRecord()).stations.some(({ station }) => station === "body")).toBe(false);
  });
});

describe("a request without a route", () => {
  const text = (record: TraceRecord): [string, string] => {
    const { mark, text: said } = stationOf(sent(record), "route");
    return [mark, said];
  };

  test("is told so though nothing was noted", () => {
    const record = unroutedRecord();
    record.detail = null;
    expect(text(record)).toEqual(["fault", "no route matches"]);
  });

  test("that is refused was not held against routes", () => {
    const record = Object.assign(unroutedRecord(), { fault: "connect-refused" as const });
    expect(text(record)).toEqual(["fault", "none is asked: the request is refused"]);
  });

  test("whose head could not be read never came there", () => {
    const record = Object.assign(unroutedRecord(), { fault: "request-line-malformed" as const, detail: null });
    record.stamps[Stamp.routed] = 0;
    expect(text(record)).toEqual(["skipped", "not reached"]);
  });
});

describe("policies", () => {
  const policies = (change: Partial<TraceRecord>): [string, string] => {
    const record = Object.assign(proxiedRecord(), { status: 0, pool: "", target: "" }, change);
    for (let stamp: number = Stamp.policiesDone; stamp < Stamp.ended; stamp++) record.stamps[stamp] = 0;
    const { mark, text } = stationOf(sent(record), "policies");
    return [mark, text];
  };

  test("are not reached by a body that is announced too large", () => {
    const detail = Object.assign(proxiedRecord().detail!, { policies: [] });
    expect(policies({ fault: "body-too-large", source: "fault", detail })).toEqual(["skipped", "not reached"]);
  });

  test("were not done when the client left meanwhile", () => {
    expect(policies({ fault: "client-aborted", source: "none" })).toEqual([
      "fault",
      "headers: not all of them were done",
    ]);
  });

  test("have done their work when one of them answered", () => {
    expect(policies({ source: "policy" })[0]).toBe("ok");
  });
});

test("a second wait in the queue that led to nothing is not the first one's success", () => {
  const record = Object.assign(failedRecord(), { fault: "queue-timeout" as const });
  stampAt(record, { queued: 2000, dequeued: 1900, ended: 2900 });
  expect(stationOf(sent(record), "queue")).toMatchObject({
    mark: "fault",
    text: "waited for a free connection, got none",
  });
});

test("a reply tells what was done for it", () => {
  const record = unroutedRecord();
  Object.assign(record, { fault: null, source: "static", route: "site", note: "/srv/www/x is not there" });
  expect(childOf(stationOf(sent(record), "reply"), "why").text).toBe("/srv/www/x is not there");
});

test("attempts tell why there was not another", () => {
  const attempts = stationOf(sent(failedRecord()), "attempts");
  expect(attempts.children.at(-1)).toMatchObject({
    label: "no retry",
    text: "all attempts are used up (retry.attempts)",
    mark: "info",
  });
});

describe("a reply of the edge itself", () => {
  test("takes all since the last decision, a handler's time included", () => {
    const record = unroutedRecord();
    record.fault = null;
    record.route = "hello";
    record.status = 200;
    record.source = "handler";
    stampAt(record, { policiesDone: 30, firstByte: 5000, lastByte: 5010, replyWritten: 5050 });
    const tree = sent(record);
    expect(stationOf(tree, "reply")).toMatchObject({ beginMs: 0.03, durationMs: 5.02, mark: "ok" });
    expect(tree.unaccountedMs).toBe(0);
  });

  test("of a policy leaves the policies their time", () => {
    const record = unroutedRecord();
    record.fault = null;
    record.route = "hello";
    record.status = 429;
    record.source = "policy";
    stampAt(record, { firstByte: 5000, lastByte: 5010, replyWritten: 5050 });
    const tree = sent(record);
    expect(stationOf(tree, "policies").durationMs).toBe(4.976);
    expect(stationOf(tree, "reply").durationMs).toBe(0.05);
  });
});

describe("connection and client", () => {
  test("a kept-alive connection behind a trusted proxy", () => {
    const connection = stationOf(sent(unroutedRecord()), "connection");
    expect(connection.text).toBe("from 10.0.0.1, kept alive: the 5th request on it");
    expect(childOf(connection, "client").text).toBe("203.0.113.7, as the trusted proxy 10.0.0.1 says");
  });

  test("the trace goes on from its parent", () => {
    expect(sent(unroutedRecord()).parentId).toBe("b7ad6b7169203331");
  });
});

describe("a plan", () => {
  test("has the same stations without times", () => {
    const tree = planned(proxiedRecord());
    expect(tree).toMatchObject({ kind: "plan", totalMs: null, unaccountedMs: null });
    const names = tree.stations.map(({ station }) => station);
    expect(names).toEqual(sent(proxiedRecord()).stations.map(({ station }) => station));
    const timed = (nodes: readonly TreeNode[]): boolean =>
      nodes.some((node) => node.beginMs !== null || node.durationMs !== null || timed(node.children));
    expect(timed(tree.stations)).toBe(false);
    expect(stationOf(tree, "upstream").text).toBe("would be sent to 127.0.0.1:9001");
  });

  test("shows the fields of a reply that the edge would make", () => {
    const record = unroutedRecord();
    record.fault = null;
    record.route = "old";
    record.source = "redirect";
    const reply = {
      status: 308,
      fields: [["Location", "/new"]],
      body: { kind: "bytes", bytes: new Uint8Array(9) },
    } as const;
    const tree = explainTree({ record, plan: null, sent: false, reply });
    const station = stationOf(tree, "reply");
    expect(station.text).toBe("would be 308, the route's redirect");
    expect(station.children.map(({ label, text }) => [label, text])).toEqual([
      ["location", "/new"],
      ["body", "9 bytes"],
    ]);
  });

  test("a pool that is full would make it wait", () => {
    const record = proxiedRecord();
    record.target = "";
    record.detail!.targets = [
      { target: "a:1", score: 9, scoreUnit: "active for its weight", verdict: "full", detail: "" },
    ];
    const tree = planned(record);
    expect(stationOf(tree, "balance").mark).toBe("ok");
    expect(stationOf(tree, "queue").text).toBe("would wait for a free connection");
    record.detail!.targets = [];
    expect(stationOf(planned(record), "balance").mark).toBe("fault");
  });
});

describe("the plan's words", () => {
  const plan = {
    version: 3,
    source: "edge.yaml",
    routes: [
      {
        name: "orders",
        description: "path /orders/*",
        origin: "edge.yaml:12",
        policies: [],
        action: { kind: "static", root: "/srv", serve: () => Promise.reject(new Error("not called")) },
      },
    ],
    pools: new Map(),
  } as unknown as Plan;

  test("describe the route while the record is of this plan", () => {
    const route = stationOf(sent(proxiedRecord(), plan), "route");
    expect(route.text).toBe("orders: path /orders/*; files below /srv");
    expect(route.children[0]).toMatchObject({ label: "defined at", text: "edge.yaml:12" });
  });

  test("are left out for a record of an older plan", () => {
    const record = proxiedRecord();
    record.planVersion = 2;
    expect(stationOf(sent(record, plan), "route").text).toBe("orders");
  });
});

test("unaccounted counts overlapping stations once, and nothing outside the total", () => {
  const at = (beginMs: number | null, durationMs: number | null): Station => ({
    station: "request",
    label: "x",
    text: "",
    mark: "ok",
    beginMs,
    durationMs,
    children: [],
  });
  expect(unaccounted([], 5)).toBe(5);
  expect(unaccounted([at(0, 2), at(1, 2), at(1.5, 0.5), at(null, null)], 5)).toBe(2);
  expect(unaccounted([at(4, 9), at(-3, 4)], 5)).toBe(3);
});
