import { afterAll, describe, expect, test } from "bun:test";
import { TestFolder } from "./files-for-tests.ts";
import { compile } from "./compile.ts";
import type { Config, PoolConfig } from "./config.ts";
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
      pools: { app: { targets: ["127.0.0.1:3001", { address: "[::1]:3002", weight: 2 }] } },
      routes: [
        {
          match: { path: "/a/:id", method: "GET" },
          proxy: { pool: "app", rewrite: { path: "/:id" } },
          policies: [{ headers: { request: { remove: ["cookie"] } } }],
        },
        { match: { host: "*.shop.test" }, redirect: { to: "https://shop.test${path}" } },
        { respond: { status: 404, body: "nothing here" } },
      ],
      admin: { token: "0123456789abcdef" },
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

describe("a reload", () => {
  test("keeps the target objects and the balancer of a pool with the same name", () => {
    const first = planOf(withPool({ targets: ["127.0.0.1:1", "127.0.0.1:2"] }));
    const [one, two] = first.pools.get("app")!.targets;
    one!.active = 7;
    one!.failures = 1;
    const second = planOf(
      withPool({ targets: ["127.0.0.1:2", { address: "127.0.0.1:1", weight: 1 }, "127.0.0.1:3"] }),
      first,
    );
    const pool = second.pools.get("app")!;
    expect(pool.targets[1]).toBe(one!);
    expect(pool.targets[0]).toBe(two!);
    expect(pool.targets[1]).toMatchObject({ active: 7, failures: 1 });
    expect(pool.targets.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(pool.balancer).toBe(first.pools.get("app")!.balancer);
    expect(pool.state).toBe(first.pools.get("app")!.state);
    // The plan before keeps its own list, for the exchanges that hold it.
    expect(first.pools.get("app")!.targets).toEqual([one!, two!]);
    expect(first.version + 1).toBe(second.version);
  });

  test("gives them their new weight and limit, and lets those that are gone drain", () => {
    const first = planOf(withPool({ targets: [{ address: "127.0.0.1:1", weight: 2 }, "127.0.0.1:2"] }));
    const [one, two] = first.pools.get("app")!.targets;
    planOf(withPool({ targets: [{ address: "127.0.0.1:1", weight: 5 }], connections: { max: 9 } }), first);
    expect(one).toMatchObject({ weight: 5, maxConnections: 9, draining: false });
    expect(two).toMatchObject({ weight: 1, draining: true });
  });

  test("lets a target that an operator drains go on draining", () => {
    const first = planOf(withPool({ targets: ["127.0.0.1:1"] }));
    first.pools.get("app")!.targets[0]!.draining = true;
    const second = planOf(withPool({ targets: ["127.0.0.1:1"] }), first);
    expect(second.pools.get("app")!.targets[0]!.draining).toBe(true);
  });

  test("makes a new object for another pool's target at the same address", () => {
    const first = planOf(withPool({ targets: ["127.0.0.1:1"] }));
    const second = planOf({ pools: { other: { targets: ["127.0.0.1:1"] } }, routes: [{ proxy: "other" }] }, first);
    expect(second.pools.get("other")!.targets[0]).not.toBe(first.pools.get("app")!.targets[0]);
    expect(first.pools.get("app")!.targets[0]!.draining).toBe(true);
  });

  test("takes another balancer when another algorithm is asked for", () => {
    const first = planOf(withPool({ targets: ["127.0.0.1:1"] }));
    const second = planOf(withPool({ targets: ["127.0.0.1:1"], balance: "least-connections" }), first);
    expect(first.pools.get("app")!.balancer.name).toBe("round-robin");
    expect(second.pools.get("app")!.balancer.name).toBe("least-connections");
  });

  test("that fails touches nothing", () => {
    const first = planOf(withPool({ targets: [{ address: "127.0.0.1:1", weight: 2 }, "127.0.0.1:2"] }));
    const bad: Config = {
      pools: { app: { targets: [{ address: "127.0.0.1:1", weight: 7 }] } },
      routes: [{ proxy: "app" }, { match: { path: "/a" }, redirect: { to: "/${params.none}" } }],
    };
    expect(() => planOf(bad, first)).toThrow("no parameter");
    expect(first.pools.get("app")!.targets.map(({ weight, draining }) => [weight, draining])).toEqual([
      [2, false],
      [1, false],
    ]);
  });
});

describe("the admin token", () => {
  const config: Config = { routes: [] };

  test("is random, and stays over reloads", () => {
    const first = planOf(config);
    expect(first.admin!.token).toMatch(/^[\w-]{32}$/);
    expect(planOf(config).admin!.token).not.toBe(first.admin!.token);
    expect(planOf(config, first).admin!.token).toBe(first.admin!.token);
  });

  test("is the configured one when there is one", () => {
    const first = planOf(config);
    const token = "0123456789abcdef";
    expect(planOf({ ...config, admin: { token } }, first).admin!.token).toBe(token);
    expect(planOf({ ...config, admin: false }).admin).toBeNull();
  });
});

/** What can be compared of a plan. */
function summary(plan: Plan): unknown {
  return {
    listeners: plan.listeners,
    pools: [...plan.pools.values()].map(({ name, targets, balancer, timeouts, queue }) => [
      name,
      targets.map(({ address, weight }) => [address, weight]),
      balancer.name,
      timeouts,
      queue,
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
