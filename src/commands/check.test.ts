import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkCommand } from "./check.ts";

const folder = mkdtempSync(join(tmpdir(), "roundtrip-check-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function check(text: string, json = false): Promise<{ code: number; out: string; error: string }> {
  const file = join(folder, "roundtrip.config.yaml");
  writeFileSync(file, text);
  let out = "";
  let error = "";
  const code = await checkCommand(
    file,
    { json },
    {
      out: (part) => {
        out += part;
      },
      error: (part) => {
        error += part;
      },
      colour: false,
    },
  );
  return { code, out, error };
}

const GOOD = `
listeners: ["127.0.0.1:8080", "[::1]:0"]
pools:
  app:
    targets: ["127.0.0.1:3001", { address: "127.0.0.1:3002", weight: 3 }]
    timeouts: { connect: 500ms }
routes:
  - match: { path: /* }
    name: rest
    respond: { status: 404, body: nothing }
  - match: { host: shop.test, path: /api/*, method: [GET, HEAD], field: { x-a: { contains: a-rather-long-value-that-needs-another-line } } }
    name: api
    proxy: { pool: app, rewrite: { stripPrefix: /api } }
    policies:
      - headers: { reply: { set: { x-a: "1" } } }
  - match: { path: /old/:id }
    redirect: { to: "/new/\${params.id}", status: 301 }
admin: { token: 0123456789abcdef }
`;

test("a config that answers nothing is good, with a warning", async () => {
  for (const json of [false, true]) {
    const { code, error } = await check("routes: []\n", json);
    expect([code, error.replaceAll(folder, "")]).toEqual([
      0,
      expect.stringContaining("roundtrip.config.yaml:1:1  routes: is empty: every request gets 404\n"),
    ]);
  }
});

describe("a good config", () => {
  test("may be a name server alone, which listens nowhere else and has no routes", async () => {
    const { code, out, error } = await check(`
dns:
  listeners: ["127.0.0.1:5353"]
  zones: { shop.test: { records: { "@": { NS: [ns1, ns2] }, ns1: { A: 192.0.2.1 }, ns2: { A: 198.51.100.1 } } } }
`);
    expect([code, error]).toEqual([0, ""]);
    expect(out).toContain("listeners\n  none\n\npools\n  none\n\nroutes, in order of precedence\n  none\n");
    expect((await check("listeners: [8080]\n")).error + (await check("pools: {}\n")).error).toContain(
      "routes: is missing",
    );
  });

  test("is printed as a tree that fits 80 columns", async () => {
    const { code, out, error } = await check(GOOD);
    expect([code, error]).toEqual([0, ""]);
    const tree = out.replaceAll(folder, "");
    expect(tree).toContain("2 listeners, 1 pool, 3 routes");
    expect(tree).toContain("  [::1]:0\n");
    expect(tree).toContain("  app: 2 targets, weighted-round-robin\n");
    expect(tree).toContain("    127.0.0.1:3002  weight 3\n");
    expect(tree).toContain("timeouts     connect 500ms, first byte 60s, idle 60s, total none\n");
    expect(tree).toContain("action       proxy to app, strips /api\n");
    expect(tree).toContain('policy       headers: reply: sets x-a to "1"\n');
    expect(tree).toContain("action       redirect 301 to /new/${params.id}, with the query\n");
    expect(tree).toContain("admin        127.0.0.1:0 (a free port), the configured token\n");
    expect(tree.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  test("tells the names of listeners that have one", async () => {
    const { out } = await check(`listeners: [":80", { address: "127.0.0.1:81", name: internal }]
routes: [{ match: { listener: [internal, ":80"] }, respond: {} }]
`);
    expect(out).toContain("listeners\n  0.0.0.0:80, named :80\n  127.0.0.1:81, named internal\n");
    expect(out).toContain("matches      listener internal or :80\n");
  });

  test("lists its routes in order of precedence, with their lines", async () => {
    const { out } = await check(GOOD);
    const titles = [...out.matchAll(/^ {2}\d\. (\S+).*?:(\d+)$/gm)].map(([, name, line]) => [name, line]);
    expect(titles).toEqual([
      ["api", "11"],
      ["/old/:id", "16"],
      ["rest", "8"],
    ]);
  });

  test("is data with --json, without the token", async () => {
    const { code, out } = await check(GOOD, true);
    expect(code).toBe(0);
    expect(out).not.toContain("0123456789abcdef");
    expect(JSON.parse(out)).toMatchObject({
      ok: true,
      listeners: ["127.0.0.1:8080", "[::1]:0"],
      pools: [{ name: "app", balance: "weighted-round-robin", sources: [{ targets: [{ weight: 1 }, { weight: 3 }] }] }],
      routes: [
        { name: "api", action: { kind: "proxy" } },
        { name: "/old/:id", action: { kind: "redirect" } },
        { name: "rest", matches: "path /*", action: { kind: "respond" } },
      ],
      limits: { head: 65_536 },
      path: { escapedSlash: "refuse", parameters: "keep", case: "keep" },
    });
  });
});

const BALANCED = `
pools:
  shop:
    targets:
      - "127.0.0.1:3001"
      - { address: "127.0.0.1:3002", priority: 1, backup: true, mode: drain }
      - { dns: "users.internal:80", weight: 2 }
      - { srv: _http._tcp.users.internal }
      - { admin: true }
    balance: { algorithm: ring-hash, key: { cookie: session }, boundedLoad: 1.25 }
    slowStart: 30s
    sticky: true
    health:
      check: { kind: http, path: /healthz, body: ok }
      passive: { maxFails: 3, statuses: "500-599" }
      panic: 0.3
    drain: 2m
routes: [{ proxy: shop }]
`;

describe("a pool with all that there is", () => {
  test("tells its targets, sources, algorithm, checks and stickiness", async () => {
    const { code, out, error } = await check(BALANCED);
    expect([code, error]).toEqual([0, ""]);
    const pool = out.slice(out.indexOf("  shop: "), out.indexOf("    timeouts "));
    expect(pool).toBe(`  shop: 2 targets and 3 sources of more, ring-hash
    127.0.0.1:3001
    127.0.0.1:3002  priority 1, backup, drain
    source       dns users.internal:80, asked again by its TTL, after 5s to 5m,
                 weight 2
    source       srv _http._tcp.users.internal, asked again by its TTL, after 5s
                 to 5m
    source       admin: those that \`roundtrip target add\` names
    balance      ring-hash by cookie session, at most 1.25 times the mean load,
                 slow start over 30s
    sticky       cookie rt-target
    check        http GET /healthz, 200-399, body "ok", every 5s (1s while down)
                 within 2s, rise 2, fall 3
    traffic      3 failures within 10s (status 500-599 too) eject for 10s to 5m,
                 at most 50 % of the targets
    panic        when less than 30 % are up, all are used
    drain        what still lives is cut after 2m
`);
    expect(out.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  test("as data", async () => {
    const { out } = await check(BALANCED, true);
    expect(JSON.parse(out)).toMatchObject({
      pools: [
        {
          balance: "ring-hash",
          key: "cookie session",
          boundedLoad: 1.25,
          slowStart: 30_000,
          sources: [
            { kind: "config", targets: [{ address: "127.0.0.1:3001" }, { priority: 1, backup: true, mode: "drain" }] },
            { kind: "dns", name: "users.internal", port: 80, weight: 2 },
            { kind: "srv" },
            { kind: "admin" },
          ],
          health: { check: { kind: "http", http: { path: "/healthz", body: "ok" } }, panic: 0.3 },
          drain: 120_000,
        },
      ],
    });
  });
});

describe("a bad config", () => {
  test("is answered by its problems and 1", async () => {
    const { code, out, error } = await check("routes:\n  - proxy: usrs\npools: { users: { targets: [] } }\n");
    expect([code, out]).toEqual([1, ""]);
    expect(error).toContain(':2:12  routes[0].proxy: no pool named "usrs"\n');
    expect(error).toContain("    2 │   - proxy: usrs\n      │            ^\n");
    expect(error).toContain('did you mean "users"?\n');
    expect(error).toEndWith("2 problems\n");
  });

  test("is data with --json", async () => {
    const { code, out } = await check("routes:\n  - proxy: usrs\n", true);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      problems: [{ line: 2, column: 12, path: "routes[0].proxy", nearest: null }],
    });
  });

  test("that is not there", async () => {
    let error = "";
    const output = { out: () => undefined, error: (part: string) => void (error += part), colour: false };
    expect(await checkCommand(join(folder, "nowhere.yaml"), { json: false }, output)).toBe(1);
    expect(error).toContain("there is no such file");
  });
});

describe("a name server", () => {
  const NAMES = `
listeners: ["127.0.0.1:8080"]
dns:
  listeners: ["127.0.0.1:53", { tls: "127.0.0.1:853" }]
  keys: { xfr: { secret: "c2VjcmV0IG9mIHR3byBzZXJ2ZXJz" } }
  zones:
    shop.test:
      records: { "@": { NS: [ns1, ns2] }, ns1: { A: 192.0.2.1 }, ns2: { A: 198.51.100.1 }, old: { CNAME: gone } }
      transfer: { allow: [{ addresses: 198.51.100.1, key: xfr }], notify: [198.51.100.1] }
    steered.test:
      records: { "@": { NS: [ns1.shop.test., ns2.shop.test.] } }
      steering: { www: { alias: shop.example } }
    partner.test: { secondary: { primaries: [203.0.113.1] } }
routes:
  - match: { path: /dns-query }
    doh: true
`;

  test("stands in the tree, with its zones and what could be better in them", async () => {
    const { code, out, error } = await check(NAMES);
    expect([code, error]).toEqual([0, ""]);
    expect(out).toContain("     action       DNS over HTTPS, from the zones below dns\n");
    expect(out).toContain("  listeners    127.0.0.1:53 (udp, tcp), 127.0.0.1:853 (tls)\n");
    expect(out).toContain("  shop.test.  6 records\n    source       the config\n");
    expect(out).toContain("    fetched by   198.51.100.1 with key xfr\n    tells        198.51.100.1\n");
    expect(out).toContain("    steered      www.steered.test.\n");
    expect(out).toContain("    warning      old.shop.test. CNAME: it points to gone.shop.test.");
    expect(out).toContain("  partner.test.\n    source       fetched from 203.0.113.1\n");
    expect(out.split("\n").filter((line) => Bun.stringWidth(line) > 80)).toEqual([]);
  });

  test("is data with --json, without its secrets", async () => {
    const { code, out } = await check(NAMES, true);
    expect(code).toBe(0);
    const { dns } = JSON.parse(out) as { dns: { zones: Array<Record<string, unknown>>; keys: unknown } };
    expect(dns.zones[0]).toMatchObject({ name: "shop.test.", records: 6, findings: [{ owner: "old.shop.test." }] });
    expect(dns.keys).toEqual([{ name: "xfr", algorithm: "hmac-sha256" }]);
    expect(out).not.toContain("c2VjcmV0");
  });

  test("a bad record is a problem with its place", async () => {
    const { code, out, error } = await check(NAMES.replace("192.0.2.1", "192.0.2.300"));
    expect([code, out]).toEqual([1, ""]);
    expect(error).toContain('dns.zones["shop.test"].records.ns1.A');
    expect(error).toContain("1 problem");
  });
});
