/** A request that two targets have at once (`retry.hedge`): who begins to answer is heard, and nothing is left of the other. */
import { describe, expect } from "bun:test";

import { dialogue, TARGET, type Dialogue, type Setting } from "./support/dialogue.ts";

const OK: readonly string[] = ["HTTP/1.1 200 OK", "Content-Length: 2", "", "ok"];
const GET: readonly string[] = ["GET / HTTP/1.1", "Host: h", "", ""];
const PUT: readonly string[] = ["PUT / HTTP/1.1", "Host: h", "Content-Length: 3", "", "abc"];
const POST: readonly string[] = ["POST / HTTP/1.1", "Host: h", "Content-Length: 3", "", "abc"];
const SECOND = "10.0.0.2:80";
const THIRD = "10.0.0.3:80";

/** The delay, and what it may be late by. */
const DELAY = 1_000;
const LATE = 300;

const RETRY = { hedge: `${DELAY}ms`, attempts: 2, budget: 1, minimum: 0 } as const;
const TWO: Setting = { pool: { targets: [TARGET, SECOND], retry: RETRY } };
const with_ = (retry: object): Setting => ({ pool: { ...TWO.pool, retry: { ...RETRY, ...retry } } });

/** The first target has the request and is silent, so that the second gets it as well. */
function isHedged(d: Dialogue, request: readonly string[] = GET): void {
  d.client.says(...request);
  d.upstream.gets(...request);
  d.passes(DELAY - 100);
  d.dialled(TARGET);
  d.passes(LATE);
  d.dialled(TARGET, SECOND);
  d.upstreams(1).gets(...request);
}

function isNotHedged(d: Dialogue, request: readonly string[] = GET): void {
  d.client.says(...request);
  d.upstream.gets(...request);
  d.passes(10 * DELAY);
  d.dialled(TARGET);
  d.upstream.says(...OK);
  d.client.gets(...OK);
  expect(d.edge.finished).toMatchObject([{ retries: 0, hedged: false }]);
}

/** Failures that are held against the two targets, and what they are known to take. */
function evidence({ edge }: Dialogue): ReadonlyArray<readonly [failures: number, answers: number, isTimed: boolean]> {
  return [...edge.pools].flatMap(({ targets }) =>
    targets.map(({ health, latency }) => [health.failuresTotal, health.answersTotal, latency > 0] as const),
  );
}

describe("of two targets that have the request", () => {
  dialogue("the second may answer first", TWO, (d) => {
    isHedged(d);
    d.upstreams(1).says(...OK);
    d.client.gets(...OK);
    d.upstream.sees("reset");
    d.upstreams(1).sees("open");
    expect(d.edge.finished).toMatchObject([{ target: SECOND, retries: 1, reused: false, hedged: true }]);
    expect(evidence(d)).toEqual([
      [0, 0, false],
      [0, 1, true],
    ]);
  });

  dialogue("the first may answer first", TWO, (d) => {
    isHedged(d);
    d.upstream.says(...OK);
    d.client.gets(...OK);
    d.upstream.sees("open");
    d.upstreams(1).sees("reset");
    expect(d.edge.finished.map(({ target, retries }) => [target, retries])).toEqual([[TARGET, 1]]);
    expect(evidence(d)).toEqual([
      [0, 1, true],
      [0, 0, false],
    ]);
  });

  dialogue("the connection of the one that answered serves the next request, a body after the other", TWO, (d) => {
    isHedged(d, PUT);
    d.upstreams(1).says("HTTP/1.1 200 OK", "Content-Length: 4", "", "ok");
    d.client.gets("HTTP/1.1 200 OK", "Content-Length: 4", "", "ok");
    d.upstreams(1).says("ok");
    d.client.gets("ok");
    d.edge.setMode("main", 0, "drain", 0);
    d.client.says(...GET);
    d.upstreams(1).gets(...GET);
    d.upstreams(1).says(...OK);
    d.client.gets(...OK);
    d.dialled(TARGET, SECOND);
  });

  dialogue("the second may not be reached", { ...TWO, dials: { [SECOND]: "refuse" } }, (d) => {
    d.client.says(...GET);
    d.passes(DELAY + LATE);
    d.upstream.gets(...GET);
    d.upstream.says(...OK);
    d.client.gets(...OK);
    expect(evidence(d)).toEqual([
      [0, 1, true],
      [1, 0, false],
    ]);
  });

  dialogue("the first may not be reached yet", { ...TWO, dials: { [TARGET]: "hang" } }, (d) => {
    d.client.says(...GET);
    d.passes(DELAY + LATE);
    d.dialled(TARGET, SECOND);
    d.upstream.gets(...GET);
    d.upstream.says(...OK);
    d.client.gets(...OK);
    expect(d.edge.network.dials[0]!.cancelled).toBe(true);
    expect(d.edge.finished).toMatchObject([{ target: SECOND, retries: 1, reused: false, hedged: true }]);
  });

  dialogue("the first may fail, and the second goes on", TWO, (d) => {
    isHedged(d);
    d.upstream.ends();
    d.client.getsNothing();
    d.upstreams(1).says(...OK);
    d.client.gets(...OK);
    expect(d.edge.finished.map(({ target, retries }) => [target, retries])).toEqual([[SECOND, 1]]);
    expect(evidence(d).map(([failures]) => failures)).toEqual([1, 0]);
  });

  dialogue("the second may fail, and the first goes on", TWO, (d) => {
    isHedged(d);
    d.upstreams(1).resets();
    d.client.getsNothing();
    d.upstream.says(...OK);
    d.client.gets(...OK);
    expect(evidence(d).map(([failures]) => failures)).toEqual([0, 1]);
  });

  for (const [order, [one, other]] of Object.entries({ "first and second": [0, 1], "second and first": [1, 0] })) {
    dialogue(`both may fail, ${order}: the usual rule applies`, TWO, (d) => {
      isHedged(d);
      d.upstreams(one!).ends();
      d.client.getsNothing();
      d.upstreams(other!).ends();
      d.client.getsFault(502, "upstream-closed", "keep");
      d.dialled(TARGET, SECOND);
      d.logs("GET / HTTP/1.1 → 502 upstream-closed");
    });
  }

  const three: Setting = { pool: { targets: [TARGET, SECOND, THIRD], retry: { ...RETRY, minimum: 10 } } };

  dialogue("both may fail, and a third has not been asked", three, (d) => {
    isHedged(d);
    d.upstreams(1).ends();
    d.upstream.ends();
    d.upstreams(2).gets(...GET);
    d.passes(10 * DELAY);
    d.dialled(TARGET, SECOND, THIRD);
    d.upstreams(2).says(...OK);
    d.client.gets(...OK);
  });

  dialogue("neither answers in time", { pool: { ...TWO.pool, timeouts: { total: "5s" } } }, (d) => {
    isHedged(d);
    d.passes(5_000);
    d.client.getsFault(504, "upstream-total-timeout", "keep");
    d.upstream.sees("reset");
    d.upstreams(1).sees("reset");
  });

  const full: Setting = { pool: { ...TWO.pool, connections: { max: 1 } } };

  dialogue("the one that is given up takes who waits for a connection", full, (d) => {
    isHedged(d);
    const waiting = d.another();
    waiting.says(...GET);
    d.dialled(TARGET, SECOND);
    d.upstreams(1).says("HTTP/1.1 200 OK", "Content-Length: 2", "", "");
    d.upstream.sees("reset");
    d.dialled(TARGET, SECOND, TARGET);
    d.upstreams(2).gets(...GET);
    d.upstreams(2).says(...OK);
    waiting.gets(...OK);
    d.upstreams(1).says("ok");
    d.client.gets(...OK);
  });

  dialogue("neither is worked on for a client that has gone", TWO, (d) => {
    isHedged(d);
    d.client.resets();
    d.upstream.sees("reset");
    d.upstreams(1).sees("reset");
    expect(evidence(d).map(([failures]) => failures)).toEqual([0, 0]);
  });

  dialogue("the second begins to answer, and breaks off", TWO, (d) => {
    isHedged(d);
    d.upstreams(1).says("HTTP/1.1 200");
    d.upstream.sees("reset");
    d.upstreams(1).ends();
    d.client.getsFault(502, "upstream-closed", "keep");
    d.dialled(TARGET, SECOND);
  });
});

