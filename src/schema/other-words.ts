/**
 * Words that people bring from other servers (nginx, HAProxy, Caddy, Traefik, Envoy, Apache), where they stand here, and
 * what to do in one sentence.
 */

export interface OtherWord {
  /** Where it stands here, with records and lists as "*"; empty when there is no such option. */
  readonly place: string;
  /** A request to the person. */
  readonly remedy: string;
}

/** Words separated by spaces, in small letters without `_` and `-`; place; remedy. `within`: only in objects there. */
type Row = readonly [words: string, place: string, remedy: string, within?: string];

const ROWS: readonly Row[] = [
  // The whole.
  [
    "upstream upstreams backend backends cluster clusters origins",
    "pools",
    "name the servers as a pool: pools: { app: { targets: [127.0.0.1:3000] } }",
    "",
  ],
  [
    "server servers site sites http frontend frontends virtualhost virtualhosts routers entrypoints listen bind port ports",
    "listeners",
    "listeners say where the edge listens, routes what it answers",
    "",
  ],
  ["location locations rules rule services handle", "routes", "each entry of routes has a match and one action", ""],
  ["middleware middlewares plugins filters", "routes.*.policies", "policies belong to a route", ""],
  ["log logs logging logformat", "accessLog", "accessLog says where it goes and in which format", ""],
  [
    "global globals defaults events main",
    "",
    "every option has its default; limits and timeouts hold for all listeners",
    "",
  ],
  [
    "realip setrealipfrom trustproxy forwardedheaders",
    "trustedProxies",
    "list the addresses and networks of the proxies in front",
  ],
  [
    "ssl tls certificates certificate sslcertificate certresolver acme autohttps",
    "",
    "TLS for HTTP is not there yet: put the edge behind something that terminates it",
  ],
  [
    "clientmaxbodysize maxbodysize maxrequestbodysize bodylimit",
    "limits.body",
    'a size with its unit, such as "10MB", or "none"',
  ],
  [
    "clientheadertimeout readheadertimeout timeouthttprequest",
    "timeouts.head",
    'a duration with its unit, such as "10s"',
  ],
  ["clientbodytimeout readtimeout", "timeouts.body", 'a duration with its unit, such as "60s"', "timeouts"],
  ["sendtimeout writetimeout", "timeouts.write", 'a duration with its unit, such as "60s"', "timeouts"],
  [
    "keepalivetimeout idletimeout timeouthttpkeepalive",
    "timeouts.keepAlive",
    'a duration with its unit, such as "75s"',
    "timeouts",
  ],
  ["largeclientheaderbuffers maxheadersize maxheaderbytes", "limits.head", 'a size with its unit, such as "64KB"'],
  ["maxconn workerconnections maxconnections", "limits.connections", "a number of client connections", ""],
  ["maxconn maxconnections", "limits.connections", "a number of client connections", "limits"],
  [
    "workerprocesses nbthread threads workers",
    "",
    "one process is one event loop: start several where one core is not enough",
    "",
  ],

  // A pool.
  [
    "server servers nodes hosts members endpoints upstream upstreams addresses address url urls loadbalancer",
    "pools.*.targets",
    'list the servers as "host:port"',
    "pools.*",
  ],
  [
    "lb lbpolicy lbalgorithm policy algorithm loadbalancing method strategy balancer",
    "pools.*.balance",
    "such as least-connections",
    "pools.*",
  ],
  ["maxfails", "pools.*.health.passive.maxFails", "failures within health.passive.window eject a target"],
  [
    "failtimeout",
    "pools.*.health.passive.rest",
    "health.passive.window says in which time failures are counted, health.passive.rest how long a target is left out",
  ],
  ["failduration", "pools.*.health.passive.window", "health.passive.window says in which time failures are counted"],
  ["unhealthystatus", "pools.*.health.passive.statuses", "statuses of responses that count as failures"],
  ["outlierdetection passivehealthchecks", "pools.*.health.passive", "it is on unless it is false"],
  [
    "healthcheck healthchecks healthuri activehealthchecks check httpchk",
    "pools.*.health.check",
    "such as check: { kind: http, path: /healthz }",
    "pools.*",
  ],
  [
    "healthcheck healthchecks check",
    "pools.*.health.check",
    "a check belongs to a pool and is made for each of its targets",
    "pools.*.targets.*",
  ],
  [
    "inter interval",
    "pools.*.health.check.interval",
    "a check belongs to a pool and is made for each of its targets",
    "pools.*.targets.*",
  ],
  ["maxconns maxconn", "pools.*.connections.max", "it holds for each target of the pool"],
  [
    "keepalive keepaliveconnections maxidleconns maxidleconnsperhost poolmaxconn",
    "pools.*.connections.idle",
    "as many connections to each target are kept for the next request",
    "pools.*",
  ],
  [
    "keepalivetimeout",
    "pools.*.connections.idleTimeout",
    "how long a connection to a target is kept without use",
    "pools.*",
  ],
  [
    "proxyconnecttimeout connecttimeout dialtimeout timeoutconnect",
    "pools.*.timeouts.connect",
    'a duration with its unit, such as "3s"',
  ],
  [
    "proxyreadtimeout timeoutserver responseheadertimeout",
    "pools.*.timeouts.firstByte",
    "firstByte is until the response begins, idle between two of its reads",
  ],
  ["retries tries maxretries proxynextupstreamtries lbretries", "pools.*.retry.attempts", "tries beyond the first"],
  [
    "proxynextupstream retryon",
    "pools.*.retry",
    "what was not sent or can be sent twice is tried again as long as retry.budget allows",
  ],
  ["slowstarttime", "pools.*.slowStart", 'a duration with its unit, such as "30s"'],
  [
    "affinity sessionaffinity stickysession stickysessions persistence",
    "pools.*.sticky",
    "sticky: true keeps a client at its target by a cookie",
  ],
  ["queuesize maxpending maxpendingrequests", "pools.*.queue.max", "requests that may wait for a connection"],
  ["resolver resolve", "pools.*.targets.*.dns", "a target { dns: name:port } is looked up again and again"],
  [
    "down disabled",
    "pools.*.targets.*.mode",
    "mode: maintenance takes a target out, mode: drain lets it finish",
    "pools.*.targets.*",
  ],

  // A route.
  [
    "proxypass reverseproxy upstream backend usebackend defaultbackend service services cluster pool forward forwardto target targets loadbalancer",
    "routes.*.proxy",
    "give the name of a pool: its targets are the addresses",
    "routes.*",
  ],
  [
    "handle handlers action actions then route",
    "",
    "a route has one action: proxy, respond, redirect, handler, static or doh",
    "routes.*",
  ],
  [
    "response return reply directresponse fixedresponse body status statuscode",
    "routes.*.respond",
    "such as respond: { status: 404, body: nothing here }",
    "routes.*",
  ],
  ["root fileserver files folder directory alias documentroot", "routes.*.static", "give the folder", "routes.*"],
  ["tryfiles", "routes.*.static.fallback", "static.index is tried in folders, static.fallback when nothing is found"],
  ["browse autoindex directorylisting", "", "folders are not listed"],
  [
    "redir redirectto redirectscheme redirectregex",
    "routes.*.redirect",
    'such as redirect: { to: "https://${host}${path}" }',
    "routes.*",
  ],
  [
    "rewrite handlepath replacepath uri",
    "routes.*.proxy.rewrite",
    "write proxy as an object: proxy: { pool: app, rewrite: { … } }",
    "routes.*",
  ],
  [
    "rule rules when matcher matchers condition conditions if",
    "routes.*.match",
    "such as match: { host: shop.test, path: /api/* }",
    "routes.*",
  ],
  [
    "host hosts hostname domain domains servername",
    "routes.*.match.host",
    "such as match: { host: shop.test }",
    "routes.*",
  ],
  ["path paths pathprefix prefix location url", "routes.*.match.path", "such as match: { path: /api/* }", "routes.*"],
  ["method methods verb", "routes.*.match.method", "such as match: { method: GET }", "routes.*"],
  [
    "header headers setheader requestheaders responseheaders",
    "routes.*.policies.*.headers",
    "such as policies: [{ headers: { reply: { set: { x-a: b } } } }]",
    "routes.*",
  ],
  [
    "middleware middlewares plugins filters",
    "routes.*.policies",
    "each entry has one key: the name of the policy",
    "routes.*",
  ],
  ["priority order weight", "", "the most specific match goes first, wherever it stands", "routes.*"],
  ["proxysetheader", "routes.*.policies.*.headers.request.set", "policies belong to a route"],
  ["addheader", "routes.*.policies.*.headers.reply.add", "policies belong to a route"],

  // Its parts.
  [
    "pathprefix prefix pathbeg startswith beginswith",
    "routes.*.match.path",
    'a path that ends with "/*" matches everything below: /api/*',
    "routes.*.match",
  ],
  [
    "pathregexp pathregex pathreg regex",
    "routes.*.match.path",
    'such as path: { regex: "^/users/[0-9]+$" }',
    "routes.*.match",
  ],
  [
    "servername hosts hostname hostregexp domain domains authority sni",
    "routes.*.match.host",
    "such as host: shop.test",
    "routes.*.match",
  ],
  ["methods verb verbs", "routes.*.match.method", "such as method: [GET, HEAD]", "routes.*.match"],
  [
    "header headers headerregexp",
    "routes.*.match.field",
    "such as field: { x-beta: true, accept: { contains: json } }",
    "routes.*.match",
  ],
  [
    "queryparameters queryparams params args",
    "routes.*.match.query",
    'such as query: { version: "2" }',
    "routes.*.match",
  ],
  ["cookies", "routes.*.match.cookie", "such as cookie: { beta: true }", "routes.*.match"],
  [
    "ip clientip remoteip remoteaddr sourceip sourcerange src",
    "routes.*.match.client",
    "such as client: 10.0.0.0/8",
    "routes.*.match",
  ],
  ["upstream backend name service target cluster", "routes.*.proxy.pool", "the name of a pool", "routes.*.proxy"],
  ["url to address", "routes.*.proxy.pool", "give the name of a pool: its targets are the addresses", "routes.*.proxy"],
  [
    "uristripprefix strippathprefix trimprefix",
    "routes.*.proxy.rewrite.stripPrefix",
    "write proxy as an object: proxy: { pool: app, rewrite: { stripPrefix: /api } }",
  ],
  ["code statuscode", "routes.*.respond.status", "a number from 200 to 599", "routes.*.respond"],
  ["text content html", "routes.*.respond.body", "a string", "routes.*.respond"],
  ["header headers", "routes.*.respond.fields", "names and values", "routes.*.respond"],
  ["url location target", "routes.*.redirect.to", 'such as to: "https://${host}${path}"', "routes.*.redirect"],
  [
    "code statuscode permanent",
    "routes.*.redirect.status",
    "301 and 308 are permanent, 302, 303 and 307 are not",
    "routes.*.redirect",
  ],
  ["folder path dir directory alias", "routes.*.static.root", "the folder", "routes.*.static"],
  [
    "response responses",
    "routes.*.policies.*.headers.reply",
    "request is what goes upstream, reply what the client gets",
    "routes.*.policies.*.headers",
  ],
];

