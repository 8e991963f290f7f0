import { afterAll, describe, expect, test } from "bun:test";
import { TestFolder } from "./files-for-tests.ts";
import { loadConfig, loadValue } from "./load.ts";
import { ConfigError, formatPath } from "../schema/problem.ts";
import type { Config } from "./config.ts";

const folder = new TestFolder();
afterAll(() => folder.remove());

/** Place, path, message and nearest word of each problem, in one line. */
async function summaries(name: string, text: string): Promise<string[]> {
  const problems = await folder.problems(name, text);
  return problems.map(({ line, column, path, message, nearest }) => {
    const hint = nearest === undefined ? "" : ` → ${nearest}`;
    return `${line}:${column} ${formatPath(path)}: ${message}${hint}`;
  });
}

const ROUTE = "routes: [{ respond: {} }]";

/** One bad line below a good one, and what is said of it. */
const BAD: ReadonlyArray<readonly [string, string]> = [
  // Unknown keys
  ["limit: { head: 1KB }", "2:1 limit: is not known here → limits"],
  ["limits: { heads: 1KB }", "2:11 limits.heads: is not known here → head"],
  ["timeouts: { keepalive: 5s }", "2:13 timeouts.keepalive: is not known here → keepAlive"],
  ["banana: 1", "2:1 banana: is not known here"],
  // Durations and sizes
  ["timeouts: { head: 10x }", '2:19 timeouts.head: "10x" is no duration'],
  ["timeouts: { head: 0 }", "2:19 timeouts.head: 0 is too short"],
  ["timeouts: { head: 25h }", '2:19 timeouts.head: "25h" is too long'],
  ["timeouts: { head: -5 }", "2:19 timeouts.head: -5 is no duration"],
  ["timeouts: { head: [1] }", "2:13 timeouts.head: [1] is no duration"],
  ["limits: { body: 10XB }", '2:17 limits.body: "10XB" is no size'],
  ["limits: { head: none }", '2:17 limits.head: "none" is no size'],
  ["limits: { head: 2MB }", '2:17 limits.head: "2MB" is too large'],
  ["limits: { fields: 1001 }", "2:19 limits.fields: 1001 is too large"],
  ["limits: { fields: 1.5 }", "2:19 limits.fields: 1.5 is no whole number"],
  // Addresses
  ["listeners: [8080]", "2:13 listeners[0]: 8080 is no address"],
  ['listeners: ["1.2.3.4"]', '2:13 listeners[0]: "1.2.3.4" has no port'],
  ['listeners: [":80", "a:0", "0.0.0.0:80", "a:0"]', "2:27 listeners[2]: 0.0.0.0:80 is listened on already"],
  ["listeners: []", "2:1 listeners: is empty"],
  [
    'listeners: [{ adress: "a:1" }]',
    "2:13 listeners[0].address: is missing | 2:15 listeners[0].adress: is not known here → address",
  ],
  [
    "trustedProxies: [10.0.0.0/33]",
    '2:18 trustedProxies[0]: "10.0.0.0/33" has no valid prefix length: 0 to 32 is expected behind the "/"',
  ],
  ["trustedProxies: 10.0.0.0/8", '2:17 trustedProxies: "10.0.0.0/8" is no array'],
  // The rest of the edge
  ["accessLog: true", "2:12 accessLog: true is not allowed here"],
  ["accessLog: { format: jsn }", '2:22 accessLog.format: "jsn" is not known here → json'],
  ['admin: { address: "0.0.0.0:1" }', '2:19 admin.address: "0.0.0.0:1" can be reached from other machines'],
  ["admin: { token: short }", "2:17 admin.token: has 5 characters"],
  ['admin: { token: "0123456789 abcdef" }', "2:17 admin.token: is no token"],
  ["forwarding: { via: a b }", '2:20 forwarding.via: "a b" is no pseudonym'],
  ["forwarding: { forwarded: yes }", '2:26 forwarding.forwarded: "yes" is no boolean'],
  ["trace: { ring: 0 }", "2:16 trace.ring: 0 is too small"],
];

describe("what is wrong beside the routes", () => {
  test.each(BAD)("%s", async (line, expected) => {
    expect(await summaries("bad.yaml", `${ROUTE}\n${line}\n`)).toEqual(expected.split(" | "));
  });
});

