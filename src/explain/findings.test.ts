import { describe, expect, test } from "bun:test";
import { Stamp, type TraceRecord } from "../contract/trace-record.ts";
import { explainTree } from "./explain-tree.ts";
import { clockAt, failedRecord, proxiedRecord, stampAt, unroutedRecord } from "./records-for-tests.ts";

function findingsOf(record: TraceRecord): readonly string[] {
  return explainTree({ record, plan: null, sent: true, reply: null }).findings;
}

/** A quick, unremarkable exchange to change one thing in. */
function quickRecord(): TraceRecord {
  const record = proxiedRecord();
  record.serverTiming = "";
  record.detail = null;
  stampAt(record, { firstByte: 700, lastByte: 710, replyWritten: 720 });
  return record;
}

test("says nothing about an unremarkable exchange", () => {
  expect(findingsOf(quickRecord())).toEqual([]);
});

test("a fault: whose, what and what next", () => {
  expect(findingsOf(failedRecord())).toEqual([
    "The upstream is at fault: The upstream did not accept a connection (ECONNREFUSED). Check that the upstream runs and listens on the address in the config, and that no firewall is in between.",
    "51 % of 2.90 ms was spent on attempts that failed.",
    "It was not tried again after 1 retry: all attempts are used up (retry.attempts).",
  ]);
});

describe("a route that nearly matched", () => {
  test("is named", () => {
    expect(findingsOf(unroutedRecord())[1]).toBe(
      "The route users came nearest: method GET or POST does not match DELETE.",
    );
  });

  test("is the one that is most alike, wherever it stands", () => {
    const record = unroutedRecord();
    const detail = (path: string): string => `path "${path}" does not match "/user/5"`;
    record.detail!.routes = [
      { route: "admin", matched: false, failed: "path", detail: detail("/admin/*"), nearness: 0.5 },
      { route: "users", matched: false, failed: "path", detail: detail("/users/:id"), nearness: 0.825 },
    ];
    expect(findingsOf(record)[1]).toBe('The route users came nearest: path "/users/:id" does not match "/user/5".');
  });

  test("unless it has the host or the path alone in common", () => {
    const record = unroutedRecord();
    record.detail!.routes = record.detail!.routes.slice(0, 1);
    expect(findingsOf(record)).toHaveLength(1);
    record.detail!.routes = [{ ...record.detail!.routes[0]!, nearness: 0.5 }];
    expect(findingsOf(record)).toHaveLength(1);
  });
});

describe("where most of the time went", () => {
  test("with the backend's greatest part", () => {
    expect(findingsOf(proxiedRecord())[0]).toBe(
      "99 % of 95.2 ms was spent waiting for the upstream's first byte; of it the backend reports 94.8 ms for total.",
    );
    const record = proxiedRecord();
    record.serverTiming = 'pool;dur=80;desc="pool wait", query;dur=3.1, total;dur=94.8';
    expect(findingsOf(record)[0]).toEndWith("; of it the backend reports 80.0 ms for pool (pool wait).");
    record.serverTiming = "";
    expect(findingsOf(record)[0]).toEndWith("waiting for the upstream's first byte.");
  });

  test("with parts of one name taken together, and named when they are many", () => {
    const record = proxiedRecord();
    record.serverTiming = Array.from({ length: 12 }, () => "query;dur=5").join(", ");
    expect(findingsOf(record).slice(0, 2)).toEqual([
      "99 % of 95.2 ms was spent waiting for the upstream's first byte; of it the backend reports 60.0 ms for 12 × query.",
      "The backend reports 12 × query for this one request, 60.0 ms in all: could it be fewer?",
    ]);
  });

  test("a reply that the client takes slowly", () => {
    const record = quickRecord();
    stampAt(record, { replyWritten: 9000 });
    expect(findingsOf(record)).toEqual(["92 % of 9.00 ms was spent making and writing the reply."]);
  });
});

