/** What a pool comes to: shorthands, defaults, and the same from every format. */
import { afterAll, describe, expect, test } from "bun:test";
import type { PoolConfig } from "../../config/pool-config.ts";
import { pool } from "../../config/define.ts";
import { TestFolder } from "../../config/files-for-tests.ts";
import { loadConfig, loadValue } from "../../config/load.ts";
import type { NormalPool } from "../../config/normal-config.ts";
import type { Duration } from "../../schema/units.ts";

const folder = new TestFolder();
afterAll(() => folder.remove());

function poolOf(app: PoolConfig): NormalPool {
  return loadValue({ pools: { app }, routes: [] }, "test", folder.path).config.pools.get("app")!;
}

const ONE: PoolConfig = { targets: ["127.0.0.1:1"] };
const READY = { weight: 1, tier: 0, backup: false, mode: "ready" } as const;

describe("targets", () => {
  test("are sources, the listed ones first", () => {
    const { sources } = poolOf({
      targets: [
        { dns: "Users.internal:8080", weight: 2, priority: 3, refresh: { minimum: "1s" } },
        "[::1]:1",
        { srv: "_http._tcp.Users.internal" },
        { file: "./lists/targets.json" },
        { address: "10.0.0.2:2", weight: 0, priority: 15, backup: true, mode: "maintenance" },
        { admin: true },
      ],
    });
    expect(sources).toEqual([
      {
        kind: "config",
        text: "config",
        endpoints: [
          { host: "::1", port: 1, ...READY },
          { host: "10.0.0.2", port: 2, weight: 0, tier: 15, backup: true, mode: "maintenance" },
        ],
      },
      {
        kind: "dns",
        text: "dns users.internal:8080",
        name: "users.internal",
        endpoint: { port: 8080, ...READY, weight: 2, tier: 3 },
        refresh: { minimum: 1000, maximum: 300_000 },
      },
      {
        kind: "srv",
        text: "srv _http._tcp.users.internal",
        name: "_http._tcp.users.internal",
        refresh: { minimum: 5000, maximum: 300_000 },
      },
      { kind: "file", text: "file lists/targets.json", path: `${folder.path}/lists/targets.json` },
      { kind: "admin", text: "admin" },
    ]);
  });

  test("need no list when they are found", () => {
    expect(poolOf({ targets: [{ admin: true }] }).sources.map(({ kind }) => kind)).toEqual(["admin"]);
  });

  test.each([
    [{ minimum: "10m" }, { minimum: 600_000, maximum: 600_000 }],
    [{ maximum: "2s" }, { minimum: 2000, maximum: 2000 }],
  ] as const)("bounds of one side move the other: %p", (refresh, expected) => {
    expect(poolOf({ targets: [{ dns: "a:1", refresh }] }).sources[0]).toMatchObject({ refresh: expected });
  });

  test("one alone can be given to pool()", () => {
    expect(pool({ dns: "a:1" }).targets).toEqual([{ dns: "a:1" }]);
    expect(pool("a:1", { drain: 0 })).toEqual({ targets: ["a:1"], drain: 0 });
    expect(pool(["a:1", { admin: true }]).targets).toHaveLength(2);
  });
});