/** One bad route, as a YAML flow map from column 3 of line 3, and what is said of it. */
const BAD_ROUTES: ReadonlyArray<readonly [string, string]> = [
  // Actions
  ["{}", "3:3 routes[0]: has no action"],
  ["{ match: { path: /a } }", "3:3 routes[0]: has no action"],
  ["{ prxy: app }", "3:5 routes[0].prxy: is not known here → proxy"],
  ["{ proxy: app, respond: {} }", "3:17 routes[0].respond: has 2 actions: proxy, respond"],
  [
    "{ proxy: app, respond: { status: 1 } }",
    "3:17 routes[0].respond: has 2 actions: proxy, respond | 3:36 routes[0].respond.status: 1 is too small",
  ],
  // Proxy
  ["{ proxy: ap }", '3:12 routes[0].proxy: no pool named "ap" → app'],
  ["{ proxy: { pool: xyz } }", '3:20 routes[0].proxy.pool: no pool named "xyz"'],
  ["{ proxy: { pool: app, rewrite: {} } }", "3:25 routes[0].proxy.rewrite: says nothing"],
  [
    "{ proxy: { pool: app, rewrite: { path: /a, addPrefix: /b } } }",
    "3:25 routes[0].proxy.rewrite: has both path and a prefix",
  ],
  [
    "{ proxy: { pool: app, rewrite: { addPrefix: b } } }",
    '3:47 routes[0].proxy.rewrite.addPrefix: "b" does not begin with "/"',
  ],
  // Respond, redirect, static, handler
  ["{ respond: { status: 99 } }", "3:24 routes[0].respond.status: 99 is too small"],
  ["{ respond: { status: 204, body: a } }", "3:35 routes[0].respond.body: a 204 response has no body"],
  [
    '{ respond: { fields: { "a b": c } } }',
    '3:26 routes[0].respond.fields["a b"]: "a b" is not a field name: use letters, digits and !#$%&\'*+-.^_`|~ (RFC 9110 §5.1)',
  ],
  ["{ respond: { fields: { date: c } } }", "3:26 routes[0].respond.fields.date: Date is written by the edge itself"],
  [
    '{ respond: { fields: { a: "b\\nc" } } }',
    "3:29 routes[0].respond.fields.a: a field value can not hold a line break (RFC 9110 §5.5)",
  ],
  ["{ redirect: {} }", "3:5 routes[0].redirect.to: is missing"],
  ["{ redirect: { to: /a, status: 300 } }", "3:33 routes[0].redirect.status: 300 is not known here"],
  ["{ static: nowhere }", `3:13 routes[0].static.root: no folder ${folder.path}/nowhere`],
  ['{ static: { root: ".", index: [../a] } }', '3:34 routes[0].static.index[0]: "../a" leads out of the root'],
  ['{ static: { root: ".", symlinks: outside } }', '3:36 routes[0].static.symlinks: "outside" is not known here'],
  [
    '{ static: { root: ".", symlinks: insides } }',
    '3:36 routes[0].static.symlinks: "insides" is not known here → inside',
  ],
  ["{ handler: x }", '3:14 routes[0].handler: "x" is no function'],
  // Match
  ["{ match: { path: a }, respond: {} }", '3:20 routes[0].match.path: path "a" does not begin with "/"'],
  [
    "{ match: { path: [/a, /*/b] }, respond: {} }",
    '3:25 routes[0].match.path[1]: path "/*/b" has a "*" that is not its whole last segment',
  ],
  ["{ match: { path: [] }, respond: {} }", "3:14 routes[0].match.path: is empty"],
  ['{ match: { host: "a.test:80" }, respond: {} }', '3:20 routes[0].match.host: "a.test:80" is no host name → a.test'],
  ["{ match: { host: a.*.test }, respond: {} }", '3:20 routes[0].match.host: "a.*.test" is no host name'],
  ["{ match: { method: get }, respond: {} }", '3:22 routes[0].match.method: "get" is no method → GET'],
  ["{ match: { method: [GET, a b] }, respond: {} }", '3:28 routes[0].match.method[1]: "a b" is no method'],
  [
    "{ match: { client: shop.test }, respond: {} }",
    '3:22 routes[0].match.client: "shop.test" is not an IPv4 or IPv6 address or network, such as "192.0.2.0/24"',
  ],
  [
    "{ match: { field: { a b: true } }, respond: {} }",
    '3:23 routes[0].match.field["a b"]: "a b" can not be a name here',
  ],
  [
    "{ match: { query: { a: { regex: ( } } }, respond: {} }",
    '3:23 routes[0].match.query.a: "(" is no regular expression: missing )',
  ],
  [
    "{ match: { query: { a: { prefx: b } } }, respond: {} }",
    '3:23 routes[0].match.query.a: no test is called "prefx" → prefix',
  ],
  ["{ match: { query: { a: 5 } }, respond: {} }", "3:26 routes[0].match.query.a: 5 is no test"],
  ['{ match: { cookie: { a: { contains: "" } } }, respond: {} }', '3:24 routes[0].match.cookie.a: contains is ""'],
  // Policies
  ["{ respond: {}, policies: [{}] }", "3:29 routes[0].policies[0]: names no policy"],
  ["{ respond: {}, policies: [{ header: {} }] }", "3:31 routes[0].policies[0].header: is not known here → headers"],
  [
    "{ respond: {}, policies: [{ headers: { request: { ad: {} } } }] }",
    "3:53 routes[0].policies[0].headers.request.ad: is not known here → add",
  ],
  ['{ name: "a\\n", respond: {} }', '3:11 routes[0].name: "a\\n" is no route name'],
];

