/** Connections that carry more than one request, on either side of the edge (RFC 9112 §9). */
import { afterEach, describe, expect, test } from "bun:test";

import type { Config } from "../../src/config/config.ts";
import type { PoolConfig } from "../../src/config/pool-config.ts";
import { Client } from "./support/client.ts";
import { edgeBefore, type TestEdge } from "./support/edge.ts";
import { ok, startOrigin, type Answer, type Origin } from "./support/origin.ts";
import { poll } from "./support/poll.ts";
import { bodyOf, isComplete, raw, statusOf } from "./support/raw-client.ts";
import { fieldOf } from "./support/replies.ts";
import { recordOf } from "./support/traces.ts";

const HOST = "Host: h.example\r\n";
const opened: Array<{ stop(): Promise<void> }> = [];

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.stop();
});

async function scene(
  answer: Answer,
  pool: Partial<PoolConfig> = {},
  rest: Partial<Config> = {},
): Promise<{ origin: Origin; edge: TestEdge }> {
  const origin = await startOrigin(answer);
  const edge = await edgeBefore([origin], pool, { timeouts: { drain: "100ms", linger: "300ms" }, ...rest });
  opened.push(origin, edge);
  return { origin, edge };
}

const named: Answer = (request) => ok(request, `<${request.path}>`);
const head = (path: string, fields = "", method = "GET"): string =>
  `${method} ${path} HTTP/1.1\r\n${HOST}${fields}\r\n`;
const bodies = (received: string): string[] => received.match(/<[^>]*>/g) ?? [];

describe("pipelining", () => {
  test("thousands of requests in one write are answered in order", async () => {
    const { edge, origin } = await scene(named);
    const paths = Array.from({ length: 4_000 }, (_, turn) => `/pipelined/${turn}`);
    const last = `<${paths.at(-1)!}>`;
    const reply = await raw(edge.port, [paths.map((path) => head(path)).join("")], {
      until: (text) => text.endsWith(last),
      wait: 10_000,
    });
    expect(bodies(reply)).toEqual(paths.map((path) => `<${path}>`));
    expect(origin.connections()).toBe(1);
  });

  test("a quick answer does not overtake a slow one", async () => {
    const routes: Config["routes"] = [
      { name: "all", match: { path: "/*" }, proxy: "main" },
      { name: "quick", match: { path: "/quick" }, respond: { body: "<quick>" } },
      { name: "handled", match: { path: "/handled" }, handler: () => new Response("<handled>") },
    ];
    const { edge } = await scene(
      (request) => setTimeout(() => named(request), request.path === "/slow" ? 80 : 0),
      {},
      { routes },
    );
    const sent = ["/slow", "/quick", "/handled", "/missing", "/quick"].map((path) => head(path)).join("");
    const reply = await raw(edge.port, [sent], { until: (text) => bodies(text).length === 5 });
    expect(bodies(reply)).toEqual(["</slow>", "<quick>", "<handled>", "</missing>", "<quick>"]);
  });

  test("bodies, HEAD and refusals keep their places; after a refusal nothing more is answered", async () => {
    const { edge, origin } = await scene((request) => ok(request, `<${request.path} ${request.wire.length}>`));
    const sent =
      head("/a", "Content-Length: 3\r\n", "POST") +
      "abc" +
      head("/b", "", "HEAD") +
      head("/c", "Transfer-Encoding: chunked\r\n", "PUT") +
      "1\r\nx\r\n0\r\n\r\n" +
      head("/d") +
      head("/bad", "Bad Name: 1\r\n") +
      head("/never");
    const reply = await raw(edge.port, [sent]);
    expect(bodies(reply)).toEqual(["</a 3>", "</c 11>", "</d 0>"]);
    expect(reply.match(/HTTP\/1\.1 \d{3}/g)).toEqual([
      "HTTP/1.1 200",
      "HTTP/1.1 200",
      "HTTP/1.1 200",
      "HTTP/1.1 200",
      "HTTP/1.1 400",
    ]);
    expect(origin.requests.map(({ path }) => path)).toEqual(["/a", "/b", "/c", "/d"]);
  });

  test("a client that reads nothing is not read any further", async () => {
    const { edge, origin } = await scene((request) => ok(request, "x".repeat(65_536)));
    const client = await Client.open(edge.port);
    client.pause();
    for (let turn = 0; turn < 2_000; turn++) client.write(head(`/greedy/${turn}`));
    await poll(() => origin.requests.length > 20);
    await Bun.sleep(150);
    const served = origin.requests.length;
    expect(served).toBeLessThan(1_000);
    await Bun.sleep(100);
    expect(origin.requests.length - served).toBeLessThan(20);
    client.abort();
  });
});

