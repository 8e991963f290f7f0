/** What the edge answers itself, what policies change on the way, and what operators do to live connections. */
import { describe, expect } from "bun:test";
import { join } from "node:path";

import type { RouteConfig } from "../../src/config/route-config.ts";
import { Stamp } from "../../src/contract/trace-record.ts";
import { dialogue, TARGET, type Setting } from "./support/dialogue.ts";

const OK: readonly string[] = ["HTTP/1.1 200 OK", "Content-Length: 2", "", "ok"];
const GET: readonly string[] = ["GET / HTTP/1.1", "Host: h", "", ""];
const POST: readonly string[] = ["POST / HTTP/1.1", "Host: h", "Content-Length: 10", "", "abc"];

function routed(...routes: RouteConfig[]): Setting {
  return { config: { routes } };
}

describe("the edge itself", () => {
  const hello: RouteConfig = { match: { path: "/*" }, respond: { status: 200, body: "hello", fields: { "X-A": "1" } } };
  const reply: readonly string[] = [
    "HTTP/1.1 200 OK",
    "Content-Type: text/plain; charset=utf-8",
    "X-A: 1",
    "Content-Length: 5",
    "",
  ];

  dialogue("responds", routed(hello), ({ client, dialled, logs }) => {
    client.says(...GET);
    client.gets(...reply, "hello");
    client.says(...GET);
    client.gets(...reply, "hello");
    dialled();
    logs("GET / HTTP/1.1 → 200", "GET / HTTP/1.1 → 200");
  });

  dialogue("responds to HEAD without the body", routed(hello), ({ client }) => {
    client.says("HEAD / HTTP/1.1", "Host: h", "", "");
    client.gets(...reply, "");
  });

  dialogue("responds to many at once, in order", routed(hello), ({ client }) => {
    client.says(...GET.slice(0, -1), GET.join("\r\n") + GET.join("\r\n"));
    client.gets(...reply, `hello${reply.join("\r\n")}\r\nhello${reply.join("\r\n")}\r\nhello`);
  });

  dialogue("responds before the body has come, and reads over it", routed(hello), ({ client }) => {
    client.says(...POST);
    client.gets(...reply, "hello");
    client.says("defghij");
    client.says(...GET);
    client.gets(...reply, "hello");
  });

  dialogue(
    "responds to a body that was cut off by a FIN behind an earlier request, and closes at once",
    routed({ match: { path: "/fixed" }, respond: { body: "hello" } }, { match: { path: "/*" }, proxy: "main" }),
    ({ client, upstream, logs }) => {
      const cut = ["POST /fixed HTTP/1.1", "Host: h", "Content-Length: 10", "", "abc"];
      client.says(...GET.slice(0, -1), cut.join("\r\n"));
      client.ends();
      upstream.gets(...GET);
      upstream.says(...OK);
      expect(client.read()).toEndWith("\r\n\r\nhello");
      client.sees("closed");
      logs("GET / HTTP/1.1 → 200", "POST /fixed HTTP/1.1 → 200");
    },
  );

  dialogue(
    "redirects",
    routed({ match: { path: "/old/:id" }, redirect: { to: "/new/${params.id}", status: 308 } }),
    ({ client }) => {
      client.says("GET /old/a?b=1 HTTP/1.1", "Host: h", "", "");
      const text = client.read();
      expect(text).toStartWith("HTTP/1.1 308 Permanent Redirect\r\n");
      expect(text).toContain("\r\nLocation: /new/a?b=1\r\n");
      client.sees("open");
    },
  );

  dialogue("has no route: 404", routed({ match: { path: "/a" }, respond: {} }), ({ client, logs }) => {
    client.says(...GET);
    client.getsFault(404, "no-route", "keep");
    logs("GET / HTTP/1.1 → 404 no-route");
  });

  const handled: RouteConfig = {
    match: { path: "/*" },
    handler: async (request) => {
      if (new URL(request.url).pathname === "/fails") throw new Error("as it was told to");
      return new Response(`${request.method} handled`, { headers: { "x-by": "handler" } });
    },
  };

  dialogue("asks a handler", routed(handled), async (d) => {
    d.client.says(...GET);
    await d.until(() => d.edge.finished.length === 1);
    const text = d.client.read();
    expect(text).toStartWith("HTTP/1.1 200 OK\r\n");
    expect(text).toEndWith("Content-Length: 11\r\n\r\nGET handled");
    d.logs("GET / HTTP/1.1 → 200");
  });

  dialogue("asks a handler that fails", routed(handled), async (d) => {
    d.client.says("GET /fails HTTP/1.1", "Host: h", "", "");
    await d.until(() => d.edge.finished.length === 1);
    d.client.getsFault(500, "handler-failed", "keep");
  });

  dialogue("asks a handler for a client that has gone meanwhile", routed(handled), async (d) => {
    d.client.says(...GET);
    d.client.resets();
    let turns = 0;
    await d.until(() => turns++ > 5);
    d.logs("GET / HTTP/1.1 → 0 client-aborted");
  });

  dialogue("asks a handler for pipelined requests, one after the other", routed(handled), async (d) => {
    d.client.says(...GET.slice(0, -1), "HEAD / HTTP/1.1", "Host: h", "", "");
    await d.until(() => d.edge.finished.length === 2);
    const text = d.client.read();
    expect(text.match(/HTTP\/1\.1 200 OK\r\n/g)).toHaveLength(2);
    expect(text).toContain("\r\nGET handledHTTP/1.1 200 OK");
    expect(text).toEndWith("\r\n\r\n");
  });

  const files: RouteConfig = { match: { path: "/*" }, static: join(import.meta.dir, "support") };

  dialogue("serves files", routed(files), async (d) => {
    d.client.says("GET /fake-clock.ts HTTP/1.1", "Host: h", "", "");
    await d.until(() => d.edge.finished.length === 1);
    const text = d.client.read();
    expect(text).toStartWith("HTTP/1.1 200 OK\r\n");
    expect(text).toContain("Time that passes when a test says so");
    d.client.says("GET /missing.ts HTTP/1.1", "Host: h", "", "");
    await d.until(() => d.edge.finished.length === 2);
    const missing = d.client.read();
    expect(missing).toStartWith("HTTP/1.1 404 ");
    expect(missing).not.toContain("support");
    expect(d.edge.finished.map(({ note }) => note)).toEqual([
      "",
      `${join(import.meta.dir, "support", "missing.ts")} is not there`,
    ]);
    d.client.sees("open");
  });
});

