/** When a request goes to an upstream a second time, and when it must not. */
import { afterEach, describe, expect, test } from "bun:test";

import type { PoolConfig } from "../../src/config/pool-config.ts";
import { explainTree } from "../../src/explain/explain-tree.ts";
import { edgeBefore, type TestEdge } from "./support/edge.ts";
import { deadAddress, echo, ok, startOrigin, type Answer, type Origin, type Received } from "./support/origin.ts";
import { AT_ONCE, poll } from "./support/poll.ts";
import { bodyOf, isComplete, raw, statusOf } from "./support/raw-client.ts";
import { faultOf } from "./support/replies.ts";
import { recordOf } from "./support/traces.ts";

const HOST = "Host: h.example\r\n";
/** A target stays in use however often its connect fails. */
const TIRELESS = { passive: { maxFails: 0 } } as const;

let origins: Origin[] = [];
let edges: TestEdge[] = [];

afterEach(async () => {
  for (const edge of edges) await edge.stop();
  for (const origin of origins) await origin.stop();
  edges = [];
  origins = [];
});

async function origin(answer: Answer, onHead?: Answer, port?: number): Promise<Origin> {
  const started = await startOrigin(answer, onHead, port);
  origins.push(started);
  return started;
}

async function before(targets: ReadonlyArray<Origin | string>, pool: Partial<PoolConfig> = {}): Promise<TestEdge> {
  const edge = await edgeBefore(targets, pool);
  edges.push(edge);
  return edge;
}

function send(edge: TestEdge, method: string, path: string, body: string | Buffer = "", fields = ""): Promise<string> {
  const framing =
    body === "" || fields.includes("Transfer-Encoding") ? fields : `${fields}Content-Length: ${body.length}\r\n`;
  return raw(edge.port, [`${method} ${path} HTTP/1.1\r\n${HOST}${framing}\r\n`, body], {
    until: method === "HEAD" ? (text) => text.endsWith("\r\n\r\n") : isComplete,
  });
}

/** Answers every connection's first request; the second one finds the connection closed. */
function stale(request: Received): void {
  if (request.sequence > 1) request.socket.destroy();
  else echo(request);
}

describe("a target that refuses connections", () => {
  for (const method of ["GET", "POST"]) {
    test(`${method} goes to another one, since nothing was sent`, async () => {
      const good = await origin(echo);
      const edge = await before([await deadAddress(), good], { health: TIRELESS });
      for (let turn = 0; turn < 6; turn++) {
        const reply = await send(edge, method, `/r${turn}`, method === "POST" ? "hello" : "");
        expect(statusOf(reply)).toBe(200);
        if (method === "POST") expect(bodyOf(reply)).toEndWith("|hello");
      }
      expect(good.requests).toHaveLength(6);
      const retried = edge.edge.control.recent(10).filter(({ retries }) => retries > 0);
      expect(retried.length).toBeGreaterThanOrEqual(3);
      for (const record of retried) {
        expect(record.retries).toBe(1);
        expect(record.attempts?.map(({ fault }) => fault)).toEqual(["upstream-unreachable"]);
        expect([record.target, record.fault]).toEqual([good.address, null]);
      }
    });
  }

  test("all of them: the failure itself is told, at once, and each was tried one time", async () => {
    const targets = [await deadAddress(), await deadAddress()];
    const edge = await before(targets, { health: TIRELESS });
    const begun = performance.now();
    const reply = await send(edge, "GET", "/dead");
    expect(performance.now() - begun).toBeLessThan(AT_ONCE);
    expect([statusOf(reply), faultOf(reply)]).toEqual([502, "upstream-unreachable"]);
    for (const target of targets) expect(reply).not.toContain(target);
    const record = await recordOf(edge, "/dead");
    expect(new Set(record.attempts?.map(({ target }) => target))).toEqual(new Set(targets));
    expect(record.attempts).toHaveLength(2);
  });

  test("a target that was tried is not picked again for the same request", async () => {
    const good = await origin(echo);
    const targets = [await deadAddress(), await deadAddress(), good];
    const edge = await before(targets, { health: TIRELESS, retry: { minimum: 1_000 } });
    for (let turn = 0; turn < 6; turn++) expect(statusOf(await send(edge, "GET", `/r${turn}`))).toBe(200);
    for (const { attempts, pickReason, retries } of edge.edge.control.recent(10)) {
      const tried = attempts?.map(({ target }) => target) ?? [];
      expect(new Set(tried).size).toBe(tried.length);
      if (retries > 0) expect(pickReason).toBe("retry-elsewhere");
    }
  });

  test("retry.attempts = 0: the first failure is the last word", async () => {
    const good = await origin(echo);
    const edge = await before([await deadAddress(), good], { health: TIRELESS, retry: { attempts: 0 } });
    const statuses: number[] = [];
    for (let turn = 0; turn < 6; turn++) statuses.push(statusOf(await send(edge, "GET", `/r${turn}`)));
    expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 200, 200, 502, 502, 502]);
    expect(good.requests).toHaveLength(3);
  });
});

