/**
 * The configuration as a person writes it: in TypeScript (`defineConfig`), YAML or JSON.
 * The reference is `docs/reference/config.md`; what checks it are the sections of the rooms (`config.ts`), and a test
 * compares these types with them.
 */
import type { BalanceName } from "../contract/balancer.ts";
import type { Handler } from "../contract/plan.ts";
import type { TargetMode } from "../contract/target.ts";
import type { DnsConfig } from "../dns/config/dns-config.ts";
import type { Duration, OneOrMany, Size } from "../schema/units.ts";

export interface Config {
  /** Where the edge listens. Default: one on 127.0.0.1:8080, none for a name server alone. Either "host:port" or an object. */
  listeners?: ReadonlyArray<string | ListenerConfig>;
  /** Groups of upstream servers, by name. */
  pools?: Readonly<Record<string, PoolConfig>>;
  /** What is served; a name server alone needs none. The order does not matter: precedence is by how specific a route is. */
  routes?: readonly RouteConfig[];
  /** Peers (addresses or CIDR) whose X-Forwarded-*, X-Real-IP and Forwarded fields are believed. Default: none. */
  trustedProxies?: readonly string[];
  forwarding?: ForwardingConfig;
  limits?: LimitsConfig;
  /** How a path is read where servers read it in different ways. */
  path?: PathConfig;
  timeouts?: TimeoutsConfig;
  /** Default: JSON lines to standard output. `false`: none. */
  accessLog?: false | AccessLogConfig;
  /** Default: 127.0.0.1 on a free port with a random token, both written to the run file. `false`: none. */
  admin?: false | AdminConfig;
  trace?: TraceConfig;
  /** The name server. Default: none. */
  dns?: DnsConfig;
}

export interface ListenerConfig {
  address: string;
  /** Connections that may wait to be accepted. Default 4096. */
  backlog?: number;
}

export interface PoolConfig {
  /** Where the servers are: "host:port", objects with a weight and more, and sources that find them. At least one. */
  targets: ReadonlyArray<string | TargetConfig | TargetSourceConfig>;
  /** Default: "round-robin", or "weighted-round-robin" when weights are given or can be found. */
  balance?: BalanceName | BalanceConfig;
  /** In which a target that came into use rises to its full weight. Default 0: at once. */
  slowStart?: Duration;
  /** Keeps a client at its target by a cookie. Default false. */
  sticky?: boolean | StickyConfig;
  health?: HealthConfig;
  /** How long exchanges and tunnels of a target that drains may go on. 0: no end. */
  drain?: Duration;
  timeouts?: { connect?: Duration; firstByte?: Duration; idle?: Duration; total?: Duration };
  connections?: { max?: number; idle?: number; idleTimeout?: Duration };
  queue?: { max?: number; timeout?: Duration; body?: Size };
  retry?: { attempts?: number; budget?: number; minimum?: number };
}

/** What holds for one target, or for every address of a name. */
export interface EndpointConfig {
  /** 0…256, default 1. 0: no new requests but sticky ones. */
  weight?: number;
  /** 0…15, default 0, which comes first: the next tier is used as far as the ones before it can not take it all. */
  priority?: number;
  /** Used only when no other target is up. */
  backup?: boolean;
  /** "drain": no new requests; "maintenance": nor health checks. Default "ready". */
  mode?: TargetMode;
}

export interface TargetConfig extends EndpointConfig {
  address: string;
}

export type TargetSourceConfig = DnsSourceConfig | ServiceSourceConfig | FileSourceConfig | AdminSourceConfig;

/** Every address (A, AAAA) of a name. */
export interface DnsSourceConfig extends EndpointConfig {
  /** "name:port". */
  dns: string;
  refresh?: RefreshConfig;
}

/** SRV records (RFC 2782), which say port, weight and priority themselves. */
export interface ServiceSourceConfig {
  /** "_http._tcp.users.internal". */
  srv: string;
  refresh?: RefreshConfig;
}

/** A file (JSON, or YAML by its ending) with a list of targets, which is watched. */
export interface FileSourceConfig {
  file: string;
}

/** Targets that come and go by the admin API. */
export interface AdminSourceConfig {
  admin: true;
}