describe("policies", () => {
  const headers: RouteConfig = {
    match: { path: "/*" },
    proxy: "main",
    policies: [
      {
        headers: {
          request: { remove: ["x-secret"], set: { "X-Edge": "1" } },
          reply: { remove: ["server"], add: { "X-Via": "edge" } },
        },
      },
    ],
  };

  dialogue("edit the fields of request and reply", routed(headers), ({ client, upstream }) => {
    client.says("GET / HTTP/1.1", "Host: h", "X-Secret: 1", "X-Edge: 0", "X-Stay: 1", "", "");
    upstream.gets("GET / HTTP/1.1", "Host: h", "X-Stay: 1", "X-Edge: 1", "", "");
    upstream.says("HTTP/1.1 200 OK", "Server: x", "Content-Length: 2", "", "ok");
    client.gets("HTTP/1.1 200 OK", "Content-Length: 2", "X-Via: edge", "", "ok");
  });

  dialogue(
    "edit the edge's own error pages, too",
    { ...routed(headers), dials: { [TARGET]: "refuse" } },
    ({ client }) => {
      client.says(...GET);
      expect(client.getsFault(502, "upstream-unreachable", "keep")).toContain("\r\nX-Via: edge\r\n");
    },
  );
});

describe("an operator", () => {
  dialogue("drains: idle clients are closed, busy ones after their reply", {}, (d) => {
    const { client, upstream } = d;
    const [idle, late] = [d.another(), d.another()];
    idle.says();
    client.says(...GET);
    upstream.gets(...GET);
    d.edge.drain();
    idle.sees("closed");
    client.sees("open");
    late.says(...GET);
    late.sees("reset");
    upstream.says(...OK);
    client.gets("HTTP/1.1 200 OK", "Content-Length: 2", "Connection: close", "", "ok");
    client.sees("closed");
  });

  dialogue("cuts: what is left is told so or reset", {}, (d) => {
    const { client, upstream, upstreams } = d;
    const begun = d.another();
    client.says(...GET);
    upstream.gets(...GET);
    begun.says("GET /2 HTTP/1.1", "Host: h", "", "");
    upstreams(1).gets("GET /2 HTTP/1.1", "Host: h", "", "");
    upstreams(1).says("HTTP/1.1 200 OK", "Content-Length: 5", "", "a");
    begun.gets("HTTP/1.1 200 OK", "Content-Length: 5", "", "a");
    d.edge.drain();
    d.edge.cut();
    client.sees("reset");
    client.read();
    begun.sees("reset");
    upstream.sees("reset");
    upstreams(1).sees("reset");
    d.logs("GET / HTTP/1.1 → 503 draining", "GET /2 HTTP/1.1 → 200 draining");
  });

  dialogue("reloads: an exchange keeps its plan, the next one has the new one", {}, (d) => {
    const { client, upstream, upstreams } = d;
    client.says(...GET);
    upstream.gets(...GET);
    d.edge.reload({
      pools: { main: { targets: ["10.0.0.9:80"] } },
      routes: [{ match: { path: "/*" }, proxy: "main" }],
    });
    upstream.says(...OK);
    client.gets(...OK);
    upstream.sees("closed");
    client.says(...GET);
    d.dialled(TARGET, "10.0.0.9:80");
    upstreams(1).gets(...GET);
    upstreams(1).says(...OK);
    client.gets(...OK);
  });

  dialogue("drains a target: its idle connections are closed, its exchanges go on until they are cut", {}, (d) => {
    const { client, upstream } = d;
    client.says(...GET);
    upstream.gets(...GET);
    upstream.says("HTTP/1.1 200 OK", "Content-Length: 5", "", "a");
    client.gets("HTTP/1.1 200 OK", "Content-Length: 5", "", "a");
    d.edge.setMode("main", 0, "drain", 5_000);
    const second = d.another();
    second.says(...GET);
    second.getsFault(503, "no-target", "keep");
    d.passes(4_800);
    client.sees("open");
    d.passes(500);
    client.sees("reset");
    upstream.sees("reset");
  });
});