describe("retry.hedge", () => {
  test("a target that is silent is not waited for: another one answers, and the trace tells of both", async () => {
    const silent = await origin(() => {});
    const quick = await origin(echo);
    const edge = await before([silent, quick], { retry: { hedge: "100ms" } });
    for (const path of ["/a", "/b"]) expect(statusOf(await send(edge, "GET", path))).toBe(200);
    const records = edge.edge.control.recent(10).filter(({ hedged }) => hedged);
    expect(records.map(({ target, retries }) => [target, retries])).toEqual([[quick.address, 1]]);
    const [record] = records;
    expect(record!.attempts?.map(({ target, fault }) => [target, fault])).toEqual([[silent.address, null]]);
    expect(await poll(() => silent.sockets.size === 0, 2_000)).toBe(true);
    const targets = [...edge.edge.control.plan().pools.values()].flatMap(({ live }) => live.targets);
    expect(targets.map(({ active, health }) => [active, health.failuresTotal])).toEqual([
      [0, 0],
      [0, 0],
    ]);
    const tree = explainTree({ record: record!, plan: edge.edge.control.plan(), sent: true, reply: null });
    expect(tree.stations.find(({ station }) => station === "attempts")).toMatchObject({
      mark: "ok",
      text: `${quick.address} answered first of two, 1 retry`,
    });
    expect(edge.edge.control.counts().pools.get(record!.pool)!.hedged).toBe(1);
  });
});