describe("balance", () => {
  test.each<[PoolConfig, string]>([
    [ONE, "round-robin"],
    [{ targets: ["a:1", { dns: "b:1" }] }, "round-robin"],
    [{ targets: [{ address: "a:1", weight: 2 }] }, "weighted-round-robin"],
    [{ targets: [{ dns: "a:1", weight: 2 }] }, "weighted-round-robin"],
    // Its records, the file and the admin API may say weights.
    [{ targets: [{ srv: "a" }] }, "weighted-round-robin"],
    [{ targets: [{ file: "a.json" }] }, "weighted-round-robin"],
    [{ targets: ["a:1", { admin: true }] }, "weighted-round-robin"],
    [{ ...ONE, slowStart: "10s" }, "round-robin"],
    [{ targets: [{ srv: "a" }], balance: "round-robin" }, "round-robin"],
    [{ ...ONE, balance: { algorithm: "least-time" } }, "least-time"],
  ])("%j is %s", (config, algorithm) => {
    expect(poolOf(config).balance.algorithm).toBe(algorithm as NormalPool["balance"]["algorithm"]);
  });

  test.each<[PoolConfig["balance"] & {}, NormalPool["balance"]["key"]]>([
    ["least-connections", null],
    ["ip-hash", { kind: "client" }],
    ["ring-hash", { kind: "client" }],
    ["maglev", { kind: "client" }],
    [{ algorithm: "maglev", key: "path" }, { kind: "path" }],
    [
      { algorithm: "ring-hash", key: { field: "X-User" } },
      { kind: "field", name: "x-user" },
    ],
    [
      { algorithm: "ring-hash", key: { cookie: "Session" } },
      { kind: "cookie", name: "Session" },
    ],
    [
      { algorithm: "ring-hash", key: { query: "a b" } },
      { kind: "query", name: "a b" },
    ],
  ])("the key of %j is %j", (balance, key) => {
    expect(poolOf({ ...ONE, balance }).balance.key).toEqual(key);
  });

  test("has its numbers from the config, else from the defaults", () => {
    expect(poolOf({ ...ONE, balance: "maglev", slowStart: "30s" }).balance).toEqual({
      algorithm: "maglev",
      key: { kind: "client" },
      boundedLoad: 0,
      virtualNodes: 160,
      tableSize: 65_537,
      slowStart: 30_000,
    });
    const written = { algorithm: "ring-hash", boundedLoad: 1.05, virtualNodes: 1000 } as const;
    expect(poolOf({ ...ONE, balance: written }).balance).toMatchObject({ boundedLoad: 1.05, virtualNodes: 1000 });
    const maglev = { algorithm: "maglev", boundedLoad: 10, tableSize: 5_000_011 } as const;
    expect(poolOf({ ...ONE, balance: maglev }).balance).toMatchObject({ boundedLoad: 10, tableSize: 5_000_011 });
  });
});

describe("sticky", () => {
  const defaults = {
    cookie: "rt-target",
    maxAge: 0,
    path: "/",
    sameSite: "Lax",
    secure: false,
    httpOnly: true,
    domain: "",
    secret: null,
  } as const;

  test("is off, or has every part", () => {
    expect(poolOf(ONE).sticky).toBeNull();
    expect(poolOf({ ...ONE, sticky: false }).sticky).toBeNull();
    expect(poolOf({ ...ONE, sticky: true }).sticky).toEqual(defaults);
    expect(poolOf({ ...ONE, sticky: {} }).sticky).toEqual(defaults);
  });

  test("counts in whole seconds, and never rounds to none", () => {
    const maxAge = (written: Duration): number | undefined =>
      poolOf({ ...ONE, sticky: { maxAge: written } }).sticky?.maxAge;
    expect([maxAge("1d"), maxAge("1ms"), maxAge(0), maxAge("1500ms")]).toEqual([86_400, 1, 0, 2]);
  });

  test("takes a prefixed name where browsers do", () => {
    const sticky = { cookie: "__Host-at", secure: true, sameSite: "None" } as const;
    expect(poolOf({ ...ONE, sticky }).sticky).toMatchObject(sticky);
    expect(poolOf({ ...ONE, sticky: { domain: ".Shop.test", sameSite: "" } }).sticky).toMatchObject({
      domain: "shop.test",
      sameSite: "",
    });
  });
});

