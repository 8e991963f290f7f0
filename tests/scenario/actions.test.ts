/** The actions of a route but for handlers and files, path rewriting, and field policies on every kind of reply. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { RouteConfig } from "../../src/config/route-config.ts";
import { Client } from "./support/client.ts";
import { edgeWith, type TestEdge } from "./support/edge.ts";
import { deadAddress, echo, startOrigin, type Origin } from "./support/origin.ts";
import { bodyOf, isComplete, raw, statusOf } from "./support/raw-client.ts";
import { faultOf, fieldOf, linesOf } from "./support/replies.ts";
import { recordOf } from "./support/traces.ts";

const HOST = "Host: h.example\r\n";
const root = mkdtempSync(join(tmpdir(), "roundtrip-actions-"));

let origin: Origin;
let edge: TestEdge;

/** Removes one field of each direction, sets one and adds one. */
const HEADERS: RouteConfig["policies"] = [
  {
    headers: {
      request: {
        remove: ["X-Secret"],
        set: { "X-Set": "${method} ${path} ${host} ${route} ${client.address}", "User-Agent": "edge" },
        add: { "X-Many": "added" },
      },
      reply: {
        remove: ["X-Sequence", "Content-Language"],
        set: { "X-Frame-Options": "DENY", "X-Trace": "${trace.id}" },
        add: { Vary: "Accept" },
      },
    },
  },
];

beforeAll(async () => {
  writeFileSync(join(root, "file.txt"), "from disk");
  origin = await startOrigin(echo);
  const proxy = (path: string, rewrite: object): RouteConfig => ({ match: { path }, proxy: { pool: "main", rewrite } });
  edge = await edgeWith({
    pools: { main: { targets: [origin.address] }, dead: { targets: [await deadAddress()] } },
    routes: [
      { name: "all", match: { path: "/*" }, proxy: "main" },
      {
        name: "fixed",
        match: { path: "/fixed" },
        respond: { status: 418, body: "teapöt", contentType: "text/plain; charset=utf-8", fields: { "X-A": "1" } },
      },
      { name: "empty", match: { path: "/empty" }, respond: { status: 204 } },
      { name: "only-post", match: { path: "/method", method: "POST" }, respond: { body: "post" } },
      { name: "only-purge", match: { path: "/method", method: ["PURGE", "GET"] }, respond: { body: "purge or get" } },
      {
        name: "moved",
        match: { path: "/moved/:id" },
        redirect: { to: "https://new.example/items/${params.id}", status: 308 },
      },
      { name: "here", match: { path: "/here" }, redirect: { to: "/there", keepQuery: false } },
      proxy("/strip/*", { stripPrefix: "/strip" }),
      proxy("/add/*", { addPrefix: "/v1" }),
      proxy("/swap/*", { stripPrefix: "/swap", addPrefix: "/new" }),
      proxy("/users/:id/orders/*", { path: "/orders/:id/*" }),
      { name: "h-up", match: { path: "/h/up" }, proxy: "main", policies: HEADERS },
      {
        name: "h-respond",
        match: { path: "/h/respond" },
        respond: { body: "x", fields: { "Content-Language": "en" } },
        policies: HEADERS,
      },
      { name: "h-static", match: { path: "/h/*" }, static: { root, stripPrefix: "/h" }, policies: HEADERS },
      { name: "h-redirect", match: { path: "/h/redirect" }, redirect: { to: "/x" }, policies: HEADERS },
      {
        name: "h-handler",
        match: { path: "/h/handler" },
        handler: () => new Response("x", { headers: { "content-language": "en" } }),
        policies: HEADERS,
      },
      { name: "h-fault", match: { path: "/h/fault" }, proxy: "dead", policies: HEADERS },
      {
        name: "nested",
        match: { path: "/nested" },
        proxy: "main",
        policies: [
          { headers: { request: { set: { "X-Order": "first" } }, reply: { set: { "X-Order": "first" } } } },
          { headers: { request: { set: { "X-Order": "second" } }, reply: { set: { "X-Order": "second" } } } },
        ],
      },
    ],
  });
});

