/** Pages of whoever runs the edge in place of errors, its own and those of upstreams. */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Config } from "../../src/config/config.ts";
import type { RouteConfig } from "../../src/config/route-config.ts";
import { loadValue } from "../../src/config/load.ts";
import { compile } from "../../src/config/compile.ts";
import { dialogue, TARGET, type Setting } from "./support/dialogue.ts";
import { EdgeUnderTest } from "./support/edge-under-test.ts";

const folder = mkdtempSync(join(tmpdir(), "error-pages-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const NOT_FOUND = file("404.html", "<h1>${status} ${reason}</h1>");
const HTML = file("5xx.html", "<p>sorry ${unknown} $status</p>");
const JSON_PAGE = file("5xx.json", '{"sorry":true}');
const ROUTE = file("route.txt", "the route's");

const PAGES: NonNullable<Config["errorPages"]> = { "404": NOT_FOUND, "5xx": [HTML, JSON_PAGE] };

function setting(routes: readonly RouteConfig[], errorPages: Config["errorPages"] = PAGES): Setting {
  return { config: { pools: { main: { targets: [TARGET] } }, routes, errorPages } };
}

const PROXIED: RouteConfig = { match: { path: "/app/*" }, proxy: "main" };

function request(path: string, accept = "text/html"): string[] {
  return [`GET ${path} HTTP/1.1`, "Host: h", `Accept: ${accept}`, "", ""];
}

describe("errors of the edge", () => {
  dialogue("have the page of their status, with what it says of them", setting([PROXIED]), ({ client, logs }) => {
    client.says(...request("/nowhere"));
    const text = client.read();
    expect(text).toStartWith("HTTP/1.1 404 Not Found\r\nContent-Type: text/html; charset=utf-8\r\n");
    expect(text).toContain("\r\nCache-Control: no-store\r\n");
    expect(text).toContain("\r\nProxy-Status: ");
    expect(text).toEndWith("\r\n\r\n<h1>404 Not Found</h1>");
    logs("GET /nowhere HTTP/1.1 → 404 no-route");
  });

  for (const [accept, body] of [
    ["text/html", "<p>sorry ${unknown} $status</p>"],
    ["application/json", '{"sorry":true}'],
    ["*/*", "<p>sorry ${unknown} $status</p>"],
  ] as const) {
    dialogue(
      `of a class have the class's, in the form that ${accept} asks for`,
      setting([PROXIED]),
      ({ client, upstream }) => {
        client.says(...request("/app/a", accept));
        upstream.read();
        upstream.says("nonsense", "", "");
        expect(client.read()).toEndWith(`\r\n\r\n${body}`);
      },
    );
  }

  dialogue("are told as ever to who accepts no page, and where there is none", setting([PROXIED]), ({ client }) => {
    client.says(...request("/nowhere", "application/json"));
    expect(client.read()).toContain("application/problem+json");
    client.says("GET /app/%ZZ HTTP/1.1", "Host: h", "Accept: text/html", "", "");
    expect(client.read()).toContain("400 Bad Request");
  });

  const own: RouteConfig = { match: { path: "/files/*" }, static: { root: folder, stripPrefix: "/files" } };
  dialogue("a file that is not there", setting([own]), async ({ client, until }) => {
    client.says(...request("/files/none"));
    let text = "";
    await until(() => (text += client.read()).endsWith("<h1>404 Not Found</h1>"));
    expect(text.match(/Content-Type/g)).toHaveLength(1);
  });

  const respond: RouteConfig = { match: { path: "/own" }, respond: { status: 404, body: "mine" } };
  dialogue("what the config itself answers is no error", setting([respond]), ({ client }) => {
    client.says(...request("/own"));
    expect(client.read()).toEndWith("\r\n\r\nmine");
  });

  const special: RouteConfig = { ...PROXIED, errorPages: { "5xx": ROUTE } };
  dialogue(
    "the route's page goes before, and the edge's stands behind it",
    setting([special]),
    ({ client, upstream }) => {
      client.says(...request("/app/a", "*/*"));
      upstream.read();
      upstream.says("nonsense", "", "");
      expect(client.read()).toEndWith("\r\n\r\nthe route's");
    },
  );
});

describe("errors of an upstream", () => {
  const BUSY = ["HTTP/1.1 503 Service Unavailable", "Content-Type: text/x-theirs", 'ETag: "1"', "Retry-After: 5"];

  dialogue("go on as they are", setting([PROXIED]), ({ client, upstream }) => {
    client.says(...request("/app/a"));
    upstream.read();
    upstream.says(...BUSY, "Content-Length: 6", "", "theirs");
    expect(client.read()).toEndWith("\r\n\r\ntheirs");
  });

  const replaced = setting([PROXIED], { "503": { file: HTML, upstream: true } });
  dialogue(
    "have a page when it says so; fields that are not of the content stay",
    replaced,
    ({ client, upstream, logs, dialled }) => {
      for (let count = 0; count < 2; count++) {
        client.says(...request("/app/a"));
        upstream.read();
        upstream.says(...BUSY, "Content-Length: 6", "", "the");
        upstream.says("irs");
        const text = client.read();
        expect(text).toStartWith("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\n");
        expect(text).toEndWith("\r\n\r\n<p>sorry ${unknown} $status</p>");
        expect(text).not.toMatch(/ETag|x-theirs|theirs/);
        expect(text.match(/Content-Length/g)).toHaveLength(1);
      }
      // The connection was used again: the response was read to its end.
      dialled(TARGET);
      logs("GET /app/a HTTP/1.1 → 503", "GET /app/a HTTP/1.1 → 503");
    },
  );

  dialogue("a page is whole though the response breaks off", replaced, ({ client, upstream }) => {
    client.says(...request("/app/a"));
    upstream.read();
    upstream.says(...BUSY, "Content-Length: 6", "", "the");
    upstream.resets();
    expect(client.read()).toEndWith("\r\n\r\n<p>sorry ${unknown} $status</p>");
    client.says(...request("/nowhere"));
    expect(client.read()).toContain("404 Not Found");
  });

  dialogue("HEAD has none", replaced, ({ client, upstream }) => {
    client.says("HEAD /app/a HTTP/1.1", "Host: h", "", "");
    upstream.read();
    upstream.says(...BUSY, "Content-Length: 6", "", "");
    expect(client.read()).toEndWith("\r\n\r\n");
  });
});

test("a plan says what would be sent", async () => {
  const edge = new EdgeUnderTest({ routes: [PROXIED], pools: { main: { targets: [TARGET] } }, errorPages: PAGES });
  const fields: Array<[string, string]> = [["Accept", "text/html"]];
  const { record } = await edge.explain({ method: "GET", url: "http://h/nowhere", client: "192.0.2.1", fields });
  expect(record.status).toBe(404);
});

test.each([
  ["a status that is no error", { "200": NOT_FOUND }, /errorPages/],
  ["no status", { missing: NOT_FOUND }, /errorPages/],
  ["a file that is not there", { "404": join(folder, "none.html") }, /none\.html cannot be read/],
  ["a folder", { "404": folder }, /cannot be read/],
  ["a page that is too large", { "404": file("large.html", "x".repeat(1024 * 1024 + 1)) }, /more than 1048576 bytes/],
])("%s is refused", (_name, errorPages, message) => {
  const config: Config = { routes: [{ respond: {} }], errorPages };
  expect(() => compile(loadValue(config, "test", folder), { version: 1, previous: null })).toThrow(message);
});