describe("what is wrong with a route", () => {
  test.each(BAD_ROUTES)("%s", async (route, expected) => {
    const text = `pools: { app: { targets: ["127.0.0.1:1"] }, orders: { targets: ["127.0.0.1:2"] } }\nroutes:\n- ${route}\n`;
    expect(await summaries("bad.yaml", text)).toEqual(expected.split(" | "));
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
    expect(await summaries("bad.yaml", text)).toEqual([expected]);
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
  expect(await summaries("bad.yaml", text)).toEqual([
    '1:17 limits.head: "x" is no size',
    "3:38 pools.users.balanc: is not known here → balance",
    '5:23 routes[0].proxy: no pool named "usrs" → users',
    `6:5 routes[1]: routes "a" and "a" match the same requests (host *, path /*), the first in ${folder.path}/bad.yaml:5`,
    '6:13 routes[1].name: routes[0] in line 5 is named "a" already',
    "6:35 routes[1].respond.status: 1 is too small",
    "6:40 routes[1].redirect: has 2 actions: respond, redirect",
    "7:1 timeout: is not known here → timeouts",
  ]);
});

describe("the same in every format", () => {
  test("JSON", async () => {
    const text = '{\n  "pools": { "users": { "targets": ["127.0.0.1:1"] } },\n  "routes": [{ "proxy": "usrs" }]\n}';
    expect(await summaries("bad.json", text)).toEqual(['3:25 routes[0].proxy: no pool named "usrs" → users']);
  });

  test("TypeScript", async () => {
    const text = `import { defineConfig, route } from "roundtrip";
export default defineConfig({
  pools: { users: { targets: ["127.0.0.1:1"] } },
  routes: [
    // The second is wrong.
    route("/a", { proxy: "users" }),
    route("/b", { proxy: "usrs" }),
  ],
});`;
    expect(await summaries("bad.ts", text)).toEqual(['7:26 routes[1].proxy: no pool named "usrs" → users']);
  });

  test("a value without a file", () => {
    const bad = { routes: [{ proxy: "usrs" }] } satisfies Config;
    expect(() => loadValue(bad, "the program")).toThrow('the program  routes[0].proxy: no pool named "usrs"');
  });
});

describe("files that can not be read", () => {
  test.each([
    ["bad.yaml", "routes: [\n  - a", "2:3"],
    ["bad.yaml", "a: 1\nb: 2\na: 3", "3:1 : map keys must be unique"],
    ["bad.yaml", "routes:\n  - respond: {}\n - x", "3:"],
    ["bad.yaml", "routes: *nothing", '1:9 : no anchor is called "nothing"'],
    ["bad.yaml", "5", "1:1 : 5 is no object"],
    ["bad.yaml", "", "0:0 : null is no object"],
    ["bad.json", '{ "routes": [], }', "1:17 : a name in double quotes is expected"],
    ["bad.json", '{ "routes": [],\n "routes": [] }', '2:2 : the name "routes" stands here twice'],
    ["bad.json", "{ routes: [] }", "1:3 : a name in double quotes is expected"],
    ["bad.ts", "export default {\n  routes: [}\n};", "2:12 : "],
    [
      "bad.ts",
      "const a: string = 'x';\nfunction f(): never {\n  throw new Error('on purpose');\n}\nexport default f();",
      "3:13 : on purpose",
    ],
    ["bad.ts", "export const routes = [];", "0:0 : there is no default export"],
    ["bad.ts", "export default async () => { throw new TypeError('later'); };", "1:40 : later"],
    ["bad.ts", "import './nowhere.ts';\nexport default {};", "0:0 : Cannot find module './nowhere.ts'"],
    ["bad.toml", "routes = []", "0:0 : .toml is no kind of config"],
  ])("%s: %p", async (name, text, expected) => {
    const found = await summaries(name, text);
    expect(found[0]).toStartWith(expected);
  });

  test("an alias bomb", async () => {
    const lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"];
    for (let level = 1; level < 9; level++) {
      const before = "abcdefghij"[level - 1]!;
      lines.push(`${"abcdefghij"[level]!}: &${"abcdefghij"[level]!} [${Array(10).fill(`*${before}`).join(", ")}]`);
    }
    expect((await summaries("bomb.yaml", lines.join("\n")))[0]).toContain("alias");
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