describe("the client's connection", () => {
  test("ends after the reply when the request says close, and what follows is not served", async () => {
    const { edge, origin } = await scene(named);
    for (const option of ["close", "Close", "keep-alive, close"]) {
      const reply = await raw(edge.port, [head("/last", `Connection: ${option}\r\n`) + head("/after")]);
      expect(fieldOf(reply, "Connection")).toBe("close");
      expect(bodies(reply)).toEqual(["</last>"]);
    }
    expect(origin.countOf("/after")).toBe(0);
  });

  test("of HTTP/1.0 lasts only when it asks to", async () => {
    const { edge } = await scene(named);
    const client = await Client.open(edge.port);
    const old = `GET /old HTTP/1.0\r\n${HOST}Connection: keep-alive\r\n\r\n`;
    for (let turn = 0; turn < 3; turn++) {
      const reply = await client.ask(old, isComplete);
      expect([bodyOf(reply), fieldOf(reply, "Connection")]).toEqual(["</old>", "keep-alive"]);
    }
    await client.ask(`GET /old HTTP/1.0\r\n${HOST}\r\n`, isComplete);
    expect(await client.end()).toBe("end");
    client.close();
  });

  test("serves many requests, and the trace counts them", async () => {
    const { edge } = await scene(named);
    const client = await Client.open(edge.port);
    for (let turn = 0; turn < 300; turn++)
      expect(bodyOf(await client.ask(head(`/turn/${turn}`), isComplete))).toBe(`</turn/${turn}>`);
    client.close();
    expect((await recordOf(edge, "/turn/299 ")).sequence).toBe(299);
  });

  test("beyond limits.connections is closed without a word, and counted; one that leaves makes room", async () => {
    const { edge } = await scene(named, {}, { limits: { connections: 2 } });
    const first = await Client.open(edge.port);
    const second = await Client.open(edge.port);
    for (const client of [first, second]) expect(statusOf(await client.ask(head("/a"), isComplete))).toBe(200);
    expect(edge.edge.control.status().connectionsRefused).toBe(0);
    expect(await raw(edge.port, [head("/refused")], { wait: 1_000 })).toBe("");
    expect(edge.edge.control.status().connectionsRefused).toBe(1);
    first.abort();
    await poll(() => edge.edge.control.status().connections === 1);
    expect(statusOf(await raw(edge.port, [head("/b")], { until: isComplete }))).toBe(200);
    second.close();
  });
});

describe("the upstream's connections", () => {
  const crowd = (edge: TestEdge, path: string, size: number): Promise<string[]> =>
    Promise.all(Array.from({ length: size }, () => raw(edge.port, [head(path)], { until: isComplete })));

  test("are kept up to connections.idle", async () => {
    const { edge, origin } = await scene((request) => setTimeout(() => named(request), 30), {
      connections: { idle: 2 },
    });
    await crowd(edge, "/crowd", 8);
    expect(await poll(() => origin.sockets.size === 2)).toBe(true);
    await crowd(edge, "/again", 2);
    expect(origin.connections()).toBe(8);
  });

  test("are closed after connections.idleTimeout", async () => {
    const { edge, origin } = await scene(named, { connections: { idleTimeout: "200ms" } });
    await crowd(edge, "/a", 1);
    expect(origin.sockets.size).toBe(1);
    expect(await poll(() => origin.sockets.size === 0, 2_000)).toBe(true);
    expect(statusOf((await crowd(edge, "/b", 1))[0]!)).toBe(200);
  });

  const endings: ReadonlyArray<readonly [name: string, response: string, kept: boolean]> = [
    ["HTTP/1.1", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n<a>", true],
    ["Connection: close", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\n<a>", false],
    ["HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\n<a>", false],
    ["HTTP/1.0 with keep-alive", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\n<a>", true],
    ["more bytes than its length", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n<a>!", false],
  ];
  for (const [name, response, kept] of endings) {
    test(`${name}: ${kept ? "kept" : "not kept"}, and the client does not notice`, async () => {
      const { edge, origin } = await scene(({ socket }) => socket.write(response));
      const client = await Client.open(edge.port);
      for (let turn = 0; turn < 3; turn++) {
        const reply = await client.ask(head("/a"), isComplete);
        expect([bodyOf(reply), fieldOf(reply, "Connection")]).toEqual(["<a>", undefined]);
      }
      client.close();
      expect(origin.connections()).toBe(kept ? 1 : 3);
    });
  }

  test("the one used last is used first, so that the others can go", async () => {
    const { edge, origin } = await scene((request) =>
      setTimeout(() => named(request), request.path === "/crowd" ? 30 : 0),
    );
    await crowd(edge, "/crowd", 5);
    for (let turn = 0; turn < 10; turn++) await crowd(edge, "/one", 1);
    expect(
      new Set(origin.requests.filter(({ path }) => path === "/one").map(({ connection }) => connection)).size,
    ).toBe(1);
  });
});