/** Bounds on how often a name is asked for; between them the answer's TTL decides. */
export interface RefreshConfig {
  minimum?: Duration;
  maximum?: Duration;
}

export interface BalanceConfig {
  algorithm: BalanceName;
  /** For ring-hash and maglev: what of a request is hashed. Default "client". */
  key?: BalanceKeyConfig;
  /** For ring-hash and maglev: a target takes at most this many times the mean load (1.05…10). Default 0: no bound. */
  boundedLoad?: number;
  /** For ring-hash: points on the ring for each unit of weight. */
  virtualNodes?: number;
  /** For maglev: a prime, not less than the number of targets. */
  tableSize?: number;
}

export type BalanceKeyConfig = "client" | "path" | { cookie: string } | { field: string } | { query: string };

export interface StickyConfig {
  /** Name of the cookie. */
  cookie?: string;
  /** How long a browser keeps it. 0: until it is closed. */
  maxAge?: Duration;
  path?: string;
  /** "": the cookie does not say. */
  sameSite?: "Lax" | "Strict" | "None" | "";
  secure?: boolean;
  httpOnly?: boolean;
  /** "": this host alone. */
  domain?: string;
  /** At least 16 characters; signs the cookie. Default: random, and another one after a restart. */
  secret?: string;
}

export interface HealthConfig {
  /** Asks each target again and again. Default: none. */
  check?: false | HealthCheckConfig["kind"] | HealthCheckConfig;
  /** Watches what traffic meets. `false`: never ejects. */
  passive?: false | PassiveHealthConfig;
  /** Share (0…1) of the targets that must be up; with fewer, all are used. 0: only when none is up. */
  panic?: number;
}

export interface HealthCheckConfig {
  /** How far into the target it goes. */
  kind: "tcp" | "tls" | "http" | "grpc";
  /** Default: the target's own. */
  port?: number;
  interval?: Duration;
  /** While the target is down. */
  downInterval?: Duration;
  /** For the whole check. */
  timeout?: Duration;
  /** Share (0…1) by which intervals vary. */
  jitter?: number;
  /** Checks in a row that bring a target up. */
  rise?: number;
  /** Checks in a row that take it down. */
  fall?: number;
  /** For http and grpc: over TLS. `tls` always is. */
  tls?: boolean | HealthCheckTlsConfig;

  // For http:
  /** With query. */
  path?: string;
  method?: string;
  /** Default: the target's address. */
  host?: string;
  status?: StatusesConfig;
  /** A string that the body must hold, or what it must match. */
  body?: string | { regex: string } | RegExp;
  version?: 1 | 2;

  /** For grpc: name of the service; "": the server as a whole. */
  service?: string;
}

export interface HealthCheckTlsConfig {
  /** Default: the target's host when that is a name. */
  serverName?: string;
  verify?: boolean;
}

/** 503, "500-599", or a list of such. */
export type StatusesConfig = OneOrMany<number | string>;

export interface PassiveHealthConfig {
  /** Failures within `window` that eject. 0: never. */
  maxFails?: number;
  window?: Duration;
  /** Responses that count as failures, beside connects, resets and timeouts. Default: none. */
  statuses?: StatusesConfig;
  /** The first ejection; each further one is twice as long, up to `maxRest`. */
  rest?: Duration;
  maxRest?: Duration;
  /** Share (0…1) of the targets that may be ejected at once; one may always be. */
  maxEjected?: number;
}

export interface RouteConfig {
  /** Names the route in logs and explanations. Default: made from what it matches. */
  name?: string;
  match?: MatchConfig;
  /** In order on the way in, in reverse order on the way out. */
  policies?: readonly PolicyConfig[];

  // Exactly one of:
  /** Name of a pool, or an object. */
  proxy?: string | { pool: string; rewrite?: RewriteConfig };
  respond?: { status?: number; body?: string; contentType?: string; fields?: Readonly<Record<string, string>> };
  redirect?: { to: string; status?: 301 | 302 | 303 | 307 | 308; keepQuery?: boolean };
  /** TypeScript config only. */
  handler?: Handler;
  static?: string | StaticConfig;
  /** DNS over HTTPS (RFC 8484), answered from `dns.zones`. */
  doh?: true;
}