describe("a stream of a handler that", () => {
  let answer = (_response: Response): void => {};
  let cancelled = 0;
  const late: RouteConfig = {
    match: { path: "/*" },
    handler: () => {
      cancelled = 0;
      return new Promise((resolve) => {
        answer = resolve;
      });
    },
  };
  const stream = (): ReadableStream<Uint8Array> =>
    new ReadableStream({
      cancel: () => {
        cancelled++;
        throw new Error("as it was told to");
      },
    });

  dialogue("comes too late is cancelled", routed(late), async (d) => {
    d.client.says(...GET);
    d.client.resets();
    answer(new Response(stream()));
    await d.until(() => cancelled === 1);
    d.logs("GET / HTTP/1.1 → 0 client-aborted");
  });

  dialogue("answers HEAD is cancelled", routed(late), async (d) => {
    d.client.says("HEAD / HTTP/1.1", "Host: h", "", "");
    answer(new Response(stream()));
    await d.until(() => cancelled === 1);
    expect(d.client.read()).toStartWith("HTTP/1.1 200 OK\r\n");
    d.logs("HEAD / HTTP/1.1 → 200");
  });

  dialogue("takes its time is timed by the edge's clock", routed(late), async (d) => {
    d.client.says(...GET);
    let end = (): void => {};
    const ends = new ReadableStream<Uint8Array>({
      start: (controller) => {
        end = () => controller.close();
      },
    });
    answer(new Response(ends, { headers: { "content-length": "0" } }));
    let text = "";
    await d.until(() => (text += d.client.read()).endsWith("\r\n\r\n"));
    d.passes(300);
    end();
    await d.until(() => d.edge.finished.length === 1);
    const { stamps } = d.edge.finished[0]!;
    expect(stamps[Stamp.lastByte]! - stamps[Stamp.firstByte]!).toBe(300e6);
    expect(stamps[Stamp.replyWritten]).toBe(stamps[Stamp.lastByte]!);
  });
});
