import { afterAll, describe, expect, test } from "bun:test";
import { TestFolder } from "./files-for-tests.ts";
import { loadConfig, loadValue } from "./load.ts";
import { ConfigError, formatPath } from "../schema/problem.ts";
import type { Config } from "./config.ts";

const folder = new TestFolder();
afterAll(() => folder.remove());

const ROUTE = "routes: [{ respond: {} }]";

/** One bad line below a good one, and what is said of it. */
const BAD: ReadonlyArray<readonly [string, string]> = [
  ["limit: { head: 1KB }", "2:1 limit: is not known here → limits"],
  ["banana: 1", "2:1 banana: is not known here"],
  ["timeouts: { head: 30 }", '2:19 timeouts.head: 30 has no unit: "30s" or "30ms"?'],
  ["timeouts: { head: '1.5 ' }", '2:19 timeouts.head: "1.5 " has no unit: "1.5s" or "1.5ms"?'],
  ["timeouts: { linger: 0, halfClose: '0', head: -1 }", "2:46 timeouts.head: -1 is not a duration"],
  ["limits: { head: 4096 }", '2:17 limits.head: 4096 has no unit: "4096B" or "4096KB"?'],
  ["limits: { body: .inf }", "2:17 limits.body: Infinity is not a size → none"],
];

describe("what is wrong beside the routes", () => {
  test.each(BAD)("%s", async (line, expected) => {
    expect(await folder.summaries("bad.yaml", `${ROUTE}\n${line}\n`)).toEqual(expected.split(" | "));
  });
});

test("an anchor that holds itself is told of, not followed", async () => {
  expect(await folder.summaries("circle.yaml", "routes: &a [*a]\n")).toEqual([
    "1:12 routes[0]: a list that holds itself is not an object",
  ]);
});

/** One bad route, as a YAML flow map from column 3 of line 3, and what is said of it. */
const BAD_ROUTES: ReadonlyArray<readonly [string, string]> = [
  ["{}", "3:3 routes[0]: has no action"],
  ["{ match: { path: /a } }", "3:3 routes[0]: has no action"],
  ["{ prxy: app }", "3:5 routes[0].prxy: is not known here → proxy"],
  ["{ proxy_pass: app }", "3:5 routes[0].proxy_pass: is routes[0].proxy here"],
  ["{ proxy: app, respond: {} }", "3:17 routes[0].respond: has 2 actions: proxy, respond"],
  [
    "{ proxy: app, respond: { status: 1 } }",
    "3:17 routes[0].respond: has 2 actions: proxy, respond | 3:36 routes[0].respond.status: 1 is too small",
  ],
  ["{ proxy: ap }", '3:12 routes[0].proxy: no pool named "ap" → app'],
  ["{ proxy: { pool: xyz } }", '3:20 routes[0].proxy.pool: no pool named "xyz"'],
  ["{ respond: {}, policies: [{}] }", "3:29 routes[0].policies[0]: names no policy"],
  ["{ respond: {}, policies: [{ header: {} }] }", "3:31 routes[0].policies[0].header: is not known here → headers"],
  [
    "{ respond: {}, policies: [{ headers: { request: { ad: {} } } }] }",
    "3:53 routes[0].policies[0].headers.request.ad: is not known here → add",
  ],
];

describe("what is wrong with a route", () => {
  test.each(BAD_ROUTES)("%s", async (route, expected) => {
    const text = `pools: { app: { targets: ["127.0.0.1:1"] }, orders: { targets: ["127.0.0.1:2"] } }\nroutes:\n- ${route}\n`;
    expect(await folder.summaries("bad.yaml", text)).toEqual(expected.split(" | "));
  });
});

/** What would fix it, beside message and nearest word. */
const REMEDIES: ReadonlyArray<readonly [route: string, remedy: string]> = [
  ["{ match: { host: 10 }, respond: {} }", 'in quotes it is one: "10"'],
  ["{ respond: { body: true } }", 'in quotes it is one: "true"'],
  ["{ match: { host: '*' }, respond: {} }", "leave host out: then every host matches"],
  ["{ match: /a, respond: {} }", 'write { path: "/a" }'],
  [
    "{ match: 'Host(`a.b`) && PathPrefix(`/c/`) && Method(`GET`)', respond: {} }",
    'write { host: "a.b", path: "/c/*", method: "GET" }',
  ],
  ["{ respond: 404 }", "write { status: 404 }"],
  ["{ respond: hello }", 'write { body: "hello" }'],
  ["{ redirect: /a }", 'write { to: "/a" }'],
  ["{ redirect: { to: /a, keepQuery: 'yes' } }", 'write true; "yes" is a string'],
  ["{ static: { root: ., precompressed: 'Off' } }", 'write false; "Off" is a string'],
  [
    "{ proxy: 'http://10.0.0.1:80' }",
    'give the address to a pool, and its name here: pools: { app: { targets: ["10.0.0.1:80"] } }',
  ],
];