describe("a kept connection that the origin has given up", () => {
  test("an idempotent request goes again, on a new connection to the same target", async () => {
    const lone = await origin(stale);
    const edge = await before([lone]);
    for (const method of ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"]) {
      await send(edge, "GET", "/first");
      expect(statusOf(await send(edge, method, `/${method}`, method === "PUT" ? "x" : ""))).toBe(200);
      expect(lone.countOf(`/${method}`)).toBe(2);
      expect((await recordOf(edge, `/${method}`)).retries).toBe(1);
    }
  });

  test("a POST or PATCH does not: the origin may have acted on it", async () => {
    const lone = await origin(stale);
    const edge = await before([lone]);
    for (const method of ["POST", "PATCH", "FROBNICATE"]) {
      await send(edge, "GET", "/first");
      const reply = await send(edge, method, `/${method}`, "x");
      expect([statusOf(reply), faultOf(reply)]).toEqual([502, "upstream-closed"]);
      expect(lone.countOf(`/${method}`)).toBe(1);
    }
  });

  test("one that the origin closed while it was idle costs nothing", async () => {
    const lone = await origin((request) => {
      echo(request);
      request.socket.end();
    });
    const edge = await before([lone]);
    for (let turn = 0; turn < 5; turn++) {
      expect(statusOf(await send(edge, "POST", `/idle${turn}`, "x"))).toBe(200);
      await poll(() => lone.sockets.size === 0);
      expect((await recordOf(edge, `/idle${turn}`)).retries).toBe(0);
    }
  });

  test("many of them fail one request no more often than one does", async () => {
    const lone = await origin(stale);
    const edge = await before([lone]);
    await Promise.all(Array.from({ length: 8 }, (_, turn) => send(edge, "GET", `/keep${turn}`)));
    expect(statusOf(await send(edge, "GET", "/after"))).toBe(200);
  });

  for (const [name, size] of [
    ["a small body", 5],
    ["a body of 20 KB", 20_480],
  ] as const) {
    test(`PUT with ${name} is sent again whole`, async () => {
      const lone = await origin(stale);
      const edge = await before([lone]);
      const body = "0123456789".repeat(size / 5).slice(0, size);
      await send(edge, "GET", "/first");
      expect(statusOf(await send(edge, "PUT", "/put", body))).toBe(200);
      const bodies = lone.requests.filter(({ path }) => path === "/put").map(({ wire }) => wire);
      expect(bodies).toEqual([body, body]);
    });
  }

  test("PUT with a chunked body and trailers is sent again whole", async () => {
    const lone = await origin(stale);
    const edge = await before([lone]);
    await send(edge, "GET", "/first");
    const body = "5\r\nhello\r\n6\r\n world\r\n0\r\nX-T: 1\r\n\r\n";
    expect(statusOf(await send(edge, "PUT", "/put", body, "Transfer-Encoding: chunked\r\n"))).toBe(200);
    const seen = lone.requests.filter(({ path }) => path === "/put");
    expect(seen).toHaveLength(2);
    expect(seen[1]!.wire).toBe(seen[0]!.wire);
    expect(seen[1]!.head).toBe(seen[0]!.head);
  });

  test("a body too large to be kept is not sent again", async () => {
    const lone = await origin(stale, (request) => request.sequence > 1 && request.socket.destroy());
    const edge = await before([lone]);
    await send(edge, "GET", "/first");
    const reply = await send(edge, "PUT", "/put", Buffer.alloc(1 << 20, "x"));
    expect(statusOf(reply)).toBe(502);
    expect(lone.heads.filter(({ path }) => path === "/put")).toHaveLength(1);
  });
});

describe("a target that fails after the request was sent", () => {
  test("an idempotent request goes elsewhere, a POST does not", async () => {
    const killer = await origin(({ socket }) => socket.resetAndDestroy());
    const good = await origin(echo);
    const edge = await before([killer, good], { health: { passive: false } });
    for (let turn = 0; turn < 4; turn++) expect(statusOf(await send(edge, "GET", "/get"))).toBe(200);
    const posts: number[] = [];
    for (let turn = 0; turn < 4; turn++) posts.push(statusOf(await send(edge, "POST", "/post", "x")));
    expect(posts.toSorted((a, b) => a - b)).toEqual([200, 200, 502, 502]);
    expect(killer.countOf("/post") + good.countOf("/post")).toBe(4);
  });

  test("no second try after the first byte of a response", async () => {
    const halves: Record<string, string> = {
      "/half-line": "HTTP/1.1 20",
      "/half-head": "HTTP/1.1 200 OK\r\nA: ",
      "/interim": "HTTP/1.1 103 Early Hints\r\n\r\n",
    };
    const lone = await origin(({ socket, path }) => socket.write(halves[path]!, () => socket.destroy()));
    const edge = await before([
      lone,
      await origin(({ socket, path }) => socket.write(halves[path]!, () => socket.destroy())),
    ]);
    for (const path of Object.keys(halves)) {
      const reply = await raw(edge.port, [`GET ${path} HTTP/1.1\r\n${HOST}\r\n`], {
        until: (text) => text.includes(" 502 ") && isComplete(text),
      });
      expect(reply).toContain("HTTP/1.1 502 ");
      expect(origins[0]!.countOf(path) + origins[1]!.countOf(path)).toBe(1);
    }
  });

  test("a malformed response is not asked for twice", async () => {
    const bad: Answer = ({ socket }) => socket.write("HTTP/1.1 200 OK\r\nBad Field: 1\r\n\r\n");
    const both = [await origin(bad), await origin(bad)];
    const edge = await before(both);
    expect(faultOf(await send(edge, "GET", "/bad"))).toBe("response-malformed");
    expect(both[0]!.countOf("/bad") + both[1]!.countOf("/bad")).toBe(1);
  });
});

