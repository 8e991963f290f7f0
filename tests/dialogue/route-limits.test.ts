/** What a route says of bodies and times, in place of the edge and of its pool. */
import { expect, test } from "bun:test";

import type { Config } from "../../src/config/config.ts";
import type { RouteConfig } from "../../src/config/route-config.ts";
import { dialogue, TARGET, type Setting } from "./support/dialogue.ts";
import { EdgeUnderTest } from "./support/edge-under-test.ts";

const ROUTES: readonly RouteConfig[] = [
  { match: { path: "/upload/*" }, limits: { body: "20B" }, timeouts: { body: "5m" }, proxy: "main" },
  { match: { path: "/slow/*" }, timeouts: { tunnel: "10s" }, proxy: { pool: "main", timeouts: { firstByte: "5m" } } },
  { match: { path: "/*" }, proxy: "main" },
];

const CONFIG: Partial<Config> = {
  pools: { main: { targets: [TARGET], timeouts: { firstByte: "10s" }, retry: { attempts: 0 } } },
  routes: ROUTES,
  limits: { body: "10B", bodyRate: 0 },
  timeouts: { body: "10s" },
};
const SETTING: Setting = { config: CONFIG };
const OK = ["HTTP/1.1 200 OK", "Content-Length: 2", "", "ok"] as const;

function post(path: string, length: number, body = ""): string[] {
  return [`POST ${path} HTTP/1.1`, "Host: h", `Content-Length: ${length}`, "", body];
}

dialogue("a body within the route's limit, over the edge's", SETTING, ({ client, upstream }) => {
  client.says(...post("/upload/a", 20, "x".repeat(20)));
  expect(upstream.read()).toEndWith("x".repeat(20));
  upstream.says(...OK);
  client.gets(...OK);
});

for (const [path, length] of [
  ["/upload/a", 21],
  ["/a", 11],
] as const) {
  dialogue(
    `an announced body of ${length} bytes on ${path} is refused before anything is sent`,
    SETTING,
    ({ client, dialled, logs }) => {
      client.says(...post(path, length));
      expect(client.read()).toStartWith("HTTP/1.1 413 ");
      dialled();
      logs(`POST ${path} HTTP/1.1 → 413 body-too-large`);
    },
  );

  dialogue(
    `one in chunks of ${length} bytes on ${path} is refused where it is too much`,
    SETTING,
    ({ client, upstream }) => {
      client.says(`POST ${path} HTTP/1.1`, "Host: h", "Transfer-Encoding: chunked", "", "");
      client.says(`${length.toString(16)}\r\n${"x".repeat(length)}\r\n0\r\n\r\n`);
      expect(client.read()).toStartWith("HTTP/1.1 413 ");
      upstream.read();
    },
  );
}

dialogue("a body that stalls has the route's time", SETTING, ({ client, upstream, passes }) => {
  client.says(...post("/upload/a", 4, "ab"));
  passes(200_000);
  client.getsNothing();
  client.says("cd");
  expect(upstream.read()).toEndWith("abcd");
  upstream.says(...OK);
  client.gets(...OK);
});

dialogue("and the edge's elsewhere", SETTING, ({ client, upstream, passes }) => {
  client.says(...post("/a", 4, "ab"));
  passes(11_000);
  expect(client.read()).toStartWith("HTTP/1.1 408 ");
  upstream.read();
});

dialogue("an upstream has the route's time for its first byte", SETTING, ({ client, upstream, passes }) => {
  client.says("GET /slow/a HTTP/1.1", "Host: h", "", "");
  upstream.read();
  passes(200_000);
  client.getsNothing();
  upstream.says(...OK);
  client.gets(...OK);
});

dialogue(
  "and the pool's elsewhere, also on a connection that the other route has used",
  SETTING,
  ({ client, upstream, passes }) => {
    client.says("GET /slow/a HTTP/1.1", "Host: h", "", "");
    upstream.read();
    upstream.says(...OK);
    client.gets(...OK);
    client.says("GET /a HTTP/1.1", "Host: h", "", "");
    upstream.read();
    passes(11_000);
    expect(client.read()).toStartWith("HTTP/1.1 504 ");
  },
);

const queued: Setting = {
  config: {
    ...CONFIG,
    pools: {
      main: { targets: [TARGET], timeouts: { firstByte: "10s" }, connections: { max: 1 }, queue: { timeout: "5m" } },
    },
  },
};
dialogue("the route's time holds for who has waited in the queue", queued, ({ client, upstream, passes, another }) => {
  client.says("GET /slow/a HTTP/1.1", "Host: h", "", "");
  upstream.read();
  const second = another();
  second.says("GET /slow/b HTTP/1.1", "Host: h", "", "");
  upstream.says(...OK);
  client.gets(...OK);
  expect(upstream.read()).toContain("GET /slow/b ");
  passes(200_000);
  upstream.says(...OK);
  second.gets(...OK);
});

test("a plan tells the route's times, and that a body would be too large", async () => {
  const edge = new EdgeUnderTest({ ...CONFIG, routes: ROUTES });
  const fields: Array<[string, string]> = [["Content-Length", "21"]];
  const input = { method: "POST", url: "http://h/upload/a", client: "192.0.2.1", fields };
  expect((await edge.explain(input)).record.fault).toBe("body-too-large");
});
