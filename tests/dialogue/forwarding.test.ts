/** What the upstream is told of the client, and what of the client's own word is believed. */
import { describe, expect } from "bun:test";

import type { Config } from "../../src/config/config.ts";
import { dialogue, type Setting } from "./support/dialogue.ts";

const OK: readonly string[] = ["HTTP/1.1 200 OK", "Content-Length: 2", "", "ok"];
const ALL = { xForwarded: true, xRealIp: true, forwarded: true, via: "edge", traceparent: false } as const;

function telling(forwarding: Partial<typeof ALL>, rest: Partial<Config> = {}): Setting {
  const none = { xForwarded: false, xRealIp: false, forwarded: false, via: false, traceparent: false } as const;
  return { config: { ...rest, forwarding: { ...none, ...forwarding } } };
}

const TRUSTED: Partial<Config> = { trustedProxies: ["192.0.2.0/24"] };

describe("the upstream is told", () => {
  dialogue("address, scheme, port and host", telling(ALL), ({ client, upstream }) => {
    client.says("GET / HTTP/1.1", "Host: h", "", "");
    upstream.gets(
      "GET / HTTP/1.1",
      "Host: h",
      "Via: 1.1 edge",
      "X-Real-IP: 192.0.2.1",
      "X-Forwarded-For: 192.0.2.1",
      "X-Forwarded-Proto: http",
      "X-Forwarded-Port: 8080",
      "X-Forwarded-Host: h",
      'Forwarded: for=192.0.2.1;proto=http;host="h"',
      "",
      "",
    );
    upstream.says(...OK);
    client.gets("HTTP/1.1 200 OK", "Content-Length: 2", "Via: 1.1 edge", "", "ok");
  });

  dialogue("the IPv4 address of a peer at a socket for both", telling(ALL, TRUSTED), ({ another, upstream, edge }) => {
    const client = another("::ffff:192.0.2.9");
    client.says("GET / HTTP/1.1", "Host: h", "X-Forwarded-For: ::ffff:203.0.113.5", "", "");
    upstream.gets(
      "GET / HTTP/1.1",
      "Host: h",
      "Via: 1.1 edge",
      "X-Real-IP: 203.0.113.5",
      "X-Forwarded-For: ::ffff:203.0.113.5, 192.0.2.9",
      "X-Forwarded-Proto: http",
      "X-Forwarded-Host: h",
      "",
      "",
    );
    upstream.says(...OK);
    client.gets("HTTP/1.1 200 OK", "Content-Length: 2", "Via: 1.1 edge", "", "ok");
    expect(edge.finished).toHaveLength(1);
  });

  dialogue("nothing that the client has made up", telling({ xForwarded: true }), ({ client, upstream }) => {
    client.says(
      "GET / HTTP/1.1",
      "Host: h",
      "X-Forwarded-For: 1.1.1.1",
      "Forwarded: for=1.1.1.1",
      "X-Real-IP: 1.1.1.1",
      "",
      "",
    );
    upstream.gets(
      "GET / HTTP/1.1",
      "Host: h",
      "X-Forwarded-For: 192.0.2.1",
      "X-Forwarded-Proto: http",
      "X-Forwarded-Port: 8080",
      "X-Forwarded-Host: h",
      "",
      "",
    );
    upstream.says(...OK);
    client.gets(...OK);
  });

  dialogue(
    "what a trusted proxy says, with itself behind it",
    telling({ xForwarded: true }, TRUSTED),
    ({ client, upstream }) => {
      client.says(
        "GET / HTTP/1.1",
        "Host: inside",
        "X-Forwarded-For: 203.0.113.9",
        "X-Forwarded-Proto: https",
        "X-Forwarded-Host: outside",
        "",
        "",
      );
      upstream.gets(
        "GET / HTTP/1.1",
        "Host: inside",
        "X-Forwarded-For: 203.0.113.9, 192.0.2.1",
        "X-Forwarded-Proto: https",
        "X-Forwarded-Host: outside",
        "",
        "",
      );
      upstream.says(...OK);
      client.gets(...OK);
    },
  );

  dialogue(
    "no Forwarded of its own beside X-Forwarded-* of a trusted proxy, and the chain of one that sends it",
    telling({ xForwarded: true, forwarded: true }, TRUSTED),
    ({ client, upstream }) => {
      client.says("GET / HTTP/1.1", "Host: h", "X-Forwarded-For: 203.0.113.9", "", "");
      const first = upstream.read();
      expect(first).toContain("X-Forwarded-For: 203.0.113.9, 192.0.2.1\r\n");
      expect(first).not.toMatch(/^(?:Forwarded|X-Forwarded-Port):/m);
      upstream.says(...OK);
      client.gets(...OK);
      client.says("GET / HTTP/1.1", "Host: h", "Forwarded: for=203.0.113.9", "X-Forwarded-Proto: https", "", "");
      expect(upstream.read()).toContain('Forwarded: for=203.0.113.9, for=192.0.2.1;proto=http;host="h"\r\n');
      upstream.says(...OK);
      client.gets(...OK);
    },
  );

  dialogue("the host of each request on a connection", telling({ forwarded: true }), ({ client, upstream }) => {
    for (const host of ["a", "b", "a:81"]) {
      client.says("GET / HTTP/1.1", `Host: ${host}`, "", "");
      upstream.gets("GET / HTTP/1.1", `Host: ${host}`, `Forwarded: for=192.0.2.1;proto=http;host="${host}"`, "", "");
      upstream.says(...OK);
      client.gets(...OK);
    }
  });

  dialogue(
    "IPv6 addresses in brackets and quotes (RFC 7239 §6)",
    telling({ forwarded: true }),
    ({ another, upstream }) => {
      const client = another("2001:db8::1");
      client.says("GET / HTTP/1.1", "Host: h", "", "");
      upstream.gets("GET / HTTP/1.1", "Host: h", 'Forwarded: for="[2001:db8::1]";proto=http;host="h"', "", "");
      upstream.says(...OK);
      client.gets(...OK);
    },
  );

  dialogue(
    "the client's trace, with a span of the edge's own",
    { config: { forwarding: { traceparent: true } } },
    (d) => {
      const trace = "0af7651916cd43dd8448eb211c80319c";
      d.client.says("GET / HTTP/1.1", "Host: h", `traceparent: 00-${trace}-b7ad6b7169203331-01`, "", "");
      const [, sent, span] = /\r\ntraceparent: 00-([0-9a-f]{32})-([0-9a-f]{16})-01\r\n/.exec(d.upstream.read()) ?? [];
      expect(sent).toBe(trace);
      expect(span).not.toBe("b7ad6b7169203331");
      d.upstream.says(...OK);
      d.client.read();
    },
  );
});

describe("fields whose names hold `_`", () => {
  const said = ["GET / HTTP/1.1", "Host: h", "A_B: 1", "x_forwarded_for: 1.1.1.1", "X-Forwarded_User: root"];
  const more = ["Content_Length: 5", "Transfer_Encoding: chunked", "C: 2", "", ""];

  dialogue("do not go on", telling({}), ({ client, upstream }) => {
    client.says(...said, ...more);
    upstream.gets("GET / HTTP/1.1", "Host: h", "C: 2", "", "");
    upstream.says(...OK);
    client.gets(...OK);
  });

  const keeping: Setting = { config: { forwarding: { ...telling({}).config!.forwarding, underscores: true } } };
  dialogue("go on where the config says so, less what could be read as another", keeping, ({ client, upstream }) => {
    client.says(...said, ...more);
    upstream.gets("GET / HTTP/1.1", "Host: h", "A_B: 1", "C: 2", "", "");
    upstream.says(...OK);
    client.gets(...OK);
  });
});