afterAll(async () => {
  await edge.stop();
  await origin.stop();
  rmSync(root, { recursive: true });
});

function ask(path: string, method = "GET", fields = ""): Promise<string> {
  const until = method === "HEAD" ? (text: string) => text.endsWith("\r\n\r\n") : isComplete;
  return raw(edge.port, [`${method} ${path} HTTP/1.1\r\n${HOST}${fields}\r\n`], { until });
}

describe("respond", () => {
  test("answers by itself, and the connection goes on", async () => {
    const client = await Client.open(edge.port);
    for (let turn = 0; turn < 3; turn++) {
      const reply = await client.ask(`GET /fixed HTTP/1.1\r\n${HOST}\r\n`, isComplete);
      expect(reply).toStartWith("HTTP/1.1 418 ");
      expect(fieldOf(reply, "X-A")).toBe("1");
      expect(fieldOf(reply, "Content-Type")).toBe("text/plain; charset=utf-8");
      expect(fieldOf(reply, "Content-Length")).toBe("7");
      expect(Buffer.from(bodyOf(reply), "latin1").toString()).toBe("teapöt");
    }
    client.close();
    expect((await recordOf(edge, "/fixed")).source).toBe("respond");
    expect(origin.countOf("/fixed")).toBe(0);
  });

  test("HEAD has the length but no body, 204 has neither", async () => {
    const head = await ask("/fixed", "HEAD");
    expect([fieldOf(head, "Content-Length"), bodyOf(head)]).toEqual(["7", ""]);
    const empty = await ask("/empty");
    expect([
      statusOf(empty),
      fieldOf(empty, "Content-Length"),
      fieldOf(empty, "Transfer-Encoding"),
      bodyOf(empty),
    ]).toEqual([204, undefined, undefined, ""]);
  });

  test("a request's body is read and discarded, and the next request is answered", async () => {
    const client = await Client.open(edge.port);
    const body = "b".repeat(200_000);
    const reply = await client.ask(
      `POST /fixed HTTP/1.1\r\n${HOST}Content-Length: ${body.length}\r\n\r\n${body}`,
      isComplete,
    );
    expect(statusOf(reply)).toBe(418);
    expect(
      statusOf(
        await client.ask(
          `POST /fixed HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n`,
          isComplete,
        ),
      ),
    ).toBe(418);
    expect(bodyOf(await client.ask(`GET /method HTTP/1.1\r\n${HOST}\r\n`, isComplete))).toBe("purge or get");
    client.close();
  });

  test("a client that waits for 100 Continue gets the final answer instead", async () => {
    const reply = await raw(edge.port, [
      `POST /fixed HTTP/1.1\r\n${HOST}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n`,
    ]);
    expect(statusOf(reply)).toBe(418);
    expect(fieldOf(reply, "Connection")).toBe("close");
  });
});

describe("methods", () => {
  test("choose the route, are case-sensitive, and may be anything", async () => {
    expect(bodyOf(await ask("/method", "POST", "Content-Length: 0\r\n"))).toBe("post");
    expect(bodyOf(await ask("/method", "PURGE"))).toBe("purge or get");
    for (const method of ["get", "Purge", "DELETE", "M-SEARCH"])
      expect(bodyOf(await ask("/method", method))).toStartWith(`${method} /method HTTP/1.1\r\n`);
  });

  test("OPTIONS * goes on as it is", async () => {
    expect(bodyOf(await ask("*", "OPTIONS"))).toStartWith("OPTIONS * HTTP/1.1\r\n");
  });
});

describe("redirect", () => {
  test("fills in parameters and keeps the query", async () => {
    const reply = await ask("/moved/a%3Fb?q=1&r=%20");
    expect(statusOf(reply)).toBe(308);
    expect(fieldOf(reply, "Location")).toBe("https://new.example/items/a%3Fb?q=1&r=%20");
  });

  test("drops the query when it is told to", async () => {
    const reply = await ask("/here?q=1");
    expect([statusOf(reply), fieldOf(reply, "Location")]).toEqual([302, "/there"]);
  });

  test("never lets a client choose the host or break the line", async () => {
    for (const path of ["/moved/%0d%0aSet-Cookie:x", "/moved/..%5c..%5cevil", "/moved/%2F%2Fevil"]) {
      const reply = await ask(path);
      if (statusOf(reply) === 400) continue;
      expect(fieldOf(reply, "Location")).toStartWith("https://new.example/items/");
      expect(linesOf(reply, "Set-Cookie")).toEqual([]);
    }
  });
});