describe("health", () => {
  const passive = { maxFails: 3, window: 10_000, statuses: [], rest: 10_000, maxRest: 300_000, maxEjected: 0.5 };
  const common = {
    port: 0,
    interval: 5000,
    downInterval: 1000,
    timeout: 2000,
    jitter: 0.1,
    rise: 2,
    fall: 3,
    service: "",
  };
  const http = {
    version: 1,
    method: "GET",
    path: "/",
    host: "",
    statuses: [{ from: 200, to: 399 }],
    body: null,
  };
  const check = (written: NonNullable<PoolConfig["health"]>["check"] & {}): unknown =>
    poolOf({ ...ONE, health: { check: written } }).health.check;

  test("watches traffic and checks nothing by itself", () => {
    expect(poolOf(ONE).health).toEqual({ check: null, passive, panic: 0 });
    expect(check(false)).toBeNull();
  });

  test("passive can be off, and statuses can count", () => {
    expect(poolOf({ ...ONE, health: { passive: false } }).health.passive.maxFails).toBe(0);
    const statuses = ["500-599", 429, "408"];
    expect(poolOf({ ...ONE, health: { passive: { statuses } } }).health.passive.statuses).toEqual([
      { from: 500, to: 599 },
      { from: 429, to: 429 },
      { from: 408, to: 408 },
    ]);
  });

  test("a long rest moves its bound", () => {
    expect(poolOf({ ...ONE, health: { passive: { rest: "1h" } } }).health.passive.maxRest).toBe(3_600_000);
  });

  test("a word is a check with every default", () => {
    const tls = { serverName: "", verify: true };
    expect(check("tcp")).toEqual({ ...common, kind: "tcp", tls: null, http: null });
    expect(check("tls")).toEqual({ ...common, kind: "tls", tls, http: null });
    expect(check("http")).toEqual({ ...common, kind: "http", tls: null, http });
    expect(check("grpc")).toEqual({ ...common, kind: "grpc", tls: null, http: null });
    expect(check({ kind: "http" })).toEqual(check("http"));
    expect(check({ kind: "grpc", tls: true, service: "shop.Orders" })).toMatchObject({ tls, service: "shop.Orders" });
    expect(check({ kind: "tls", tls: { serverName: "Shop.test", verify: false } })).toMatchObject({
      tls: { serverName: "shop.test", verify: false },
    });
  });

  test("checks that are quick stay quick when the target is down", () => {
    expect(check({ kind: "tcp", interval: "500ms" })).toMatchObject({ interval: 500, downInterval: 500 });
    expect(check({ kind: "tcp", interval: "500ms", downInterval: "2s" })).toMatchObject({ downInterval: 2000 });
  });

  test("a body is compared by a string or an expression, which does not remember", () => {
    const body = (written: string | RegExp | { regex: string }): unknown => {
      const plan = poolOf({ ...ONE, health: { check: { kind: "http", body: written } } }).health.check;
      return plan?.http?.body;
    };
    expect(body("ok")).toBe("ok");
    expect(body({ regex: "^ok$" })).toEqual(/^ok$/);
    expect(body(/^OK$/giy)).toEqual(/^OK$/i);
  });

  test("is the same from every format", async () => {
    const written = `{ "kind": "http", "path": "/healthz?deep=1", "host": "shop.test:8080", "status": [200, "300-399"],
      "body": BODY, "version": 2, "tls": { "verify": false }, "port": 9000, "interval": "10s", "timeout": "500ms" }`;
    const config = (body: string): string =>
      `{ "pools": { "app": { "targets": ["a:1"], "health": { "check": ${written.replace("BODY", body)}, "panic": 0.3 } } }, "routes": [] }`;
    const found = await Promise.all(
      [
        folder.write("one.json", config('{ "regex": "o+k" }')),
        folder.write("two.yaml", config("{ regex: o+k }")),
        folder.write("three.ts", `export default ${config("/o+k/")};`),
      ].map(async (file) => (await loadConfig(file)).config.pools.get("app")!),
    );
    expect(found[1]).toEqual(found[0]!);
    expect(found[2]).toEqual(found[0]!);
    expect(found[0]!.health).toMatchObject({
      panic: 0.3,
      check: {
        port: 9000,
        interval: 10_000,
        timeout: 500,
        tls: { serverName: "", verify: false },
        http: {
          version: 2,
          path: "/healthz?deep=1",
          host: "shop.test:8080",
          statuses: [
            { from: 200, to: 200 },
            { from: 300, to: 399 },
          ],
          body: /o+k/,
        },
      },
    });
  });
});