describe("what would fix a route", () => {
  test.each(REMEDIES)("%s", async (route, remedy) => {
    const problems = await folder.problems("bad.yaml", `routes:\n- ${route}\n`);
    expect(problems.map((problem) => problem.remedy)).toEqual([remedy]);
  });
});

describe("what would fix the rest", () => {
  test.each([
    ["pools: { a: ['10.0.0.1:80'] }", 'write { targets: ["10.0.0.1:80"] }', undefined],
    ["pools: { a: '10.0.0.1:80' }", 'write { targets: ["10.0.0.1:80"] }', undefined],
    ["accessLog: off", 'write false; "off" is a string', undefined],
    ["forwarding: { xRealIp: on }", 'write true; "on" is a string', undefined],
    ["listeners: [8080]", undefined, ":8080"],
    ["pools: { a: { targets: [3000] } }", undefined, "127.0.0.1:3000"],
    ["pools: { a: { targets: ['http://a.b:80/'] } }", undefined, "a.b:80"],
    ["pools: { a: { targets: ['a:1'], balance: leastconn } }", undefined, "least-connections"],
    ["pools: { a: { targets: ['a:1'], balance: least_conn } }", undefined, "least-connections"],
    ["pools: { a: { targets: ['a:1'], balance: roundrobin } }", undefined, "round-robin"],
    ["pools: { a: { targets: ['a:1'], balance: { algorithm: ip_hash } } }", undefined, "ip-hash"],
  ])("%s", async (line, remedy, nearest) => {
    const problems = await folder.problems("bad.yaml", `${ROUTE}\n${line}\n`);
    expect(problems.map((problem) => [problem.remedy, problem.nearest])).toEqual([[remedy, nearest]]);
  });
});

describe("what only the compiler sees", () => {
  test.each([
    [
      "{ match: { path: /a }, redirect: { to: '/${params.id}' } }",
      '3:42 routes[0].redirect.to: the route has no parameter ":id"; its path has none',
    ],
    [
      "{ match: { path: /a }, redirect: { to: 'ftp://x' } }",
      '3:42 routes[0].redirect.to: redirect to "ftp://x": begin with "https://", "http://", one "/" or "${path}"',
    ],
    [
      "{ match: { path: '/a/:b' }, proxy: { pool: app, rewrite: { path: '/:c' } } }",
      '3:51 routes[0].proxy.rewrite: the route has no parameter ":c"; there are :b',
    ],
    [
      "{ match: { path: ['/a/:b', '/c/:d'] }, respond: {} }",
      '3:14 routes[0].match.path: paths "/a/:b" and "/c/:d" of one route name their parameters differently',
    ],
  ])("%s", async (route, expected) => {
    const text = `pools: { app: { targets: ["127.0.0.1:1"] } }\nroutes:\n- ${route}\n`;
    expect(await folder.summaries("bad.yaml", text)).toEqual([expected]);
  });

  test("routes that match the same requests, each at its line", async () => {
    const route = (name: string, path: string): string =>
      `- { name: ${name}, match: { path: ${path} }, respond: {} }\n`;
    const text = `routes:\n${route("one", "/a")}${route("two", "/b")}${route("three", "/a")}${route("four", "/b")}`;
    const problems = await folder.problems("bad.yaml", text);
    expect(problems.map(({ line, path }) => [line, formatPath(path)])).toEqual([
      [4, "routes[2]"],
      [5, "routes[3]"],
    ]);
    expect(problems[0]!.message).toContain('routes "one" and "three" match the same requests');
    expect(problems[0]!.message).toContain("bad.yaml:2");
  });
});

test("all problems are told at once, in the order of the file", async () => {
  const text = `limits: { head: x }
pools:
  users: { targets: ["127.0.0.1:1"], balanc: a }
routes:
  - { name: a, proxy: usrs }
  - { name: a, respond: { status: 1 }, redirect: { to: /a } }
timeout: { head: 1s }
`;
  expect(await folder.summaries("bad.yaml", text)).toEqual([
    '1:17 limits.head: "x" is not a size',
    "3:38 pools.users.balanc: is not known here → balance",
    '5:23 routes[0].proxy: no pool named "usrs" → users',
    `6:5 routes[1]: routes "a" and "a" match the same requests (host *, path /*), the first in /bad.yaml:5`,
    '6:13 routes[1].name: routes[0] in line 5 is named "a" already',
    "6:35 routes[1].respond.status: 1 is too small",
    "6:40 routes[1].redirect: has 2 actions: respond, redirect",
    "7:1 timeout: is not known here → timeouts",
  ]);
});