describe("the retry budget", () => {
  /** How many retries so many requests get, when every second one or more needs one. */
  const retriesOf = async (requests: number, retry: PoolConfig["retry"] & {}): Promise<number> => {
    const drops = await origin((request) => request.socket.destroy());
    const edge = await before([drops, await origin(echo)], { health: TIRELESS, retry });
    const statuses: number[] = [];
    for (let turn = 0; turn < requests; turn++) statuses.push(statusOf(await send(edge, "GET", `/b${turn}`)));
    expect(new Set(statuses)).toEqual(new Set([200, 502]));
    return edge.edge.control.recent(requests).reduce((sum, { retries }) => sum + retries, 0);
  };

  test("is not charged for what was never sent", async () => {
    const retry = { attempts: 1, budget: 0, minimum: 0 };
    const targets = [await deadAddress(), await deadAddress(), await deadAddress(), await origin(echo)];
    const edge = await before(targets, { health: TIRELESS, retry });
    for (let turn = 0; turn < 8; turn++) expect(statusOf(await send(edge, "POST", `/n${turn}`, "x"))).toBe(200);
  });

  test("nothing saved and nothing flowing in: no retry at all", async () => {
    expect(await retriesOf(10, { attempts: 2, budget: 0, minimum: 0 })).toBe(0);
  });

  test("a tenth of the requests", async () => {
    const retries = await retriesOf(35, { attempts: 2, budget: 0.1, minimum: 0 });
    expect(retries).toBeGreaterThanOrEqual(2);
    expect(retries).toBeLessThanOrEqual(3);
  });

  test("the minimum lets a quiet pool retry, so many times a second", async () => {
    const retries = await retriesOf(12, { attempts: 2, budget: 0, minimum: 2 });
    expect(retries).toBeGreaterThanOrEqual(2);
    expect(retries).toBeLessThanOrEqual(4);
  });
});

describe("rest and panic", () => {
  test("after maxFails failed connects a target is passed over", async () => {
    const dead = await deadAddress();
    const edge = await before([dead, await origin(echo)], { health: { passive: { maxFails: 2, rest: "60s" } } });
    for (let turn = 0; turn < 12; turn++) expect(statusOf(await send(edge, "GET", `/r${turn}`))).toBe(200);
    const failures = edge.edge.control.recent(20).flatMap(({ attempts }) => attempts ?? []);
    expect(failures.map(({ target }) => target)).toEqual([dead, dead]);
  });

  test("a target that is back serves again once its rest is over", async () => {
    const dead = await deadAddress();
    const edge = await before([dead, await origin((request) => ok(request, "steady"))], {
      health: { passive: { maxFails: 1, rest: "250ms" } },
    });
    for (let turn = 0; turn < 3; turn++) expect(bodyOf(await send(edge, "GET", "/a"))).toBe("steady");
    await origin((request) => ok(request, "back"), undefined, Number(dead.split(":")[1]));
    let body = "";
    const begun = performance.now();
    while (body !== "back" && performance.now() - begun < 2_000) {
      body = bodyOf(await send(edge, "GET", "/a"));
      await Bun.sleep(20);
    }
    expect(body).toBe("back");
    expect(performance.now() - begun).toBeGreaterThan(50);
  });

  test("when every target rests they are tried all the same", async () => {
    const dead = await deadAddress();
    const edge = await before([dead], { health: { passive: { maxFails: 1, rest: "60s" } } });
    expect(statusOf(await send(edge, "GET", "/down"))).toBe(502);
    await origin(echo, undefined, Number(dead.split(":")[1]));
    expect(statusOf(await send(edge, "GET", "/up"))).toBe(200);
    expect((await recordOf(edge, "/up")).pickReason).toBe("panic");
    await send(edge, "GET", "/later");
    expect((await recordOf(edge, "/later")).pickReason).toBe("only-target");
  });
});
