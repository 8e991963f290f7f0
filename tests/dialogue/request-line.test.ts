/** The request's first lines as they go to the upstream: forms of the target, Host, rewritten paths. */
import { describe } from "bun:test";

import type { RouteConfig } from "../../src/config/route-config.ts";
import { dialogue, type Setting } from "./support/dialogue.ts";

const OK: readonly string[] = ["HTTP/1.1 200 OK", "Content-Length: 2", "", "ok"];

type Rewrite = Exclude<Exclude<RouteConfig["proxy"], string | undefined>["rewrite"], undefined>;

function rewriting(path: string, rewrite: Rewrite): Setting {
  return { config: { routes: [{ match: { path }, proxy: { pool: "main", rewrite } }] } };
}

const QUIET = { xForwarded: false, xRealIp: false, forwarded: false, via: false, traceparent: false } as const;

/** What the client says, and what the upstream gets, both without the empty line. */
function goesOnAs(name: string, setting: Setting, said: readonly string[], got: readonly string[]): void {
  dialogue(name, setting, ({ client, upstream }) => {
    client.says(...said, "", "");
    upstream.gets(...got, "", "");
    upstream.says(...OK);
    client.gets(...OK);
  });
}

describe("a request goes on", () => {
  goesOnAs(
    "in origin-form when it came in absolute-form",
    {},
    ["GET http://h/a?b HTTP/1.1", "Host: h"],
    ["GET /a?b HTTP/1.1", "Host: h"],
  );
  goesOnAs(
    "with the Host of its absolute-form (RFC 9112 §3.2.2)",
    {},
    ["GET http://h/a HTTP/1.1", "Host: other", "A: 1"],
    ["GET /a HTTP/1.1", "Host: h", "A: 1"],
  );
  goesOnAs(
    "with a path where absolute-form has none",
    {},
    ["GET http://h HTTP/1.1", "Host: h"],
    ["GET / HTTP/1.1", "Host: h"],
  );
  goesOnAs(
    "with the path that was matched, dot segments removed",
    {},
    ["GET /a/./b/../c?x=/../y HTTP/1.1", "Host: h"],
    ["GET /a/c?x=/../y HTTP/1.1", "Host: h"],
  );
  goesOnAs(
    "with its query as it was",
    {},
    ["GET /a/%C3%A4?q=%zz&r=%c3//../\\ HTTP/1.1", "Host: h"],
    ["GET /a/%C3%A4?q=%zz&r=%c3//../\\ HTTP/1.1", "Host: h"],
  );
  goesOnAs(
    "with the path that was matched, slashes merged and escapes in one form",
    {},
    ["GET //x/%61dmin//%c3%a4/[1] HTTP/1.1", "Host: h"],
    ["GET /x/admin/%C3%A4/%5B1%5D HTTP/1.1", "Host: h"],
  );
  goesOnAs(
    "with an escaped slash that the config keeps",
    { config: { path: { escapedSlash: "keep" } } },
    ["GET /@a%2fb HTTP/1.1", "Host: h"],
    ["GET /@a%2Fb HTTP/1.1", "Host: h"],
  );
  goesOnAs(
    "with an escaped slash as the slash that it was matched as",
    { config: { path: { escapedSlash: "decode" } } },
    ["GET /a%2f%5cb HTTP/1.1", "Host: h"],
    ["GET /a/b HTTP/1.1", "Host: h"],
  );
  goesOnAs(
    "with its host without the dot of the DNS root",
    { config: { routes: [{ match: { host: "h.test" }, proxy: "main" }] } },
    ["GET / HTTP/1.1", "Host: h.test.:80"],
    ["GET / HTTP/1.1", "Host: h.test:80 "],
  );
  goesOnAs("with a method that nobody knows", {}, ["BREW /pot HTTP/1.1", "Host: h"], ["BREW /pot HTTP/1.1", "Host: h"]);
  goesOnAs(
    "as TRACE where the config lets it",
    { config: { forwarding: { ...QUIET, trace: true } } },
    ["TRACE /a HTTP/1.1", "Host: h", "Max-Forwards: 5", "A: 1"],
    ["TRACE /a HTTP/1.1", "Host: h", "A: 1", "Max-Forwards: 4"],
  );
  goesOnAs(
    "as OPTIONS with one forward less (RFC 9110 §7.6.2)",
    {},
    ["OPTIONS /a HTTP/1.1", "max-forwards: 1", "Host: h"],
    ["OPTIONS /a HTTP/1.1", "Host: h", "Max-Forwards: 0"],
  );
  goesOnAs(
    "with Max-Forwards as it came, of other methods and when it is not a number",
    {},
    ["GET /a HTTP/1.1", "Host: h", "Max-Forwards: 0"],
    ["GET /a HTTP/1.1", "Host: h", "Max-Forwards: 0"],
  );
  goesOnAs(
    "without the prefix of its route",
    rewriting("/api/*", { stripPrefix: "/api" }),
    ["GET /api/a?b HTTP/1.1", "Host: h"],
    ["GET /a?b HTTP/1.1", "Host: h"],
  );
  goesOnAs(
    "with another prefix",
    rewriting("/*", { addPrefix: "/v1" }),
    ["GET /a HTTP/1.1", "Host: h"],
    ["GET /v1/a HTTP/1.1", "Host: h"],
  );
  goesOnAs(
    "under another path",
    rewriting("/users/:id/*", { path: "/u/:id/x/*" }),
    ["GET /users/7/a/b?c HTTP/1.1", "Host: h"],
    ["GET /u/7/x/a/b?c HTTP/1.1", "Host: h"],
  );
  goesOnAs(
    "with a parameter's bytes as they came, whatever they are",
    rewriting("/users/:id", { path: "/u/:id" }),
    ["GET /users/%ff%25ff%c3%a4%20%3F HTTP/1.1", "Host: h"],
    ["GET /u/%FF%25ff%C3%A4%20%3F HTTP/1.1", "Host: h"],
  );
  goesOnAs(
    "without a word about an upgrade that is none",
    {},
    ["GET / HTTP/1.1", "Host: h", "Upgrade: websocket"],
    ["GET / HTTP/1.1", "Host: h"],
  );
});