test("a retry that found an answer", () => {
  const record = quickRecord();
  record.retries = 1;
  record.attempts = [{ target: "a:1", reused: true, fault: "upstream-closed", begun: clockAt(1), ended: clockAt(2) }];
  expect(findingsOf(record)).toEqual(["a:1 failed (upstream-closed); 1 retry found an answer at 127.0.0.1:9001."]);
});

test("a second target that was faster", () => {
  const record = quickRecord();
  record.retries = 1;
  record.hedged = true;
  record.attempts = [{ target: "a:1", reused: true, fault: null, begun: clockAt(1), ended: clockAt(2) }];
  expect(findingsOf(record)).toEqual([
    "The request went to two targets, since the first was slow: 127.0.0.1:9001 answered before a:1.",
  ]);
});

test("an error of the upstream itself", () => {
  const record = quickRecord();
  record.status = 503;
  expect(findingsOf(record)).toEqual([
    "The upstream 127.0.0.1:9001 itself answered 503; the edge passed it on. Its own log knows more.",
  ]);
});

test("a wait in the queue", () => {
  const record = quickRecord();
  stampAt(record, {
    queued: 50,
    dequeued: 2050,
    connectBegun: 2051,
    connected: 2051,
    requestSent: 2060,
    firstByte: 4500,
  });
  stampAt(record, { lastByte: 4510, replyWritten: 4520 });
  expect(findingsOf(record)).toContain(
    "All connections to 127.0.0.1:9001 were in use for 2.00 ms: raise the pool's connections.max, or add targets.",
  );
});

test("a slow connect, unless a connection was reused", () => {
  const record = quickRecord();
  record.reused = false;
  stampAt(record, { connected: 2047, requestSent: 2060, firstByte: 4500, lastByte: 4510, replyWritten: 4520 });
  expect(findingsOf(record)[1]).toStartWith("Opening the connection to 127.0.0.1:9001 took 2.00 ms");
  record.reused = true;
  expect(findingsOf(record)).toHaveLength(1);
});

test("a client that sends its head or its body slowly", () => {
  const record = quickRecord();
  record.hasBody = true;
  stampAt(record, { headBegun: -2000, requestBodySent: 2063, firstByte: 3000, lastByte: 3010, replyWritten: 3020 });
  expect(findingsOf(record)).toEqual([
    "The client took 2.02 ms to send the request's head.",
    "Sending the request's body took 2.00 ms; it goes on as fast as the client sends it and the upstream takes it.",
  ]);
});

test("a slow policy, by name", () => {
  const record = quickRecord();
  const detail = proxiedRecord().detail!;
  detail.targets = [];
  detail.policies = [
    { policy: "jwt", on: "request", outcome: "continue", detail: "", begun: clockAt(31), ended: clockAt(2031) },
    { policy: "headers", on: "request", outcome: "continue", detail: "", begun: clockAt(2031), ended: clockAt(2040) },
  ];
  record.detail = detail;
  stampAt(record, { policiesDone: 2044, balanced: 2045, connectBegun: 2046, connected: 2046, requestSent: 2050 });
  stampAt(record, { requestBodySent: 2050, firstByte: 3000, lastByte: 3010, replyWritten: 3020 });
  expect(findingsOf(record)[1]).toBe("The policy jwt took 2.00 ms.");
});

test("targets that are down", () => {
  expect(findingsOf(proxiedRecord())).toContain("1 of 3 targets of pool orders is down: 127.0.0.1:9003.");
});

test("time that belongs to no station", () => {
  const record = quickRecord();
  stampAt(record, { connectBegun: 3047, connected: 3047, requestSent: 3060, requestBodySent: 3060 });
  stampAt(record, { firstByte: 3700, lastByte: 3710, replyWritten: 3720 });
  expect(findingsOf(record)).toEqual([
    "3.00 ms (81 %) belong to no station: the edge was busy with something else, or a stage is not measured.",
  ]);
  record.stamps[Stamp.balanced] = 0;
  expect(findingsOf(record)[0]).toStartWith("3.00 ms (81 %)");
});
