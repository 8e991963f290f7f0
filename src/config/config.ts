/**
 * The configuration as a person writes it: in TypeScript (`defineConfig`), YAML or JSON.
 * The reference is `docs/reference/config.md`; what checks it are the sections of the rooms (`config.ts`), and a test
 * compares these types with them.
 */
import type { DnsConfig } from "../dns/config/dns-config.ts";
import type { Duration, Size } from "../schema/units.ts";
import type { PoolConfig } from "./pool-config.ts";
import type { ErrorPagesConfig, RouteConfig } from "./route-config.ts";

/** `Pool`: names of its pools, which `defineConfig` finds out. */
export interface Config<Pool extends string = string> {
  /** Where the edge listens. Default: one on 127.0.0.1:8080, none for a name server alone. Either "host:port" or an object. */
  listeners?: ReadonlyArray<string | ListenerConfig>;
  /** Groups of upstream servers, by name. */
  pools?: Readonly<Record<Pool, PoolConfig>>;
  /** What is served; a name server alone needs none. The order does not matter: precedence is by how specific a route is. */
  routes?: ReadonlyArray<RouteConfig<NoInfer<Pool>>>;
  /** Your own pages for errors. Default: the edge's. */
  errorPages?: ErrorPagesConfig;
  /** Peers (addresses or CIDR) whose X-Forwarded-*, X-Real-IP and Forwarded fields are believed. Default: none. */
  trustedProxies?: readonly string[];
  /** Fields that the edge adds to requests, and what it lets pass. */
  forwarding?: ForwardingConfig;
  /** Bounds of what a client may send. What goes beyond is refused with the status that is named. */
  limits?: LimitsConfig;
  /** How a path is read where servers read it in different ways. */
  path?: PathConfig;
  /** Deadlines for clients. */
  timeouts?: TimeoutsConfig;
  /** Default: JSON lines to standard output. `false`: none. */
  accessLog?: false | AccessLogConfig;
  /** Default: 127.0.0.1 on a free port with a random token, both written to the run file. `false`: none. */
  admin?: false | AdminConfig;
  /** What `explain --id` can tell of requests that have happened. */
  trace?: TraceConfig;
  /** The name server. Default: none. */
  dns?: DnsConfig;
}

export interface ListenerConfig {
  /** The long form. */
  address: string;
  /** What `match.listener` of routes calls it by. Each once. Default: the address as it is written. */
  name?: string;
  /** Connections that may wait to be accepted. Default 4096. */
  backlog?: number;
}

export interface ForwardingConfig {
  /** `X-Forwarded-For`, `-Proto`, `-Host` and `-Port`. Default `true`. */
  xForwarded?: boolean;
  /** `X-Real-IP`. Default `true`. */
  xRealIp?: boolean;
  /** `Forwarded` (RFC 7239). Default `true`. */
  forwarded?: boolean;
  /** Our name in `Via` (RFC 9110 §7.6.3). `false`: no `Via`. Default `roundtrip`. */
  via?: string | false;
  /** W3C Trace Context: continues a trace or begins one. Default `true`. */
  traceparent?: boolean;
  /** Fields with `_` in their names go on. Default false: they are dropped. */
  underscores?: boolean;
  /** The method TRACE goes on. Default false: 405. */
  trace?: boolean;
}

export interface LimitsConfig {
  /** 414. The whole first line: method, target and version. Default `8KB`. */
  requestLine?: Size;
  /** 431. One field line. Default `16KB`. */
  field?: Size;
  /** 431. Fields of one head. Default `128`. */
  fields?: number;
  /** 431. First line and all fields together. Default `64KB`. */
  head?: Size;
  /** 413. The body of a request; it is streamed, not held. "none": no limit. Default "1GB". */
  body?: Size | "none";
  /** Bytes a second. 0: none. */
  bodyRate?: Size;
  /** 431. Fields behind a chunked body. Default `8KB`. */
  trailers?: Size;
  /** Closed. Client connections at once. Default `65536`. */
  connections?: number;
}

export interface PathConfig {
  /** "%2F" and "%5C". Default "refuse": 400. "keep": a character like any other. "decode": a slash. */
  escapedSlash?: "refuse" | "keep" | "decode";
  /** ";…" in a segment. Default "keep". "ignore": nothing to routes, though it goes on. */
  parameters?: "keep" | "ignore";
  /** Default "keep". "ignore": "/Admin" is "/admin" to routes, though it goes on as it came. */
  case?: "keep" | "ignore";
}

export interface TimeoutsConfig {
  /** From the first byte of a head to its end; then 408. Default `10s`. */
  head?: Duration;
  /** Between two reads of a request's body; then 408. Default `60s`. */
  body?: Duration;
  /** Between two requests on a connection; then it is closed. Default `75s`. */
  keepAlive?: Duration;
  /** Without progress while a reply is written; then the connection is cut. Default `60s`. */
  write?: Duration;
  /** Between two reads of what a client still sends behind its reply, which is read so that this arrives (RFC 9112 §9.6). Default `5s`. */
  linger?: Duration;
  /** How long that goes on in all; then the connection is cut. Default `30s`. */
  lingerTotal?: Duration;
  /** The client has closed its side: the reply must begin within it. Default `1s`. */
  halfClose?: Duration;
  /** A tunnel (WebSocket) without a byte in either direction. Default `1h`. */
  tunnel?: Duration;
  /** The same once one side has closed its direction; `halfClose` where that is shorter and the edge or the target drains. Default `30s`. */
  tunnelHalfClose?: Duration;
  /** After SIGTERM live exchanges may finish within it. Default `30s`. */
  drain?: Duration;
}

export interface AccessLogConfig {
  /** File, or "-" for standard output (default). */
  path?: string;
  /**
   * One JSON object per line; the format that Apache and nginx call combined, or that with the trace id behind it; or a
   * text with variables, such as "${client.address} ${status} ${duration}". Default `json`.
   */
  format?: "json" | "combined" | "combined-trace" | `${string}\${${string}`;
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
  /** Default `true`. */
  enabled?: boolean;
  /** Recent requests that are kept; about 1 KB each. Default `1024`. */
  ring?: number;
  /** Failed and slow ones, kept beside them for longer. Default `512`. */
  notable?: number;
  /** A request that takes this long or longer is slow. Default `1s`. */
  slow?: Duration;
}