describe("a request that may go no further (Max-Forwards: 0)", () => {
  dialogue("OPTIONS is answered by the edge", {}, ({ client, dialled }) => {
    client.says("OPTIONS * HTTP/1.1", "Host: h", "Max-Forwards: 0", "", "");
    client.gets("HTTP/1.1 200 OK", "Allow: GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS", "Content-Length: 0", "", "");
    dialled();
  });

  const tracing: Setting = { config: { forwarding: { ...QUIET, trace: true } } };
  dialogue("TRACE is reflected, less what is secret", tracing, ({ client, dialled }) => {
    client.says(
      "TRACE /a?b HTTP/1.1",
      "Host: h",
      "Max-Forwards: 0",
      "Cookie: a=b",
      "Authorization: Basic x",
      "A: 1",
      "",
      "",
    );
    const body = ["TRACE /a?b HTTP/1.1", "Host: h", "Max-Forwards: 0", "A: 1", "", ""];
    const length = body.join("\r\n").length;
    client.gets("HTTP/1.1 200 OK", "Content-Type: message/http", `Content-Length: ${length}`, "", ...body);
    dialled();
  });
});

describe("a route that closes /admin", () => {
  const closing: Setting = {
    config: {
      routes: [
        { match: { path: "/admin/*" }, respond: { status: 403 } },
        { match: { path: "/*" }, proxy: "main" },
      ],
    },
  };
  const cases: ReadonlyArray<readonly [path: string, fault: string]> = [
    ["/admin%2fs", "target-escaped-slash"],
    ["/%2fadmin/s", "target-escaped-slash"],
    ["/admin%5Cs", "target-escaped-slash"],
    ["/admin\\s", "target-invalid"],
    ["/x/..;/admin/s", "target-ambiguous"],
  ];
  for (const [path, fault] of cases) {
    dialogue(`refuses ${path}`, closing, ({ client, dialled }) => {
      client.says(`GET ${path} HTTP/1.1`, "Host: h", "", "");
      client.getsFault(400, fault);
      dialled();
    });
  }
  for (const path of ["/admin", "//admin/s", "/%61dmin/s", "/x/../admin/s", "/./admin/", "/admin/%2e"]) {
    dialogue(`closes ${path}`, closing, ({ client, dialled }) => {
      client.says(`GET ${path} HTTP/1.1`, "Host: h", "", "");
      client.getsFirst("HTTP/1.1 403 Forbidden", "");
      client.read();
      dialled();
    });
  }
  goesOnAs(
    "//x/admin/s is what it was matched as",
    closing,
    ["GET //x/admin/s HTTP/1.1", "Host: h"],
    ["GET /x/admin/s HTTP/1.1", "Host: h"],
  );
});
