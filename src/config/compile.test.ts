import { afterAll, describe, expect, test } from "bun:test";
import { TestFolder } from "./files-for-tests.ts";
import { compile } from "./compile.ts";
import type { Config } from "./config.ts";
import type { PoolConfig } from "./pool-config.ts";
import type { LivePool } from "../contract/live-pool.ts";
import type { Plan } from "../contract/plan.ts";
import { loadConfig, loadValue } from "./load.ts";

const folder = new TestFolder();
afterAll(() => folder.remove());

function planOf(config: Config, previous: Plan | null = null): Plan {
  return compile(loadValue(config, "test", folder.path), { version: (previous?.version ?? 0) + 1, previous });
}

function withPool(app: PoolConfig): Config {
  return { pools: { app }, routes: [{ proxy: "app" }] };
}

describe("a plan", () => {
  test("is the same from every format", async () => {
    const config: Config = {
      pools: {
        app: {
          targets: ["127.0.0.1:3001", { address: "[::1]:3002", weight: 2, priority: 1 }, { dns: "app.internal:80" }],
          balance: { algorithm: "ring-hash", key: { cookie: "session" }, boundedLoad: 1.25 },
          slowStart: "30s",
          sticky: { maxAge: "1d", secret: "0123456789abcdef" },
          health: { check: { kind: "http", status: [200, "300-399"], body: { regex: "o+k" } }, passive: false },
        },
      },
      routes: [
        {
          match: { path: "/a/:id", method: "GET" },
          proxy: { pool: "app", rewrite: { path: "/:id" } },
          policies: [{ headers: { request: { remove: ["cookie"] } } }],
        },
        { match: { host: "*.shop.test" }, redirect: { to: "https://shop.test${path}" } },
        { respond: { status: 404, body: "nothing here" } },
      ],
      admin: { token: "0123456789abcdef", explainToken: "fedcba9876543210" },
    };
    const text = JSON.stringify(config);
    const files = [
      folder.write("one/roundtrip.config.json", text),
      folder.write("two/roundtrip.config.yaml", Bun.YAML.stringify(config)),
      folder.write("three/roundtrip.config.ts", `export default ${text};`),
    ];
    const plans = await Promise.all(
      files.map(async (file) => compile(await loadConfig(file), { version: 1, previous: null })),
    );
    const [first, ...others] = plans.map(summary);
    for (const other of others) expect(other).toEqual(first);
  });

  test("knows where its routes stand", async () => {
    const text = "routes:\n  - match: { path: /a }\n    respond: {}\n  -\n    respond: {}\n";
    const file = folder.write("origin.yaml", text);
    const plan = compile(await loadConfig(file), { version: 1, previous: null });
    expect(plan.routes.map(({ origin }) => origin)).toEqual([`${file}:2`, `${file}:5`]);
    expect(planOf({ routes: [{ respond: {} }] }).routes[0]!.origin).toBe("");
  });

  describe("knows where routes of a program stand", () => {
    const route = (name: string): string =>
      `{ name: "${name}", match: { path: "/${name}" }, respond: { status: 200 } }`;
    const origins = async (routes: string, statements = ""): Promise<Record<string, string>> => {
      folder.write(
        "origins/common.ts",
        [
          "export const common = [",
          `  ${route("health")},`,
          `  ${route("robots")},`,
          "];",
          "export function tenant(name: string) {",
          "  return [",
          "    { name: `${name}-a`, match: { host: `${name}.test` }, respond: { status: 200 } },",
          "  ];",
          "}",
        ].join("\n"),
      );
      const imports = 'import { common, tenant } from "./common.ts";';
      const text = `${imports}\n${statements}\nexport default {\n routes: [\n${routes}\n]};`;
      const file = folder.write("origins/edge.config.ts", text);
      const plan = compile(await loadConfig(file), { version: 1, previous: null });
      const local = (origin: string): string => origin.slice(origin.lastIndexOf("/") + 1);
      return Object.fromEntries(plan.routes.map(({ name, origin }) => [name, local(origin)]));
    };

    test("behind spreads, in functions and in other files", async () => {
      const routes = `${route("first")},\n...common,\n...tenant("one"),\n...tenant("two"),\n...own,\n${route("last")},`;
      expect(await origins(routes, `const own = [${route("own")}];`)).toEqual({
        first: "edge.config.ts:5",
        health: "common.ts:2",
        robots: "common.ts:3",
        "one-a": "common.ts:7",
        "two-a": "common.ts:7",
        own: "edge.config.ts:2",
        last: "edge.config.ts:10",
      });
    });

    test("or that it does not know: no place is better than one that is near", async () => {
      const made = `for (const name of ["m1", "m2"]) list.push({ name, match: { path: "/" + name }, respond: { status: 200 } });`;
      const routes = `${route("first")},\n...common.toReversed(),\n...list,\n${route("last")},`;
      expect(await origins(routes, `const list: object[] = []; ${made}`)).toEqual({
        first: "edge.config.ts:5",
        robots: "",
        health: "",
        m1: "",
        m2: "",
        last: "edge.config.ts:8",
      });
    });
  });

  test("has its actions ready", () => {
    folder.write("public/index.html", "");
    const handler = (): Response => new Response();
    const plan = planOf({
      pools: { app: { targets: ["127.0.0.1:1"] } },
      routes: [
        { match: { path: "/a/*" }, proxy: { pool: "app", rewrite: { stripPrefix: "/a" } } },
        { match: { path: "/b" }, respond: { status: 201, body: "made", fields: { "x-a": "1" } } },
        { match: { path: "/c" }, redirect: { to: "/d" } },
        { match: { path: "/e/:x/:y" }, handler },
        { match: { path: "/f/*" }, static: "public" },
      ],
    });
    const [proxy, respond, redirect, handled, files] = plan.routes.map(({ action }) => action);
    expect(proxy).toMatchObject({ kind: "proxy", pool: plan.pools.get("app")! });
    if (proxy?.kind === "proxy") expect(proxy.rewrite?.rewrite("/a/x", null)).toBe("/x");
    expect(respond).toMatchObject({ kind: "respond", reply: { status: 201 } });
    expect(redirect).toMatchObject({ kind: "redirect" });
    expect(handled).toEqual({ kind: "handler", handler });
    expect(files).toMatchObject({ kind: "static", root: `${folder.path}/public` });
    expect(plan.routes[3]!.paramNames).toEqual(["x", "y"]);
    expect(plan.routes[0]!.description).toBe("path /a/*");
  });

  test("describes what a route matches", () => {
    const plan = planOf({
      routes: [
        {
          match: {
            host: ["a.test", "*.b.test"],
            path: "/x",
            method: ["GET", "HEAD"],
            field: { "x-beta": true, "x-old": false },
            query: { q: "1" },
            cookie: { c: { prefix: "p" } },
            client: "10.0.0.0/8",
          },
          respond: {},
        },
        { respond: {} },
      ],
    });
    expect(plan.routes.map(({ description }) => description)).toEqual([
      'host a.test or *.b.test, path /x, method GET or HEAD, field x-beta present, field x-old absent, query q = "1", cookie c begins with "p", client 10.0.0.0/8',
      "every request",
    ]);
  });
});

