/** What happens when a target's connections are all in use. */
import { afterEach, describe, expect, test } from "bun:test";

import { Stamp } from "../../src/contract/trace-record.ts";
import type { PoolConfig } from "../../src/config/pool-config.ts";
import { Client } from "./support/client.ts";
import { edgeBefore, type TestEdge } from "./support/edge.ts";
import { isFreed, ok, startOrigin, type Origin, type Received } from "./support/origin.ts";
import { AT_ONCE, poll } from "./support/poll.ts";
import { bodyOf, isComplete, raw, statusOf, unchunk } from "./support/raw-client.ts";
import { faultOf } from "./support/replies.ts";
import { recordOf } from "./support/traces.ts";

const HOST = "Host: h.example\r\n";

interface Scene {
  readonly origin: Origin;
  readonly edge: TestEdge;
  /** Requests that the origin has not answered yet, oldest first. */
  readonly held: Received[];
  /** Answers the oldest of them with its path. */
  release(): void;
  /** Sends GET and answers when the edge has taken the request in. */
  request(path: string): Promise<Client>;
}

const opened: Array<() => Promise<void> | void> = [];

afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function scene(pool: Partial<PoolConfig>): Promise<Scene> {
  const held: Received[] = [];
  const origin = await startOrigin((request) => held.push(request));
  opened.push(() => origin.stop());
  const edge = await edgeBefore([origin], pool, { timeouts: { drain: "50ms" } });
  opened.push(() => edge.stop());
  return {
    origin,
    edge,
    held,
    release() {
      const request = held.shift();
      if (request !== undefined) ok(request, request.path);
    },
    async request(path) {
      const { exchanges } = edge.edge.control.status();
      const client = await Client.sending(edge.port, `GET ${path} HTTP/1.1\r\n${HOST}\r\n`);
      opened.push(() => client.close());
      await poll(() => edge.edge.control.status().exchanges > exchanges || client.received !== "");
      return client;
    },
  };
}

describe("connections.max", () => {
  test("is never exceeded, and everybody is served", async () => {
    let open = 0;
    let most = 0;
    const origin = await startOrigin((request) => {
      open++;
      most = Math.max(most, open, origin.sockets.size);
      setTimeout(() => {
        open--;
        ok(request, "x");
      }, 5);
    });
    opened.push(() => origin.stop());
    const edge = await edgeBefore([origin], { connections: { max: 3 } });
    opened.push(() => edge.stop());
    const replies = await Promise.all(
      Array.from({ length: 40 }, (_, turn) =>
        raw(edge.port, [`GET /${turn} HTTP/1.1\r\n${HOST}\r\n`], { until: isComplete }),
      ),
    );
    expect(replies.map(statusOf)).toEqual(replies.map(() => 200));
    expect(most).toBe(3);
  });

  test("one connection serves a hundred clients", async () => {
    const origin = await startOrigin((request) => ok(request, request.path));
    opened.push(() => origin.stop());
    const edge = await edgeBefore([origin], { connections: { max: 1 } });
    opened.push(() => edge.stop());
    const replies = await Promise.all(
      Array.from({ length: 100 }, (_, turn) =>
        raw(edge.port, [`GET /${turn} HTTP/1.1\r\n${HOST}\r\n`], { until: isComplete }),
      ),
    );
    replies.forEach((reply, turn) => expect(bodyOf(reply)).toBe(`/${turn}`));
    expect(origin.connections()).toBe(1);
    expect(origin.requests).toHaveLength(100);
  });

  test("with two targets, nobody waits while one of them is free", async () => {
    const held: Received[] = [];
    const pair = await Promise.all([0, 1].map(() => startOrigin((request) => held.push(request))));
    for (const origin of pair) opened.push(() => origin.stop());
    const edge = await edgeBefore(pair, { connections: { max: 1 }, queue: { max: 0 } });
    opened.push(() => edge.stop());
    const get = (path: string): Promise<string> =>
      raw(edge.port, [`GET ${path} HTTP/1.1\r\n${HOST}\r\n`], { until: isComplete });
    const first = get("/a");
    const second = get("/b");
    expect(await poll(() => held.length === 2)).toBe(true);
    expect(pair.map(({ requests }) => requests.length)).toEqual([1, 1]);
    expect(faultOf(await get("/c"))).toBe("queue-full");
    for (const request of held) ok(request, request.path);
    expect([bodyOf(await first), bodyOf(await second)]).toEqual(["/a", "/b"]);
  });

  test("kept connections do not count as used ones of somebody else", async () => {
    const { held, release, request, origin } = await scene({ connections: { max: 1 } });
    for (const path of ["/a", "/b", "/c"]) {
      const client = await request(path);
      expect(await poll(() => held.length === 1)).toBe(true);
      release();
      expect(bodyOf(await client.until(isComplete))).toBe(path);
    }
    expect(origin.connections()).toBe(1);
  });
});