/** What this key of the objects there means elsewhere. `at`: path of the object, with records and lists as "*". */
export function otherWord(key: string, at: string): OtherWord | null {
  const plain = plainWord(key);
  let found: OtherWord | null = null;
  for (const [place, remedy, within] of TABLE.get(plain) ?? []) {
    if (within === at) return { place, remedy };
    if (within === undefined) found ??= { place, remedy };
  }
  return found;
}

/** Wherever this word of another server may stand here. */
export function otherPlaces(key: string): string[] {
  return (TABLE.get(plainWord(key)) ?? []).map(([place]) => place);
}

/** `proxy_pass`, `proxy-pass` and `proxyPass` are one word. */
export function plainWord(word: string): string {
  return word.toLowerCase().replace(/[_-]/g, "");
}

type Meaning = readonly [place: string, remedy: string, within: string | undefined];

const TABLE: ReadonlyMap<string, readonly Meaning[]> = byWord(ROWS);

function byWord(rows: readonly Row[]): Map<string, Meaning[]> {
  const table = new Map<string, Meaning[]>();
  for (const [words, place, remedy, within] of rows) {
    for (const word of words.split(" ")) {
      const meanings = table.get(word) ?? [];
      table.set(word, [...meanings, [place, remedy, within]]);
    }
  }
  return table;
}

/** Every place that the table names, for the test that each is an option. */
export const OTHER_PLACES: ReadonlyArray<{ readonly words: string; readonly place: string; readonly within: string }> =
  ROWS.map(([words, place, , within = ""]) => ({ words, place, within }));