describe("a request goes to one target alone", () => {
  dialogue("when it is not idempotent", TWO, (d) => isNotHedged(d, POST));
  dialogue("when there is no other", { pool: { retry: RETRY } }, (d) => isNotHedged(d));
  dialogue("when all others are full", { pool: { ...TWO.pool, connections: { max: 1 } } }, (d) => {
    const other = d.another();
    d.client.says(...POST);
    d.upstream.gets(...POST);
    other.says(...GET);
    d.upstreams(1).gets(...GET);
    d.passes(10 * DELAY);
    d.dialled(TARGET, SECOND);
    d.upstreams(1).says(...OK);
    other.gets(...OK);
    d.upstream.says(...OK);
    d.client.gets(...OK);
  });
  dialogue("when nothing may be tried twice", with_({ attempts: 0 }), (d) => isNotHedged(d));
  dialogue("when the budget is spent", with_({ budget: 0 }), (d) => isNotHedged(d));
  dialogue("when hedging is not asked for", with_({ hedge: 0 }), (d) => isNotHedged(d));
  dialogue("when the client is bound to one", { pool: { ...TWO.pool, sticky: true } }, (d) => {
    d.client.says(...GET);
    d.upstream.gets(...GET);
    d.upstream.says(...OK);
    const cookie = /Set-Cookie: ([^;]+)/.exec(d.client.read())![1]!;
    const bound = [...GET.slice(0, -2), `Cookie: ${cookie}`, "", ""];
    d.client.says(...bound);
    d.upstream.read();
    d.passes(10 * DELAY);
    d.dialled(TARGET);
    d.upstream.says(...OK);
    d.client.gets(...OK);
  });

  dialogue("once a byte of the response has come", TWO, (d) => {
    d.client.says(...GET);
    d.upstream.gets(...GET);
    d.upstream.says("HTTP/1.1 103 Early Hints", "", "");
    d.client.gets("HTTP/1.1 103 Early Hints", "", "");
    d.passes(10 * DELAY);
    d.dialled(TARGET);
    d.upstream.says(...OK);
    d.client.gets(...OK);
  });

  dialogue("while its body is still coming", TWO, (d) => {
    d.client.says(...PUT.slice(0, -1), "a");
    d.passes(10 * DELAY);
    d.client.says("bc");
    d.passes(10 * DELAY);
    d.dialled(TARGET);
    d.upstream.gets(...PUT);
    d.upstream.says(...OK);
    d.client.gets(...OK);
  });

  dialogue("when it is an upgrade", TWO, (d) => {
    const upgrade = ["GET / HTTP/1.1", "Host: h", "Connection: Upgrade", "Upgrade: x", "", ""];
    d.client.says(...upgrade);
    d.upstream.read();
    d.passes(10 * DELAY);
    d.dialled(TARGET);
    d.upstream.says(...OK);
    d.client.gets(...OK);
  });
});