/** Every part given must match. */
export interface MatchConfig {
  /** "shop.test", "*.shop.test" (one or more labels in front). */
  host?: OneOrMany<string>;
  /** "/a" exact; "/a/*" that segment and everything below; "/users/:id" parameters, also "/users/:id/*". */
  path?: OneOrMany<string>;
  method?: OneOrMany<string>;
  /** Field name to: true (present), false (absent), a string (equal), or { prefix, contains, regex }. */
  field?: Readonly<Record<string, ValueTest>>;
  query?: Readonly<Record<string, ValueTest>>;
  cookie?: Readonly<Record<string, ValueTest>>;
  /** Client addresses or CIDR. */
  client?: OneOrMany<string>;
}

export type ValueTest = boolean | string | { prefix: string } | { contains: string } | { regex: string };

export interface RewriteConfig {
  /** Removes this prefix (by segment). */
  stripPrefix?: string;
  /** Puts this in front, after stripping. */
  addPrefix?: string;
  /** Or: replaces the whole path; `:name` stands for a parameter, `*` for what the route's `*` matched. */
  path?: string;
}

/** One key: the policy's name; its value: the policy's options. E.g. `{ headers: { reply: { set: { "x-a": "1" } } } }`. */
export type PolicyConfig = { headers: HeadersConfig };

export interface HeadersConfig {
  request?: FieldEditsConfig;
  reply?: FieldEditsConfig;
}

/** Applied in the order remove, set, add. */
export interface FieldEditsConfig {
  /** Names; removes all fields with that name. */
  remove?: readonly string[];
  /** Replaces every field with that name by this one. Values may hold `${client.address}`, `${host}`, `${path}`, `${method}`, `${trace.id}`, `${route}`. */
  set?: Readonly<Record<string, string>>;
  /** Appends. */
  add?: Readonly<Record<string, string>>;
}

export interface StaticConfig {
  root: string;
  /** Removed from the front of the path before the file is looked up. */
  stripPrefix?: string;
  /** Default ["index.html"]. */
  index?: readonly string[];
  /** Serve `file.br`, `file.zst` or `file.gz` beside `file` when the client accepts it. Default true. */
  precompressed?: boolean;
  /** "inside" (default): a symlink may point only below the root. "never", "anywhere". */
  symlinks?: "inside" | "never" | "anywhere";
  /** Value of Cache-Control. */
  cacheControl?: string;
  /** File to answer with (200) when nothing is found: single-page applications. */
  fallback?: string;
}

export interface ForwardingConfig {
  xForwarded?: boolean;
  xRealIp?: boolean;
  forwarded?: boolean;
  via?: string | false;
  traceparent?: boolean;
  /** Fields with `_` in their names go on. Default false: they are dropped. */
  underscores?: boolean;
  /** The method TRACE goes on. Default false: 405. */
  trace?: boolean;
}

export interface LimitsConfig {
  requestLine?: Size;
  field?: Size;
  fields?: number;
  head?: Size;
  /** "none" or Infinity: no limit. */
  body?: Size;
  /** Bytes a second. 0: none. */
  bodyRate?: Size;
  trailers?: Size;
  connections?: number;
}

export interface PathConfig {
  /** "%2F" and "%5C". Default "refuse": 400. "keep": a character like any other. "decode": a slash. */
  escapedSlash?: "refuse" | "keep" | "decode";
  /** ";…" in a segment. Default "keep". "ignore": nothing to routes, though it goes on. */
  parameters?: "keep" | "ignore";
}

export interface TimeoutsConfig {
  head?: Duration;
  body?: Duration;
  keepAlive?: Duration;
  write?: Duration;
  linger?: Duration;
  halfClose?: Duration;
  tunnel?: Duration;
  drain?: Duration;
}

export interface AccessLogConfig {
  /** File, or "-" for standard output (default). */
  path?: string;
  format?: "json" | "combined";
}

export interface AdminConfig {
  /** Must be a loopback address. */
  address?: string;
  /** At least 16 characters. */
  token?: string;
  /** The value of `Roundtrip-Explain`. Default: random. */
  explainToken?: string;
}

export interface TraceConfig {
  enabled?: boolean;
  ring?: number;
  notable?: number;
  slow?: Duration;
}