const live = (plan: Plan, name = "app"): LivePool => plan.pools.get(name)!.live;

describe("a reload", () => {
  test("hands the live pool and its targets on to the pool of the same name", () => {
    const first = planOf(withPool({ targets: ["127.0.0.1:1", "127.0.0.1:2"] }));
    const [one, two] = live(first).targets;
    one!.active = 7;
    one!.health.failures = 1;
    const second = planOf(withPool({ targets: ["127.0.0.1:2", "127.0.0.1:1", "127.0.0.1:3"] }), first);
    expect(live(second)).toBe(live(first));
    expect(live(second).plan).toBe(second.pools.get("app")!);
    const byAddress = new Map(live(second).targets.map((target) => [target.address, target]));
    expect(byAddress.get("127.0.0.1:1")).toBe(one!);
    expect(byAddress.get("127.0.0.1:2")).toBe(two!);
    expect(one).toMatchObject({ active: 7, health: { failures: 1 } });
    expect(first.version + 1).toBe(second.version);
  });

  test("gives targets their new weight and limit, and lets those that are gone drain", () => {
    const first = planOf(withPool({ targets: [{ address: "127.0.0.1:1", weight: 2 }, "127.0.0.1:2"] }));
    const [one, two] = live(first).targets;
    // It has something to finish, so it is not forgotten at once.
    two!.active = 1;
    planOf(withPool({ targets: [{ address: "127.0.0.1:1", weight: 5 }], connections: { max: 9 } }), first);
    expect(one).toMatchObject({ weight: 5, maxConnections: 9, draining: false, removed: false });
    expect(two).toMatchObject({ draining: true, removed: true });
  });

  test("lets a target that an operator drains go on draining", () => {
    const first = planOf(withPool({ targets: ["127.0.0.1:1"] }));
    live(first).setMode(live(first).targets[0]!, "drain", 5, 0);
    const second = planOf(withPool({ targets: ["127.0.0.1:1"] }), first);
    expect(live(second).targets[0]).toMatchObject({ mode: "drain", draining: true });
  });

  test("drains a target that the config drains now", () => {
    const first = planOf(withPool({ targets: ["127.0.0.1:1", "127.0.0.1:2"] }));
    planOf(withPool({ targets: ["127.0.0.1:1", { address: "127.0.0.1:2", mode: "drain" }] }), first);
    expect(live(first).targets.map(({ mode, draining }) => [mode, draining])).toEqual([
      ["ready", false],
      ["drain", true],
    ]);
  });

  test("makes a new pool for another name, and empties the one that is gone", () => {
    const first = planOf(withPool({ targets: ["127.0.0.1:1"] }));
    const [one] = live(first).targets;
    one!.active = 1;
    const second = planOf({ pools: { other: { targets: ["127.0.0.1:1"] } }, routes: [{ proxy: "other" }] }, first);
    expect(live(second, "other")).not.toBe(live(first));
    expect(live(second, "other").targets[0]).not.toBe(one!);
    expect(one).toMatchObject({ draining: true, removed: true });
  });

  test("takes another algorithm", () => {
    const first = planOf(withPool({ targets: ["127.0.0.1:1"] }));
    expect(live(first).balancer.name).toBe("round-robin");
    planOf(withPool({ targets: ["127.0.0.1:1"], balance: "least-connections" }), first);
    expect(live(first).balancer.name).toBe("least-connections");
  });

  test("that fails touches nothing", () => {
    const first = planOf(withPool({ targets: [{ address: "127.0.0.1:1", weight: 2 }, "127.0.0.1:2"] }));
    const bad: Config = {
      pools: { app: { targets: [{ address: "127.0.0.1:1", weight: 7 }] } },
      routes: [{ proxy: "app" }, { match: { path: "/a" }, redirect: { to: "/${params.none}" } }],
    };
    expect(() => planOf(bad, first)).toThrow("no parameter");
    expect(live(first).plan).toBe(first.pools.get("app")!);
    expect(live(first).targets.map(({ weight, draining }) => [weight, draining])).toEqual([
      [2, false],
      [1, false],
    ]);
  });

  test("happens at the time that it is told", () => {
    const first = planOf(withPool({ targets: ["127.0.0.1:1"] }));
    const loaded = loadValue(withPool({ targets: ["127.0.0.1:1"], drain: "1s" }), "test");
    const times: number[] = [];
    const pool = live(first);
    const recording: LivePool = Object.create(pool, {
      adopt: { value: (_plan: unknown, now: number) => times.push(now) },
    }) as LivePool;
    const before = { ...first, pools: new Map([["app", { ...first.pools.get("app")!, live: recording }]]) };
    compile(loaded, { version: 2, previous: before, now: 4321 });
    expect(times).toEqual([4321]);
  });
});

