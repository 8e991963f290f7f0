/** One mistake of every kind, all of them told at once. */
import { afterAll, expect, test } from "bun:test";
import { TestFolder } from "./files-for-tests.ts";
import { formatPath } from "../schema/problem.ts";

const folder = new TestFolder();
afterAll(() => folder.remove());

const CONFIG = `limit: { head: 1KB }
listeners: [":80", "0.0.0.0:80", 8080]
limits: { head: 1XB, body: 2TB }
timeouts: { keepalive: 5s, head: 0 }
trustedProxies: [10.0.0.0/33]
accessLog: { format: jsn }
admin: { address: "0.0.0.0:1", token: hunter1 }
forwarding: { via: a b }
trace: { ring: 0 }
pools:
  users:
    targets: ["x:1", "X:1", { adress: "y:1" }, { address: "z:1", refresh: {} }, { dns: "10.0.0.1:1" }, { srv: "a:1" }]
    connections: { maxFailures: 2 }
    sticky: true
    health: { check: { kind: tcp, path: /a, interval: 1ms }, passive: { rest: 1m, maxRest: 30s }, panic: 2 }
  orders:
    targets: [{ address: "x:1", weight: 2 }]
    balance: round-robin
    sticky: { sameSite: None, cookie: rt-target }
    timeouts: { connect: 2h }
  carts:
    targets: ["x:1", "y:1", "z:1"]
    balance: { algorithm: maglev, tableSize: 2, virtualNodes: 5 }
    sticky: { cookie: rt-target }
  tables:
    targets: ["x:1", "y:1", "z:1"]
    balance: { algorithm: maglev, tableSize: 2 }
    sticky: { maxAge: 401d }
  a b: { targets: ["x:1"] }
routes:
  - { name: one, match: { path: /a }, proxy: usrs }
  - { name: one, match: { path: /b }, respond: { status: 204, body: no, fields: { "a b": c } } }
  - { match: { path: /a, method: get }, proxy: users }
  - { match: { path: /a }, redirect: { to: "/\${params.id}", status: 300 } }
  - { match: { path: "/c/:d" }, proxy: { pool: users, rewrite: { path: "/:e" } } }
  - { match: { path: ["/d/:e", "/f/:g"] }, static: nowhere }
  - { match: { path: /h }, respond: {}, redirect: { to: ftp } }
  - { match: { path: /i } }
  - { match: { path: /j }, handler: 5, policies: [{ header: {} }, { headers: { request: { set: { Host: "\${x}" } } } }] }
  - { match: { path: /k }, prxy: users }
  - { match: { path: /l }, doh: yes }
dns:
  listeners: [127.0.0.1:53, { tls: 127.0.0.1:53 }, { tsl: 127.0.0.1:1 }]
  geo: 5
  keys:
    xfr: { secret: { file: nowhere.secret } }
    old: { secret: AAAAAAAAAAA=, algorithm: hmac-sha1 }
    bad: { secret: hunter2, algorithm: md5 }
  zones:
    shop.test:
      records: {}
      transfer: { allow: [{ key: xfrr }, {}], notify: [{ address: 10.0.0.1, key: old }] }
      steering:
        a: { alias: b.c, minimumTtl: 2m, maximumTtl: 1m }
        b: { pops: { x: { addresses: [192.0.2], health: shp } } }
        c.other.: { alias: b.c }
    SHOP.test.: { file: a, ttl: 1h }
    10.0.0.0/24: { reverse: shop.tst }
`;

