/** What is wrong with a pool: targets, balance, stickiness, health. */
import { afterAll, describe, expect, test } from "bun:test";
import { TestFolder } from "../../config/files-for-tests.ts";
import { loadValue } from "../../config/load.ts";

const folder = new TestFolder();
afterAll(() => folder.remove());

const POOLS: ReadonlyArray<readonly [string, string]> = [
  ["pools: { a: {} }", "2:10 pools.a.targets: is missing"],
  ["pools: { a: { targets: [] } }", "2:15 pools.a.targets: is empty"],
  [
    "pools: { a: { targets: [x:1], sticky: true }, b: { targets: [y:1], sticky: { maxAge: 1h } } }",
    "2:68 pools.b.sticky.cookie: rt-target is the cookie of pool a already, and each would replace the other",
  ],
  [
    "{ admin: false, pools: { a: { targets: [x:1, { admin: true }] } } }",
    "2:55 pools.a.targets[1].admin: the admin API is off",
  ],
  ['pools: { a b: { targets: ["x:1"] } }', '2:10 pools["a b"]: "a b" cannot be a name here'],
];

describe("what is wrong with pools", () => {
  test.each(POOLS)("%s", async (line, expected) => {
    const text = line.startsWith("{")
      ? `# One line\n${line.replace(/}$/, ", routes: [] }")}\n`
      : `routes: []\n${line}\n`;
    expect(await folder.summaries("bad.yaml", text)).toEqual([expected]);
  });

  test("but two cookies of one name may have two paths", () => {
    const targets = ["127.0.0.1:1"];
    const pools = { a: { targets, sticky: true }, b: { targets, sticky: { path: "/b" } } };
    expect(loadValue({ pools, routes: [] }, "test").config.pools.size).toBe(2);
  });
});

/** One entry of `targets`, from column 13. */
const TARGETS: ReadonlyArray<readonly [string, string]> = [
  ["8080", "13 targets[0]: 8080 is not an address → 127.0.0.1:8080"],
  ['":80"', '13 targets[0]: ":80" has no host'],
  ['"x:0"', '13 targets[0]: "x:0" has no usable port'],
  ['"x:1", "X:1"', "20 targets[1]: x:1 is a target of this pool already"],
  ["{ adress: x:1 }", "15 targets[0].adress: is not known here → address"],
  ["{}", "13 targets[0]: names no target"],
  ["{ weight: 2 }", "13 targets[0]: names no target"],
  ["{ address: x:1, weight: 257 }", "37 targets[0].weight: 257 is too large"],
  ["{ address: x:1, weight: -1 }", "37 targets[0].weight: -1 is too small"],
  ["{ address: x:1, priority: 16 }", "39 targets[0].priority: 16 is too large"],
  ["{ address: x:1, mode: drained }", '35 targets[0].mode: "drained" is not known here → drain'],
  ["{ address: x:1, backup: 1 }", "37 targets[0].backup: 1 is not a boolean"],
  ["{ address: x:1, refresh: {} }", "29 targets[0].refresh: cannot be combined with address"],
  ["{ address: x:1, dns: y:1 }", "34 targets[0].dns: has 2 kinds: address, dns"],
  ["{ dns: users }", '20 targets[0].dns: "users" has no port'],
  ["{ dns: 10.0.0.1:80 }", "20 targets[0].dns: is an address and needs no DNS"],
  ['{ dns: "[::1]:80" }', "20 targets[0].dns: is an address and needs no DNS"],
  ["{ dns: u:1 }, { dns: U:1, weight: 2 }", "27 targets[1]: dns u:1 is a source of this pool already"],
  ["{ dns: u:1, refresh: { minimum: 1m, maximum: 1s } }", "58 targets[0].refresh.maximum: is shorter than minimum"],
  ["{ dns: u:1, refresh: { min: 1m } }", "36 targets[0].refresh.min: is not known here"],
  ["{ dns: u:1, refresh: { minimum: 1ms } }", '45 targets[0].refresh.minimum: "1ms" is too short'],
  ["{ srv: _http._tcp.u:80 }", '20 targets[0].srv: "_http._tcp.u:80" has a port, which the records say → _http._tcp.u'],
  ["{ srv: a b }", '20 targets[0].srv: "a b" is not a name'],
  [
    "{ srv: _http._tcp.u, weight: 2, mode: drain }",
    "34 targets[0].weight: cannot be combined with srv | 45 targets[0].mode: cannot be combined with srv",
  ],
  ['{ file: "" }', "21 targets[0].file: is empty"],
  ["{ file: a.json }, { file: ./a.json }", "31 targets[1]: file a.json is a source of this pool already"],
  ["{ file: a.json, backup: true }", "29 targets[0].backup: cannot be combined with file"],
  ["{ admin: false }", "22 targets[0].admin: false is not allowed here"],
  ["{ admin: true }, { admin: true }", "30 targets[1]: admin is a source of this pool already"],
];