describe("the same in every format", () => {
  test("JSON", async () => {
    const text = '{\n  "pools": { "users": { "targets": ["127.0.0.1:1"] } },\n  "routes": [{ "proxy": "usrs" }]\n}';
    expect(await folder.summaries("bad.json", text)).toEqual(['3:25 routes[0].proxy: no pool named "usrs" → users']);
  });

  test("TypeScript", async () => {
    const text = `import { defineConfig, route } from "roundtrip-edge";
export default defineConfig({
  pools: { users: { targets: ["127.0.0.1:1"] } },
  routes: [
    // The second is wrong.
    route("/a", { proxy: "users" }),
    route("/b", { proxy: "usrs" }),
  ],
});`;
    expect(await folder.summaries("bad.ts", text)).toEqual(['7:26 routes[1].proxy: no pool named "usrs" → users']);
  });

  test("a value without a file", () => {
    const bad = { routes: [{ proxy: "usrs" }] } satisfies Config;
    expect(() => loadValue(bad, "the program")).toThrow('the program  routes[0].proxy: no pool named "usrs"');
  });
});

describe("files that cannot be read", () => {
  test.each([
    ["bad.yaml", "routes: [\n  - a", "2:3"],
    ["bad.yaml", "a: 1\nb: 2\na: 3", "3:1 : map keys must be unique"],
    ["bad.yaml", "routes:\n  - respond: {}\n - x", "3:"],
    ["bad.yaml", "routes: *nothing", '1:9 : no anchor is called "nothing"'],
    ["bad.yaml", "5", "1:1 : 5 is not an object"],
    ["bad.yaml", "", "0:0 : the file is empty"],
    ["bad.yaml", "# later\n", "0:0 : the file holds nothing but null or comments"],
    ["bad.json", "null", "0:0 : the file holds nothing but null or comments"],
    [
      "bad.ts",
      "export default () => undefined;",
      "0:0 : the default export is undefined, or a function that returns it",
    ],
    ["bad.ts", "export default null;", "0:0 : the default export is null, or a function that returns it"],
    ["bad.ts", "", "0:0 : there is no default export"],
    ["bad.json", '{ "routes": [], }', "1:17 : a name in double quotes is expected"],
    ["bad.json", '{ "routes": [],\n "routes": [] }', '2:2 : the name "routes" appears twice'],
    ["bad.json", "{ routes: [] }", "1:3 : a name in double quotes is expected"],
    ["bad.ts", "export default {\n  routes: [}\n};", "2:12 : "],
    [
      "bad.ts",
      "const a: string = 'x';\nfunction f(): never {\n  throw new Error('on purpose');\n}\nexport default f();",
      "3:13 : on purpose",
    ],
    ["bad.ts", "export const routes = [];", "0:0 : there is no default export"],
    ["bad.ts", "export default async () => { throw new TypeError('later'); };", "1:40 : later"],
    ["bad.ts", "import './nowhere.ts';\nexport default {};", "1:8 : Cannot find module './nowhere.ts'"],
    ["bad.toml", "routes = []", '0:0 : unsupported file type ".toml"'],
  ])("%s: %p", async (name, text, expected) => {
    const found = await folder.summaries(name, text);
    expect(found[0]).toStartWith(expected);
  });

  test("an alias bomb", async () => {
    const lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"];
    for (let level = 1; level < 9; level++) {
      const before = "abcdefghij"[level - 1]!;
      lines.push(`${"abcdefghij"[level]!}: &${"abcdefghij"[level]!} [${Array(10).fill(`*${before}`).join(", ")}]`);
    }
    expect((await folder.summaries("bomb.yaml", lines.join("\n")))[0]).toContain("alias");
  });

  test("a syntax error in an imported file names that file", async () => {
    const imported = folder.write("imported.ts", "export const a = {\n  b: @,\n};");
    const [problem] = await folder.problems("bad.ts", `import { a } from "./imported.ts";\nexport default a;`);
    expect(problem).toMatchObject({ file: imported, line: 2, sourceLine: "  b: @," });
  });

  test("a file that is not there", async () => {
    await expect(loadConfig(`${folder.path}/missing.yaml`)).rejects.toThrow(ConfigError);
    await expect(loadConfig(`${folder.path}/missing.yaml`)).rejects.toThrow("missing.yaml  there is no such file");
  });
});