/** Line, column, path, message and nearest word. */
const EXPECTED: readonly string[] = [
  "1:1 limit: is not known here → limits",
  "2:20 listeners[1]: 0.0.0.0:80 is listened on already",
  "2:34 listeners[2]: 8080 is not an address → :8080",
  '3:17 limits.head: "1XB" is not a size',
  '3:28 limits.body: "2TB" is too large',
  "4:13 timeouts.keepalive: is not known here → keepAlive",
  "4:34 timeouts.head: 0 is too short",
  '5:18 trustedProxies[0]: "10.0.0.0/33" has no valid prefix length: 0 to 32 is expected behind the "/"',
  '6:22 accessLog.format: "jsn" is not known here → json',
  '7:19 admin.address: "0.0.0.0:1" can be reached from other machines',
  "7:39 admin.token: has 7 characters",
  '8:20 forwarding.via: "a b" is not a pseudonym',
  "9:16 trace.ring: 0 is too small",
  "12:22 pools.users.targets[1]: x:1 is a target of this pool already",
  "12:31 pools.users.targets[2].adress: is not known here → address",
  "12:66 pools.users.targets[3].refresh: cannot be combined with address",
  "12:88 pools.users.targets[4].dns: is an address and needs no DNS",
  '12:111 pools.users.targets[5].srv: "a:1" has a port, which the records say → a',
  "13:20 pools.users.connections.maxFailures: has moved to pools.users.health.passive.maxFails",
  "15:35 pools.users.health.check.path: cannot be combined with tcp",
  '15:55 pools.users.health.check.interval: "1ms" is too short',
  "15:92 pools.users.health.passive.maxRest: is shorter than rest",
  "15:106 pools.users.health.panic: 2 is not a share",
  "18:14 pools.orders.balance: round-robin ignores the weights of the targets → weighted-round-robin",
  "19:25 pools.orders.sticky.sameSite: browsers refuse None without secure",
  '20:26 pools.orders.timeouts.connect: "2h" is too long',
  "23:49 pools.carts.balance.virtualNodes: cannot be combined with maglev",
  "24:23 pools.carts.sticky.cookie: rt-target is the cookie of pool users already, and each would replace the other",
  "27:46 pools.tables.balance.tableSize: 2 entries are too few for 3 targets",
  '28:23 pools.tables.sticky.maxAge: "401d" is too long',
  '29:3 pools["a b"]: "a b" cannot be a name here',
  '31:46 routes[0].proxy: no pool named "usrs" → users',
  '32:13 routes[1].name: routes[0] in line 31 is named "one" already',
  "32:69 routes[1].respond.body: a 204 response has no body",
  `32:83 routes[1].respond.fields["a b"]: "a b" is not a field name: use letters, digits and !#$%&'*+-.^_\`|~ (RFC 9110 §5.1)`,
  '33:34 routes[2].match.method: "get" is not a method → GET',
  '34:5 routes[3]: routes "one" and "/a" match the same requests (host *, path /a), the first in /bad.yaml:31',
  '34:44 routes[3].redirect.to: the route has no parameter ":id"; its path has none',
  "34:69 routes[3].redirect.status: 300 is not known here",
  '35:55 routes[4].proxy.rewrite: the route has no parameter ":e"; there are :d',
  '36:16 routes[5].match.path: paths "/d/:e" and "/f/:g" of one route name their parameters differently',
  "36:52 routes[5].static.root: no folder /nowhere",
  "37:41 routes[6].redirect: has 2 actions: respond, redirect",
  '37:57 routes[6].redirect.to: redirect to "ftp": begin with "https://", "http://", one "/" or "${path}"',
  "38:5 routes[7]: has no action",
  "39:37 routes[8].handler: 5 is not a function",
  "39:53 routes[8].policies[0].header: is not known here → headers",
  '39:104 routes[8].policies[1].headers.request.set.Host: unknown variable "${x}"; there are ${client.address}, ${host}, ${path}, ${method}, ${trace.id}, ${route}',
  "40:28 routes[9].prxy: is not known here → proxy",
  '41:33 routes[10].doh: "yes" is not allowed here',
  "43:29 dns.listeners[1]: 127.0.0.1:53 is listened on already",
  "43:54 dns.listeners[2].tsl: is not known here → tls",
  "44:8 dns.geo: 5 is not a string",
  "46:12 dns.keys.xfr.secret: /nowhere.secret cannot be read: ENOENT: no such file or directory, open '/nowhere.secret'",
  "48:20 dns.keys.bad.secret: is not base64 of 8 bytes or more",
  '48:40 dns.keys.bad.algorithm: "md5" is not known here',
  '52:34 dns.zones["shop.test"].transfer.allow[0].key: no key named "xfrr" → xfr',
  '52:42 dns.zones["shop.test"].transfer.allow[1]: names no client',
  '52:82 dns.zones["shop.test"].transfer.notify[0].key: hmac-sha1 is too weak to sign with',
  '54:38 dns.zones["shop.test"].steering.a.minimumTtl: 120 s is more than the maximum of 60 s',
  '55:39 dns.zones["shop.test"].steering.b.pops.x.addresses[0]: "192.0.2" is not an IPv4 or IPv6 address',
  '55:57 dns.zones["shop.test"].steering.b.pops.x.health: no pool named "shp"',
  '56:9 dns.zones["shop.test"].steering["c.other."]: lies outside the zone',
  '57:5 dns.zones["SHOP.test."]: is the same zone as shop.test',
  '57:28 dns.zones["SHOP.test."].ttl: cannot be combined with file',
  '58:29 dns.zones["10.0.0.0/24"].reverse: no zone named "shop.tst" → shop.test',
];

test("every problem of a config is told at once, once, in the order of the file", async () => {
  const problems = await folder.problems("bad.yaml", CONFIG);
  const told = await folder.summaries("bad.yaml", CONFIG);
  expect(told).toEqual([...EXPECTED]);
  expect(new Set(problems.map(({ path, message }) => `${formatPath(path)}: ${message}`)).size).toBe(told.length);
  for (const { file, line, sourceLine } of problems) {
    expect(file).toEndWith("bad.yaml");
    // A line with a secret is not repeated.
    expect([CONFIG.split("\n")[line - 1]!, ""]).toContain(sourceLine);
  }
});