describe("sticky cookies", () => {
  const sticky = (secret?: string): Config =>
    withPool({
      targets: ["127.0.0.1:1", "127.0.0.1:2"],
      sticky: secret === undefined ? true : { secret },
    });
  const line = (plan: Plan): string =>
    plan.pools.get("app")!.stickiness!.line(live(plan).targets[0]!).toString("latin1");

  test("hold over a reload, also one that changes the cookie, and not over a restart", () => {
    const first = planOf(sticky());
    const value = /=([^;\r]+)/.exec(line(first))![1]!;
    expect(line(planOf(sticky(), first))).toBe(line(first));
    const longer = planOf(withPool({ targets: ["127.0.0.1:1"], sticky: { maxAge: "1h" } }), first);
    expect(line(longer)).toContain(value);
    expect(line(longer)).toContain("Max-Age=3600");
    expect(line(planOf(sticky()))).not.toContain(value);
  });

  test("with a secret of the config hold over a restart", () => {
    const secret = "0123456789abcdef";
    expect(line(planOf(sticky(secret)))).toBe(line(planOf(sticky(secret))));
    expect(line(planOf(sticky(secret)))).not.toBe(line(planOf(sticky("fedcba9876543210"))));
  });
});

describe("the admin token", () => {
  const config: Config = { routes: [] };

  test("is random, and stays over reloads", () => {
    const first = planOf(config);
    expect(first.admin!.token).toMatch(/^[\w-]{32}$/);
    expect(planOf(config).admin!.token).not.toBe(first.admin!.token);
    expect(planOf(config, first).admin!.token).toBe(first.admin!.token);
    expect(first.admin!.explainToken).toMatch(/^[\w-]{32}$/);
    expect(first.admin!.explainToken).not.toBe(first.admin!.token);
    expect(planOf(config, first).admin!.explainToken).toBe(first.admin!.explainToken);
  });

  test("is the configured one when there is one", () => {
    const first = planOf(config);
    const token = "0123456789abcdef";
    expect(planOf({ ...config, admin: { token } }, first).admin!.token).toBe(token);
    expect(planOf({ ...config, admin: { explainToken: token } }, first).admin!.explainToken).toBe(token);
    expect(planOf({ ...config, admin: false }).admin).toBeNull();
  });
});

/** What can be compared of a plan. */
function summary(plan: Plan): unknown {
  return {
    listeners: plan.listeners,
    pools: [...plan.pools.values()].map(({ live: pool, stickiness, balance, ...rest }) => [
      rest,
      pool.targets.map(({ address, weight, tier }) => [address, weight, tier]),
      pool.balancer.name,
      stickiness?.describe(),
      { ...balance, key: balance.key?.describe() },
    ]),
    routes: plan.routes.map(({ name, description, policies, action, paramNames }) => [
      name,
      description,
      policies.map((policy) => policy.describe()),
      action.kind,
      paramNames,
    ]),
    limits: plan.limits,
    timeouts: plan.timeouts,
    forwarding: plan.forwarding,
    accessLog: plan.accessLog,
    admin: plan.admin,
  };
}
