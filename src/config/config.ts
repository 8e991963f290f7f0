/**
 * The configuration as a person writes it: in TypeScript (`defineConfig`), YAML or JSON.
 * The reference is `docs/reference/config.md`; the schema that checks it is `schema.ts`.
 */
import type { BalanceName } from "../contract/balancer.ts";
import type { Handler } from "../contract/plan.ts";

/** Milliseconds, or a number with a unit: "250ms", "10s", "5m", "1h". */
export type Duration = number | string;
/** Bytes, or a number with a unit: "64KB", "10MB", "1GB" (powers of 1024). */
export type Size = number | string;
export type OneOrMany<T> = T | readonly T[];

export interface Config {
  /** Where the edge listens. Default: one on 127.0.0.1:8080. Either "host:port" or an object. */
  listeners?: ReadonlyArray<string | ListenerConfig>;
  /** Groups of upstream servers, by name. */
  pools?: Readonly<Record<string, PoolConfig>>;
  /** What is served. The order does not matter: precedence is by how specific a route is. */
  routes: readonly RouteConfig[];
  /** Peers (addresses or CIDR) whose X-Forwarded-*, X-Real-IP and Forwarded fields are believed. Default: none. */
  trustedProxies?: readonly string[];
  forwarding?: ForwardingConfig;
  limits?: LimitsConfig;
  timeouts?: TimeoutsConfig;
  /** Default: JSON lines to standard output. `false`: none. */
  accessLog?: false | AccessLogConfig;
  /** Default: 127.0.0.1 on a free port with a random token, both written to the run file. `false`: none. */
  admin?: false | AdminConfig;
  trace?: TraceConfig;
}

export interface ListenerConfig {
  address: string;
}

export interface PoolConfig {
  /** "host:port" or an object with a weight. */
  targets: ReadonlyArray<string | TargetConfig>;
  /** Default: "round-robin", or "weighted-round-robin" when a target has a weight. */
  balance?: BalanceName;
  timeouts?: { connect?: Duration; firstByte?: Duration; idle?: Duration; total?: Duration };
  connections?: { max?: number; idle?: number; idleTimeout?: Duration; maxFailures?: number; rest?: Duration };
  queue?: { max?: number; timeout?: Duration };
  retry?: { attempts?: number; budget?: number; minimum?: number };
}

export interface TargetConfig {
  address: string;
  /** 1…256, default 1. */
  weight?: number;
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
}

export interface LimitsConfig {
  requestLine?: Size;
  field?: Size;
  fields?: number;
  head?: Size;
  /** "none" or Infinity: no limit. */
  body?: Size;
  trailers?: Size;
  connections?: number;
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
}

export interface TraceConfig {
  enabled?: boolean;
  ring?: number;
  notable?: number;
  slow?: Duration;
}