describe("path rewriting", () => {
  const cases: ReadonlyArray<readonly [from: string, to: string]> = [
    ["/strip/a/b?q=1", "/a/b?q=1"],
    ["/strip", "/"],
    ["/strip/", "/"],
    ["/strip/?x", "/?x"],
    ["/stripped/a", "/stripped/a"],
    ["/add/a", "/v1/add/a"],
    ["/swap/a%20b/c", "/new/a%20b/c"],
    ["/users/7/orders/9?full", "/orders/7/9?full"],
    ["/strip/a/../b", "/b"],
  ];
  for (const [from, to] of cases) {
    test(`${from} becomes ${to}`, async () => {
      expect(bodyOf(await ask(from))).toStartWith(`GET ${to} HTTP/1.1\r\n`);
    });
  }

  test("an absolute target is rewritten as well", async () => {
    const seen = bodyOf(await ask("http://other.example/strip/a?q"));
    expect(seen).toStartWith("GET /a?q HTTP/1.1\r\n");
    expect(linesOf(seen, "Host")).toEqual(["Host: other.example"]);
  });

  test("dot segments cannot step out of the prefix that the route matched", async () => {
    expect(bodyOf(await ask("/strip/../secret"))).toStartWith("GET /secret HTTP/1.1\r\n");
    expect((await recordOf(edge, "/strip/../secret")).route).toBe("all");
  });
});

describe("the headers policy", () => {
  test("edits the request on its way up", async () => {
    const seen = bodyOf(
      await ask(
        "/h/up?q",
        "GET",
        "X-Secret: 1\r\nx-secret: 2\r\nX-Set: theirs\r\nUser-Agent: theirs\r\nX-Many: sent\r\n",
      ),
    );
    expect(linesOf(seen, "X-Secret")).toEqual([]);
    expect(linesOf(seen, "X-Set")).toEqual(["X-Set: GET /h/up h.example h-up 127.0.0.1"]);
    expect(linesOf(seen, "User-Agent")).toEqual(["User-Agent: edge"]);
    expect(linesOf(seen, "X-Many")).toEqual(["X-Many: sent", "X-Many: added"]);
  });

  const kinds: ReadonlyArray<readonly [path: string, status: number]> = [
    ["/h/up", 200],
    ["/h/respond", 200],
    ["/h/file.txt", 200],
    ["/h/missing.txt", 404],
    ["/h/redirect", 302],
    ["/h/handler", 200],
    ["/h/fault", 502],
  ];
  for (const [path, status] of kinds) {
    test(`edits the reply of ${path} on its way down`, async () => {
      const reply = await ask(path);
      expect(statusOf(reply)).toBe(status);
      expect(linesOf(reply, "X-Frame-Options")).toEqual(["X-Frame-Options: DENY"]);
      expect(fieldOf(reply, "X-Trace")).toMatch(/^[0-9a-f]{32}$/);
      expect(linesOf(reply, "Vary")).toContain("Vary: Accept");
      for (const gone of ["X-Sequence", "Content-Language"])
        expect(linesOf(reply.slice(0, reply.indexOf("\r\n\r\n")), gone)).toEqual([]);
      expect(isComplete(reply)).toBe(true);
    });
  }

  test("a fault keeps its own fields", async () => {
    const reply = await ask("/h/fault");
    expect(faultOf(reply)).toBe("upstream-unreachable");
    expect(fieldOf(reply, "Cache-Control")).toBe("no-store");
  });

  test("several run in order on the way in and in reverse order on the way out", async () => {
    const reply = await ask("/nested");
    expect(linesOf(bodyOf(reply), "X-Order")).toEqual(["X-Order: second"]);
    expect(fieldOf(reply, "X-Order")).toBe("first");
  });
});
