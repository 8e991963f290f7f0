import { afterAll, describe, expect, test } from "bun:test";
import { TestFolder } from "./files-for-tests.ts";
import { mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { FilesRead } from "./files-read.ts";
import { loadConfig, loadValue } from "./load.ts";
import { ConfigError } from "../schema/problem.ts";

const folder = new TestFolder();
afterAll(() => folder.remove());

const YAML = `
listeners: [":8080", { address: "[::1]:0" }]
pools:
  users:
    targets: &targets ["127.0.0.1:3001", { address: "127.0.0.1:3002", weight: 3 }]
    timeouts: { connect: 500ms, total: 1m }
  orders: { targets: *targets, balance: least-connections, queue: { max: 5 } }
routes:
  - match: { path: "/users/:id/*", host: [Shop.test, "*.shop.test"], field: { X-Beta: true, a: { prefix: b } } }
    proxy: { pool: users, rewrite: { path: "/u/:id/*" } }
    policies:
      - headers: { reply: { set: { x-served-by: roundtrip } } }
  - name: old
    match: { path: /old, query: { a: "1" }, cookie: { c: false }, client: [10.0.0.0/8] }
    redirect: { to: /new, status: 308 }
  - respond: { status: 404, body: nothing here }
limits: { body: none, head: 32KB }
timeouts: { head: 5s }
accessLog: { path: logs/access.log }
admin: { token: 0123456789abcdef }
forwarding: { via: false }
`;

const JSON_TEXT = JSON.stringify({
  $schema: "./config.schema.json",
  listeners: [":8080", { address: "[::1]:0" }],
  pools: {
    users: {
      targets: ["127.0.0.1:3001", { address: "127.0.0.1:3002", weight: 3 }],
      timeouts: { connect: "500ms", total: "1m" },
    },
    orders: {
      targets: ["127.0.0.1:3001", { address: "127.0.0.1:3002", weight: 3 }],
      balance: "least-connections",
      queue: { max: 5 },
    },
  },
  routes: [
    {
      match: {
        path: "/users/:id/*",
        host: ["shop.test", "*.shop.test"],
        field: { "x-beta": true, a: { prefix: "b" } },
      },
      proxy: { pool: "users", rewrite: { path: "/u/:id/*" } },
      policies: [{ headers: { reply: { set: { "x-served-by": "roundtrip" } } } }],
    },
    {
      name: "old",
      match: { path: "/old", query: { a: "1" }, cookie: { c: false }, client: "10.0.0.0/8" },
      redirect: { to: "/new", status: 308 },
    },
    { respond: { status: 404, body: "nothing here" } },
  ],
  limits: { body: "none", head: "32KB" },
  timeouts: { head: "5000 ms" },
  accessLog: { path: "logs/access.log" },
  admin: { token: "0123456789abcdef" },
  forwarding: { via: false },
});

const TYPESCRIPT = `import { defineConfig, pool, route } from "roundtrip-edge";
const targets = ["127.0.0.1:3001", { address: "127.0.0.1:3002", weight: 3 }];
export default defineConfig({
  listeners: [":8080", { address: "[::1]:0" }],
  pools: {
    users: pool(targets, { timeouts: { connect: "500ms", total: "60s" } }),
    orders: pool(targets, { balance: "least-connections", queue: { max: 5 } }),
  },
  routes: [
    route("/users/:id/*", {
      match: { host: ["shop.test", "*.SHOP.test"], field: { "x-beta": true, a: { prefix: "b" } } },
      proxy: { pool: "users", rewrite: { path: "/u/:id/*" } },
      policies: [{ headers: { reply: { set: { "x-served-by": "roundtrip" } } } }],
    }),
    route("/old", { name: "old", match: { query: { a: "1" }, cookie: { c: false }, client: "10.0.0.0/8" }, redirect: { to: "/new", status: 308 } }),
    { respond: { status: 404, body: "nothing here" } },
  ],
  limits: { body: "none", head: "32KB" },
  timeouts: { head: "5s" },
  accessLog: { path: "logs/access.log" },
  admin: { token: "0123456789abcdef" },
  forwarding: { via: false },
});
`;

describe("one config in every format", () => {
  test("gives the same", async () => {
    const yaml = await loadConfig(folder.write("roundtrip.config.yaml", YAML));
    const json = await loadConfig(folder.write("roundtrip.config.json", JSON_TEXT));
    const typescript = await loadConfig(folder.write("roundtrip.config.ts", TYPESCRIPT));
    const javascript = await loadConfig(folder.write("roundtrip.config.js", TYPESCRIPT));
    expect(json.config).toEqual(yaml.config);
    expect(typescript.config).toEqual(yaml.config);
    expect(javascript.config).toEqual(yaml.config);
  });

  test("is complete", async () => {
    const { config } = await loadConfig(folder.write("roundtrip.config.yaml", YAML));
    expect(config.listeners).toEqual([
      { name: ":8080", host: "0.0.0.0", port: 8080, protocol: "http", backlog: 4096 },
      { name: "[::1]:0", host: "::1", port: 0, protocol: "http", backlog: 4096 },
    ]);
    expect(config.pools.get("users")).toMatchObject({
      balance: { algorithm: "weighted-round-robin" },
      sources: [
        {
          kind: "config",
          text: "config",
          endpoints: [
            { host: "127.0.0.1", port: 3001, weight: 1, tier: 0, backup: false, mode: "ready" },
            { host: "127.0.0.1", port: 3002, weight: 3, tier: 0, backup: false, mode: "ready" },
          ],
        },
      ],
      timeouts: { connect: 500, firstByte: 60_000, idle: 60_000, total: 60_000 },
      queue: { max: 1000, timeout: 5000 },
    });
    expect(config.pools.get("orders")).toMatchObject({
      balance: { algorithm: "least-connections" },
      queue: { max: 5, timeout: 5000 },
    });
    expect(config.routes.map(({ name }) => name)).toEqual(["shop.test|*.shop.test/users/:id/*", "old", "/*"]);
    expect(config.routes[0]!.match).toEqual({
      hosts: ["shop.test", "*.shop.test"],
      paths: ["/users/:id/*"],
      methods: [],
      fields: [
        { name: "x-beta", test: { kind: "present" } },
        { name: "a", test: { kind: "prefix", value: "b" } },
      ],
      queries: [],
      cookies: [],
      clients: [],
      listeners: [],
    });
    expect(config.limits).toMatchObject({ body: Infinity, head: 32_768, requestLine: 8192 });
    expect(config.accessLog).toEqual({ path: `${folder.path}/logs/access.log`, format: "json" });
    expect(config.admin).toEqual({ host: "127.0.0.1", port: 0, token: "0123456789abcdef", explainToken: null });
    expect(config.forwarding.via).toBe("");
  });

  test("says where its values stand", async () => {
    const yaml = await loadConfig(folder.write("roundtrip.config.yaml", YAML));
    expect(yaml.locate(["routes", 1])).toEqual({ line: 13, column: 5 });
    expect(yaml.locate(["routes", 1, "redirect", "to"])).toEqual({ line: 15, column: 21 });
    expect(yaml.locate(["routes", 1, "redirect", "to"], "key")).toEqual({ line: 15, column: 17 });
    // Behind an alias: at the anchor.
    expect(yaml.locate(["pools", "orders", "targets", 0])).toEqual({ line: 5, column: 24 });
    const typescript = await loadConfig(folder.write("roundtrip.config.ts", TYPESCRIPT));
    expect(typescript.locate(["routes", 1, "redirect", "to"])).toEqual({
      line: 15,
      column: TYPESCRIPT.split("\n")[14]!.indexOf('"/new"') + 1,
    });
    expect(typescript.locate(["pools", "orders", "targets", 0])).toEqual({ line: 2, column: 18 });
  });
});

describe("defaults", () => {
  test("of the smallest config", () => {
    const { config } = loadValue({ routes: [] }, "test");
    expect(config).toMatchObject({
      listeners: [{ host: "127.0.0.1", port: 8080 }],
      trustedProxies: [],
      accessLog: { path: "-", format: "json" },
      admin: { host: "127.0.0.1", port: 0, token: null, explainToken: null },
      forwarding: { xForwarded: true, xRealIp: true, forwarded: true, via: "roundtrip", traceparent: true },
      trace: { enabled: true, ring: 1024, notable: 512, slow: 1000 },
    });
  });

  test("false turns the access log and the admin API off", () => {
    const { config } = loadValue({ routes: [], accessLog: false, admin: false }, "test");
    expect([config.accessLog, config.admin]).toEqual([null, null]);
  });

  test("of a static folder given by its root alone; relative to the base", () => {
    folder.write("public/index.html", "");
    const { config } = loadValue({ routes: [{ static: "public" }] }, "test", folder.path);
    expect(config.routes[0]!.action).toEqual({
      kind: "static",
      options: { root: `${folder.path}/public`, index: ["index.html"], precompressed: true, symlinks: "inside" },
    });
  });

  test("routes without a name are told apart", () => {
    const { config } = loadValue(
      {
        routes: [
          { match: { path: "/a", method: ["GET", "HEAD"] }, respond: {} },
          { match: { path: "/a", field: { b: true } }, respond: {} },
          { match: { path: "/a", field: { c: true } }, respond: {} },
          { name: "/a #2", respond: {} },
        ],
      },
      "test",
    );
    expect(config.routes.map(({ name }) => name)).toEqual(["GET|HEAD /a", "/a", "/a #3", "/a #2"]);
  });
});

describe("a TypeScript config", () => {
  test("may be a function, also an asynchronous one", async () => {
    const text = `export default async () => ({ routes: [{ name: await Promise.resolve("late"), respond: {} }] });`;
    const { config } = await loadConfig(folder.write("function.mts", text));
    expect(config.routes[0]!.name).toBe("late");
  });

  test("keeps its handlers", async () => {
    const text = `export default { routes: [{ handler: () => new Response("made here") }] };`;
    const { config } = await loadConfig(folder.write("handler.ts", text));
    const { action } = config.routes[0]!;
    if (action.kind !== "handler") throw new Error(action.kind);
    const response = await action.handler(new Request("http://a/"), { clientAddress: "", traceId: "", params: {} });
    expect(await response.text()).toBe("made here");
  });

  test("is read again after a change, with the files that it imports", async () => {
    folder.write("deep/status.ts", "export const status: number = 201;");
    folder.write(
      "parts.ts",
      `import { status } from "./deep/status.ts";\nexport const parts = { status, body: "one" };`,
    );
    const file = folder.write(
      "changing.ts",
      `import { parts } from "./parts.ts";\nexport default { routes: [{ respond: parts }] };`,
    );
    const statusOf = async (): Promise<unknown> => {
      const { action } = (await loadConfig(file)).config.routes[0]!;
      return action.kind === "respond" ? [action.options.status, action.options.body] : null;
    };
    expect(await statusOf()).toEqual([201, "one"]);
    folder.write("deep/status.ts", "export const status: number = 202;");
    expect(await statusOf()).toEqual([202, "one"]);
    folder.write("changing.ts", "export default { routes: [{ respond: { status: 203, body: 'two' } }] };");
    expect(await statusOf()).toEqual([203, "two"]);
  });

  test("can be fixed after it could not be read", async () => {
    const file = folder.write("broken.ts", "export default { routes: [ };");
    await expect(loadConfig(file)).rejects.toThrow("broken.ts:1:28");
    folder.write("broken.ts", "export default { routes: [] };");
    expect((await loadConfig(file)).config.routes).toEqual([]);
  });

  test("may lie in a folder with an odd name", async () => {
    const file = folder.write("100% odd #1 ä/a b.ts", "export default { routes: [] };");
    expect((await loadConfig(file)).config.routes).toEqual([]);
  });
});

describe("a config that is read beside traffic", () => {
  /** So long that it is not read in this thread. */
  const SPACE = "\n".repeat(3000);

  test("is the same, and knows where its values stand", async () => {
    const files = [
      folder.write("beside.yaml", YAML + SPACE),
      folder.write("beside.json", JSON_TEXT + SPACE),
      folder.write("beside.ts", TYPESCRIPT),
    ];
    for (const file of files) {
      const [atOnce, beside] = [await loadConfig(file), await loadConfig(file, { beside: true })];
      expect(beside.config).toEqual(atOnce.config);
      const path = ["routes", 1, "redirect", "to"];
      expect(beside.locate(path)).toEqual(atOnce.locate(path));
      expect(beside.lineText(3)).toBe(atOnce.lineText(3));
    }
  });

  test("has the same problems", async () => {
    const texts = [
      ["bad.yaml", "routes:\n  - { match: { path: /a }, respnd: {} }\n  - 5\n"],
      ["worse.yaml", "routes: }\n"],
      ["bad.json", '{ "routes": [ { "respond": 1 } ],\n "routes": [] }'],
    ] as const;
    for (const [name, text] of texts) {
      const file = folder.write(name, text + SPACE);
      const problems = async (beside: boolean): Promise<unknown> => {
        const error: unknown = await loadConfig(file, { beside }).catch((thrown: unknown) => thrown);
        return error instanceof ConfigError ? error.problems : error;
      };
      const told = await problems(true);
      expect(told).toEqual(await problems(false));
      expect((told as ConfigError["problems"])[0]?.file).toContain(name);
    }
  });
});

describe("a module", () => {
  const problem = async (file: string): Promise<unknown> => {
    const error: unknown = await loadConfig(file, { timeout: 100 }).catch((thrown: unknown) => thrown);
    return error instanceof ConfigError ? error.problems : error;
  };
  const late = [{ message: "has not come to its end within 0.1 s", remedy: expect.stringContaining("--load-timeout") }];

  test("that never comes to its end is given up, and read when it does", async () => {
    const file = folder.write("never/config.ts", 'import { routes } from "./routes.ts";\nexport default { routes };');
    folder.write("never/routes.ts", "export const routes = [];\nawait new Promise(() => {});");
    expect(await problem(file)).toMatchObject(late);
    folder.write("never/routes.ts", "export const routes = [];");
    expect((await loadConfig(file)).config.routes).toEqual([]);
    folder.write("never/config.ts", "export default () => new Promise(() => {});");
    expect(await problem(file)).toMatchObject(late);
    folder.write("never/config.ts", "await new Promise(() => {});");
    expect(await problem(file)).toMatchObject(late);
    folder.write("never/config.ts", "export default { routes: [] };");
    expect((await loadConfig(file)).config.routes).toEqual([]);
  });

  test("is what its links lead to now, and what is there now", async () => {
    const status = async (file: string): Promise<unknown> => (await loadConfig(file)).config.routes[0]?.action;
    const text = (code: number): string => `export const routes = [{ respond: { status: ${code} } }];`;
    const file = folder.write("links/config.ts", 'export { config as default } from "./current/part.js";');
    for (const code of [201, 202]) {
      folder.write(`links/${code}/part.ts`, 'import { routes } from "./routes.ts";\nexport const config = { routes };');
      folder.write(`links/${code}/routes.ts`, text(code));
    }
    const at = `${folder.path}/links`;
    const problems: unknown = await loadConfig(file).catch((thrown: unknown) => thrown);
    expect(String((problems as ConfigError).problems[0]?.message)).toMatch(/part\.js.*config\.ts$/);
    symlinkSync("201", `${at}/current`);
    expect(await status(file)).toMatchObject({ options: { status: 201 } });
    symlinkSync("202", `${at}/next`);
    renameSync(`${at}/next`, `${at}/current`);
    expect(await status(file)).toMatchObject({ options: { status: 202 } });
    rmSync(`${at}/current`);
    mkdirSync(`${at}/current`);
    folder.write("links/current/part.ts", `${text(203)}\nexport const config = { routes };`);
    expect(await status(file)).toMatchObject({ options: { status: 203 } });
  });

  test("tells which files it was read from, and which were looked for", async () => {
    const names = async (text: string): Promise<string[]> => {
      const read = new FilesRead();
      await loadConfig(folder.write("read/config.ts", text), { read }).catch(() => {});
      return [...read.files.keys()].map((path) => path.slice(folder.path.length));
    };
    folder.write("read/lib/a.ts", 'import data from "./data.json";\nexport const routes = data;');
    folder.write("read/lib/data.json", "[]");
    expect(await names('import { routes } from "./lib/a";\nexport default { routes };')).toEqual([
      "/read/config.ts",
      "/read/lib/a.ts",
      "/read/lib/data.json",
    ]);
    expect(await names('import { routes } from "./lib/b.js";\nexport default { routes };')).toContain("/read/lib/b.ts");
    const served = 'export default { routes: [{ match: { path: "/*" }, static: "site" }] };';
    expect(await names(served)).toEqual(["/read/config.ts", "/read/site"]);
  });
});