describe("what is wrong with targets", () => {
  test.each(TARGETS)("%s", async (entries, expected) => {
    const text = `pools:\n a:\n  targets: [${entries}]\nroutes: [{ proxy: a }]\n`;
    const found = await folder.summaries("bad.yaml", text);
    expect(found).toEqual(expected.split(" | ").map((line) => line.replace(/^(\d+) /, "3:$1 pools.a.")));
  });
});

/** A line of a pool with two targets, from column 3. */
const OPTIONS: ReadonlyArray<readonly [string, string]> = [
  // Moved
  [
    "connections: { maxFailures: 2, rest: 5s }",
    "18 connections.maxFailures: has moved to pools.a.health.passive.maxFails | " +
      "34 connections.rest: has moved to pools.a.health.passive.rest",
  ],
  ["connections: { maxFailure: 2 }", "18 connections.maxFailure: is not known here"],
  // Balance
  ["balance: least", '12 balance: "least" is not known here'],
  ["balance: round-robbin", '12 balance: "round-robbin" is not known here → round-robin'],
  ["balance: {}", "3 balance.algorithm: is missing"],
  ["balance: { algorithm: ring-hsah }", '25 balance.algorithm: "ring-hsah" is not known here → ring-hash'],
  [
    "balance: { algorithm: least-time, key: client, boundedLoad: 2, virtualNodes: 5, tableSize: 7 }",
    "37 balance.key: cannot be combined with least-time | 50 balance.boundedLoad: cannot be combined with least-time | " +
      "66 balance.virtualNodes: cannot be combined with least-time | 83 balance.tableSize: cannot be combined with least-time",
  ],
  ["balance: { algorithm: ip-hash, key: path }", "34 balance.key: cannot be combined with ip-hash"],
  ["balance: { algorithm: ring-hash, tableSize: 7 }", "36 balance.tableSize: cannot be combined with ring-hash"],
  ["balance: { algorithm: maglev, virtualNodes: 7 }", "33 balance.virtualNodes: cannot be combined with maglev"],
  ["balance: { algorithm: maglev, tableSize: 65536 }", "44 balance.tableSize: 65536 is not a prime → 65537"],
  ["balance: { algorithm: maglev, tableSize: 1 }", "44 balance.tableSize: 1 is not a prime → 2"],
  ["balance: { algorithm: maglev, key: pth }", '38 balance.key: "pth" is not a key → path'],
  ["balance: { algorithm: maglev, key: { cokie: a } }", '33 balance.key: no key is called "cokie" → cookie'],
  ["balance: { algorithm: maglev, key: { cookie: a b } }", `33 balance.key: "a b" is not a cookie's name`],
  ["balance: { algorithm: maglev, key: { query: '' } }", '33 balance.key: query is ""'],
  ["balance: { algorithm: maglev, boundedLoad: 1 }", "46 balance.boundedLoad: 1 is not a limit"],
  ["slowStart: 2h", '14 slowStart: "2h" is too long'],
  // Sticky
  ["sticky: 5", "11 sticky: 5 is not allowed here"],
  ["sticky: { cookie: a b }", '21 sticky.cookie: "a b" is not a cookie\'s name'],
  ["sticky: { sameSite: lax }", '23 sticky.sameSite: "lax" is not known here → Lax'],
  ["sticky: { sameSite: None }", "23 sticky.sameSite: browsers refuse None without secure"],
  ["sticky: { cookie: __Secure-a }", '21 sticky.cookie: browsers refuse "__Secure-a" without secure'],
  [
    "sticky: { cookie: __Host-a, secure: true, path: /a }",
    '21 sticky.cookie: browsers refuse "__Host-a" with a path or domain',
  ],
  ["sticky: { path: a }", '19 sticky.path: "a" is not a path of a cookie'],
  ["sticky: { path: /a;b }", '19 sticky.path: "/a;b" is not a path of a cookie'],
  ["sticky: { domain: a:1 }", '21 sticky.domain: "a:1" is not a domain'],
  ["sticky: { maxAge: 401d }", '21 sticky.maxAge: "401d" is too long'],
  ["sticky: { secret: short }", "21 sticky.secret: has 5 characters"],
  // Health
  ["health: { check: htp }", '20 health.check: "htp" is not known here → http'],
  ["health: { check: { path: /a } }", "13 health.check.kind: is missing"],
  ["health: { check: { kind: udp } }", '28 health.check.kind: "udp" is not known here'],
  [
    "health: { check: { kind: tcp, path: /a, tls: true } }",
    "33 health.check.path: cannot be combined with tcp | 43 health.check.tls: cannot be combined with tcp",
  ],
  ["health: { check: { kind: http, service: a } }", "34 health.check.service: cannot be combined with http"],
  ["health: { check: { kind: tls, tls: false } }", "38 health.check.tls: a tls check goes over TLS"],
  ["health: { check: { kind: http, path: healthz } }", '40 health.check.path: "healthz" does not begin with "/"'],
  ["health: { check: { kind: http, path: '/a#b' } }", '40 health.check.path: "/a#b" holds what a path cannot hold'],
  ["health: { check: { kind: http, method: get } }", '42 health.check.method: "get" is not a method → GET'],
  ["health: { check: { kind: http, host: a/b } }", '40 health.check.host: "a/b" is not a host'],
  ["health: { check: { kind: http, version: 3 } }", "43 health.check.version: 3 is not known here"],
  [
    "health: { check: { kind: http, status: 99 } }",
    "42 health.check.status: 99 is not a status or a range of statuses",
  ],
  [
    "health: { check: { kind: http, status: 100-299 } }",
    '42 health.check.status: "100-299" is not a status of a response',
  ],
  [
    "health: { check: { kind: http, status: 399-200 } }",
    '42 health.check.status: "399-200" ends before it begins → 200-399',
  ],
  [
    "health: { check: { kind: http, status: [200, 2xx] } }",
    '34 health.check.status: "2xx" is not a status or a range of statuses',
  ],
  ["health: { check: { kind: http, status: [] } }", "34 health.check.status: is empty"],
  ["health: { check: { kind: http, body: '' } }", '40 health.check.body: "" is not a test of a body'],
  [
    "health: { check: { kind: http, body: { regexp: a } } }",
    '34 health.check.body: {"regexp":"a"} is not a test of a body',
  ],
  [
    "health: { check: { kind: http, body: { regex: ( } } }",
    '34 health.check.body: "(" is not a regular expression: missing )',
  ],
  ["health: { check: { kind: http, method: HEAD, body: ok } }", "48 health.check.body: a response to HEAD has no body"],
  [
    "health: { check: { kind: http, tls: { serverName: a b } } }",
    '53 health.check.tls.serverName: "a b" is not a name',
  ],
  ["health: { check: { kind: http, tls: { verfy: true } } }", "41 health.check.tls.verfy: is not known here → verify"],
  ["health: { check: { kind: tcp, interval: 10ms } }", '43 health.check.interval: "10ms" is too short'],
  ["health: { check: { kind: tcp, rise: 0 } }", "39 health.check.rise: 0 is too small"],
  ["health: { check: { kind: tcp, jitter: 1.5 } }", "41 health.check.jitter: 1.5 is not a share"],
  ["health: { passive: true }", "22 health.passive: true is not allowed here"],
  ["health: { passive: { maxFail: 1 } }", "24 health.passive.maxFail: is not known here → maxFails"],
  ["health: { passive: { rest: 1m, maxRest: 30s } }", "43 health.passive.maxRest: is shorter than rest"],
  [
    "health: { passive: { statuses: 5xx } }",
    '34 health.passive.statuses: "5xx" is not a status or a range of statuses',
  ],
  ["health: { panic: 50 }", "20 health.panic: 50 is not a share"],
  ["drain: 2d", '10 drain: "2d" is too long'],
  ["retry: { budget: 2 }", "20 retry.budget: 2 is not a share"],
];

