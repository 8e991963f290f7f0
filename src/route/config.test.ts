/** What is wrong with `match` and the name of a route in the config. */
import { testBadRoutes } from "../config/bad-parts-for-tests.ts";

testBadRoutes([
  ["{ match: { path: a }, respond: {} }", '3:20 routes[0].match.path: path "a" does not begin with "/"'],
  [
    "{ match: { path: [/a, /*/b] }, respond: {} }",
    '3:25 routes[0].match.path[1]: path "/*/b" has a "*" that is not its whole last segment',
  ],
  [
    '{ match: { path: { regex: "^/(a" } }, respond: {} }',
    '3:14 routes[0].match.path: the regular expression "^/(a" has a "(" without ")"',
  ],
  [
    '{ match: { path: [/a, { regex: "^/(?!a)" }] }, respond: {} }',
    '3:25 routes[0].match.path[1]: the regular expression "^/(?!a)" looks ahead or behind, which has no limit on its time',
  ],
  ['{ match: { path: "~ ^/a" }, respond: {} }', '3:20 routes[0].match.path: "~ ^/a" is not a path here'],
  ["{ match: { path: { regexp: a } }, respond: {} }", '3:14 routes[0].match.path: {"regexp":"a"} is not a path'],
  ["{ match: { path: [] }, respond: {} }", "3:14 routes[0].match.path: is empty"],
  [
    '{ match: { host: "a.test:80" }, respond: {} }',
    '3:20 routes[0].match.host: "a.test:80" is not a host name → a.test',
  ],
  ["{ match: { host: a.*.test }, respond: {} }", '3:20 routes[0].match.host: "a.*.test" is not a host name'],
  ["{ match: { method: get }, respond: {} }", '3:22 routes[0].match.method: "get" is not a method → GET'],
  ["{ match: { method: [GET, a b] }, respond: {} }", '3:28 routes[0].match.method[1]: "a b" is not a method'],
  [
    "{ match: { client: shop.test }, respond: {} }",
    '3:22 routes[0].match.client: "shop.test" is not an IPv4 or IPv6 address or network, such as "192.0.2.0/24"',
  ],
  [
    "{ match: { field: { a b: true } }, respond: {} }",
    '3:23 routes[0].match.field["a b"]: "a b" cannot be a name here',
  ],
  [
    "{ match: { query: { a: { regex: ( } } }, respond: {} }",
    '3:23 routes[0].match.query.a: "(" is not a regular expression: missing )',
  ],
  [
    "{ match: { query: { a: { prefx: b } } }, respond: {} }",
    '3:23 routes[0].match.query.a: no test is called "prefx" → prefix',
  ],
  ["{ match: { query: { a: 5 } }, respond: {} }", "3:26 routes[0].match.query.a: 5 is not a test"],
  ['{ match: { cookie: { a: { contains: "" } } }, respond: {} }', '3:24 routes[0].match.cookie.a: contains is ""'],
  [
    '{ match: { listener: "127.0.0.1:808" }, respond: {} }',
    '3:24 routes[0].match.listener: no listener named "127.0.0.1:808" → 127.0.0.1:8080',
  ],
  ["{ match: { listener: [] }, respond: {} }", "3:14 routes[0].match.listener: is empty"],
  ["{ match: { listener: 5 }, respond: {} }", "3:24 routes[0].match.listener: 5 is not a string"],
  ['{ name: "a\\n", respond: {} }', '3:11 routes[0].name: "a\\n" is not a route name'],
]);