describe("the queue", () => {
  test("serves in the order of arrival, and the trace says how long each waited", async () => {
    const { origin, held, release, request, edge } = await scene({ connections: { max: 1 } });
    const paths = ["/a", "/b", "/c", "/d"];
    const clients: Client[] = [];
    for (const path of paths) clients.push(await request(path));
    await Bun.sleep(20);
    expect(origin.requests.map(({ path }) => path)).toEqual(["/a"]);
    for (const client of clients) {
      expect(await poll(() => held.length === 1)).toBe(true);
      release();
      expect(statusOf(await client.until(isComplete))).toBe(200);
    }
    expect(origin.requests.map(({ path }) => path)).toEqual(paths);
    const { stamps } = await recordOf(edge, "/b");
    expect(stamps[Stamp.dequeued]! - stamps[Stamp.queued]!).toBeGreaterThan(15e6);
    expect(stamps[Stamp.connectBegun]!).toBeGreaterThanOrEqual(stamps[Stamp.dequeued]!);
    expect((await recordOf(edge, "/a")).stamps[Stamp.queued]).toBe(0);
  });

  test("queue.max: one more is a 503 at once, and those who wait are still served", async () => {
    const { held, release, request, edge } = await scene({ connections: { max: 1 }, queue: { max: 2 } });
    const clients = [await request("/a"), await request("/b"), await request("/c")];
    const begun = performance.now();
    const refused = await (await request("/d")).until(isComplete);
    expect(performance.now() - begun).toBeLessThan(AT_ONCE);
    expect([statusOf(refused), faultOf(refused)]).toEqual([503, "queue-full"]);
    expect(refused).toContain("error=connection_limit_reached");
    expect((await recordOf(edge, "/d")).faultDetail).toContain("queue.max = 2");
    for (const client of clients) {
      expect(await poll(() => held.length === 1)).toBe(true);
      release();
      expect(statusOf(await client.until(isComplete))).toBe(200);
    }
  });

  test("queue.timeout: 503 for who waited too long, and the next one is not harmed", async () => {
    const { held, origin, release, request, edge } = await scene({
      connections: { max: 1 },
      queue: { timeout: "300ms" },
    });
    await request("/a");
    const begun = performance.now();
    const late = await (await request("/b")).until(isComplete);
    const waited = performance.now() - begun;
    expect([statusOf(late), faultOf(late)]).toEqual([503, "queue-timeout"]);
    expect(waited).toBeGreaterThan(180);
    expect(waited).toBeLessThan(AT_ONCE);
    expect((await recordOf(edge, "/b")).faultDetail).toContain("queue.timeout = 300 ms");
    const next = await request("/c");
    release();
    expect(await poll(() => held.length === 1)).toBe(true);
    release();
    expect(bodyOf(await next.until(isComplete))).toBe("/c");
    expect(origin.countOf("/b")).toBe(0);
  });

  test("who leaves gives up the place, and is never sent on", async () => {
    const { origin, held, release, request } = await scene({ connections: { max: 1 }, queue: { max: 1 } });
    await request("/a");
    const leaver = await request("/leaver");
    leaver.abort();
    await Bun.sleep(20);
    const next = await request("/next");
    expect(next.received).toBe("");
    release();
    expect(await poll(() => held.length === 1)).toBe(true);
    release();
    expect(bodyOf(await next.until(isComplete))).toBe("/next");
    expect(origin.countOf("/leaver")).toBe(0);
  });

  test("moves on when the one who is served leaves", async () => {
    const { origin, held, release, request } = await scene({ connections: { max: 1 } });
    const first = await request("/a");
    const head = await origin.head("/a");
    const second = await request("/b");
    first.abort();
    expect(await isFreed(head)).toBe(true);
    held.shift();
    expect(await poll(() => held.length === 1)).toBe(true);
    release();
    expect(bodyOf(await second.until(isComplete))).toBe("/b");
    expect(origin.connections()).toBe(2);
  });

  test("moves on when the target fails the one who is served", async () => {
    const { held, release, request } = await scene({ connections: { max: 1 }, retry: { attempts: 0 } });
    const first = await request("/a");
    const second = await request("/b");
    expect(await poll(() => held.length === 1)).toBe(true);
    held.shift()!.socket.resetAndDestroy();
    expect(faultOf(await first.until(isComplete))).toBe("upstream-closed");
    expect(await poll(() => held.length === 1)).toBe(true);
    release();
    expect(bodyOf(await second.until(isComplete))).toBe("/b");
  });

  test("keeps a waiting request's body", async () => {
    const { held, origin, release, request, edge } = await scene({ connections: { max: 1 } });
    await request("/a");
    const body = "0123456789".repeat(20_000);
    const posted = raw(edge.port, [`POST /post HTTP/1.1\r\n${HOST}Content-Length: ${body.length}\r\n\r\n`, body], {
      until: isComplete,
    });
    const chunked = raw(
      edge.port,
      [`POST /chunked HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n5\r\nhe`, 30, "llo\r\n0\r\n\r\n"],
      { until: isComplete },
    );
    await Bun.sleep(60);
    expect(origin.requests).toHaveLength(1);
    for (let turn = 0; turn < 3; turn++) {
      expect(await poll(() => held.length === 1)).toBe(true);
      release();
    }
    expect([statusOf(await posted), statusOf(await chunked)]).toEqual([200, 200]);
    expect(origin.requests.find(({ path }) => path === "/post")?.wire === body).toBe(true);
    expect(unchunk(origin.requests.find(({ path }) => path === "/chunked")!.wire)).toBe("hello");
  });
});