describe("what is wrong with the options of a pool", () => {
  test.each(OPTIONS)("%s", async (line, expected) => {
    const text = `pools:\n a:\n  ${line}\n  targets: ["x:1", "y:1"]\nroutes: [{ proxy: a }]\n`;
    const found = await folder.summaries("bad.yaml", text);
    expect(found).toEqual(expected.split(" | ").map((problem) => problem.replace(/^(\d+) /, "3:$1 pools.a.")));
  });

  test("round robin with weights", async () => {
    const text = "pools: { a: { balance: round-robin, targets: [{ address: x:1, weight: 2 }] } }\nroutes: []\n";
    expect(await folder.summaries("bad.yaml", text)).toEqual([
      "1:24 pools.a.balance: round-robin ignores the weights of the targets → weighted-round-robin",
    ]);
  });

  test("a table with fewer entries than targets", async () => {
    const text =
      'pools: { a: { balance: { algorithm: maglev, tableSize: 2 }, targets: ["x:1", "x:2", "x:3"] } }\nroutes: []\n';
    expect(await folder.summaries("bad.yaml", text)).toEqual([
      "1:56 pools.a.balance.tableSize: 2 entries are too few for 3 targets",
    ]);
  });

  test("a secret is not repeated", async () => {
    const text = "pools: { a: { sticky: { secret: hunter2 }, targets: [x:1] } }\nroutes: []\n";
    const [problem] = await folder.problems("bad.yaml", text);
    expect(JSON.stringify(problem)).not.toContain("hunter2");
  });

  test("what moved names its new place as what is expected", async () => {
    const text = "pools: { a-b: { connections: { rest: 1s }, targets: [x:1] } }\nroutes: []\n";
    const [problem] = await folder.problems("bad.yaml", text);
    expect(problem).toMatchObject({ line: 1, column: 32, expected: 'pools["a-b"].health.passive.rest' });
  });

  test("in TypeScript, at its line", async () => {
    const text = `import { pool } from "roundtrip-edge";
export default {
  pools: {
    a: pool({ dns: "users.internal:80", refresh: { minimum: "1s" } }, {
      health: { check: { kind: "http", body: /ok/, fall: 0 } },
    }),
  },
  routes: [],
};`;
    const [problem, ...others] = await folder.problems("bad.ts", text);
    expect(problem).toMatchObject({
      line: 5,
      column: 58,
      message: "0 is too small",
      expected: "a whole number from 1 to 100",
    });
    expect(others).toEqual([]);
  });
});
