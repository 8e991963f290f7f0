/** Pools of the configuration, as a person writes them. */
import type { BalanceName } from "../contract/balance-name.ts";
import type { TargetMode } from "../contract/target-mode.ts";
import type { Duration, OneOrMany, Size } from "../schema/units.ts";

export interface PoolConfig {
  /** Where the servers are: "host:port", objects with a weight and more, and sources that find them. At least one. */
  targets: ReadonlyArray<string | TargetConfig | TargetSourceConfig>;
  /** Default: "round-robin", or "weighted-round-robin" when weights are given or can be found. */
  balance?: BalanceName | BalanceConfig;
  /** In which a target that came into use rises to its full weight. Default 0: at once. */
  slowStart?: Duration;
  /** Keeps a client at its target by a cookie. Default false. */
  sticky?: boolean | StickyConfig;
  /** How the pool finds out which targets can be used. */
  health?: HealthConfig;
  /** How long exchanges and tunnels of a target that drains may go on. 0: no end. */
  drain?: Duration;
  /** Deadlines for an upstream. 0: none. */
  timeouts?: UpstreamTimeoutsConfig;
  /** Connections to each target. */
  connections?: {
    /** At once; further requests wait in the queue. 0: no limit. Default `0`. */
    max?: number;
    /** Kept for the next request. Default `512`. */
    idle?: number;
    /**
     * How long one is kept without use. Below the keep-alive time of the server, so that it seldom closes under a
     * request. Default `60s`.
     */
    idleTimeout?: Duration;
  };
  /** Requests that wait for a connection. */
  queue?: {
    /** How many; a further one gets 503 (queue-full). Default `1000`. */
    max?: number;
    /** How long; then 503 (queue-timeout). Default `5s`. */
    timeout?: Duration;
    /**
     * With `connections.max`: so much of a request's body must have come, or all of it, before it takes a connection,
     * so that slow senders hold none. 0: nothing, for clients that wait for an answer before they send on. Default
     * `32KB`.
     */
    body?: Size;
  };
  /** Another try on another target, for requests that were not sent or can be sent twice. */
  retry?: {
    /**
     * Tries beyond the first that send the request again: of an idempotent one, when the target closed, reset or did
     * not begin to answer within `firstByte`. What was never sent goes elsewhere besides. 0: nothing is tried twice.
     * Default `2`.
     */
    attempts?: number;
    /**
     * When no byte of a response has come after so long, an idempotent request goes to another target, too, and who
     * begins to answer first is heard. Counts as a retry. By a clock of 0.1 s, so up to 0.2 s later. 0: never. Default
     * `0`.
     */
    hedge?: Duration;
    /**
     * Share of the requests that may be sent again, so that retries do not overload what is left. What ten seconds pay
     * in is saved up. Default `0.2`.
     */
    budget?: number;
    /** Retries per second that are allowed in any case. Default `10`. */
    minimum?: number;
  };
}

/** Deadlines for an upstream. 0: none. */
export interface UpstreamTimeoutsConfig {
  /** Until the connection is established. Default `3s`. */
  connect?: Duration;
  /** From the end of the request to the first byte of the response. Default `60s`. */
  firstByte?: Duration;
  /** Between two reads of a response. Default `60s`. */
  idle?: Duration;
  /** The whole exchange, with its retries. Default `0`. */
  total?: Duration;
}

/** What holds for one target, or for every address of a name. */
export interface EndpointConfig {
  /** 0…256, default 1. 0: no new requests but sticky ones. */
  weight?: number;
  /** 0…15, default 0, which comes first: the next tier is used as far as the ones before it cannot take it all. */
  priority?: number;
  /** Used only when no other target is up. */
  backup?: boolean;
  /** "drain": no new requests; "maintenance": nor health checks. Default "ready". */
  mode?: TargetMode;
}

export interface TargetConfig extends EndpointConfig {
  /** A server. */
  address: string;
}

export type TargetSourceConfig = DnsSourceConfig | ServiceSourceConfig | FileSourceConfig | AdminSourceConfig;

/** Every address (A, AAAA) of a name. */
export interface DnsSourceConfig extends EndpointConfig {
  /** "name:port". */
  dns: string;
  /** With `dns` and `srv`. A name is asked for again when the TTL of its records is over, within these bounds. */
  refresh?: RefreshConfig;
}

/** SRV records (RFC 2782), which say port, weight and priority themselves. */
export interface ServiceSourceConfig {
  /** "_http._tcp.users.internal". */
  srv: string;
  /** With `dns` and `srv`. A name is asked for again when the TTL of its records is over, within these bounds. */
  refresh?: RefreshConfig;
}

/** A file (JSON, or YAML by its ending) with a list of targets, which is watched. */
export interface FileSourceConfig {
  /**
   * Servers as a file lists them: JSON, or YAML by its ending, a list as this one, of addresses and objects with
   * `address`. It is watched, and may come later.
   */
  file: string;
}

/** Targets that come and go by the admin API. */
export interface AdminSourceConfig {
  /** Servers that come and go by the admin API, which must be on. */
  admin: true;
}

/** Bounds on how often a name is asked for; between them the answer's TTL decides. */
export interface RefreshConfig {
  /** Not sooner than this, also when the TTL is 0. Default `5s`. */
  minimum?: Duration;
  /** Not later than this. Default `5m`. */
  maximum?: Duration;
}

export interface BalanceConfig {
  /** The long form. */
  algorithm: BalanceName;
  /** For ring-hash and maglev: what of a request is hashed. Default "client". */
  key?: BalanceKeyConfig;
  /** For ring-hash and maglev: a target takes at most this many times the mean load (1.05…10). Default 0: no limit. */
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
  /** Requests below it carry the cookie. Default `/`. */
  path?: string;
  /** "": the cookie does not say. */
  sameSite?: "Lax" | "Strict" | "None" | "";
  /** Browsers send it only over TLS. Default `false`. */
  secure?: boolean;
  /** Scripts cannot read it. Default `true`. */
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
  /** From one check to the next. Default `5s`. */
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
  /** With `http`. Default `GET`. */
  method?: string;
  /** Default: the target's address. */
  host?: string;
  /** With `http`. What passes. Default `200-399`. */
  status?: StatusesConfig;
  /** A string that the body must hold, or what it must match. */
  body?: string | { regex: string } | RegExp;
  /** With `http`. HTTP/1.1 or HTTP/2. Default `1`. */
  version?: 1 | 2;

  /** For grpc: name of the service; "": the server as a whole. */
  service?: string;
}

export interface HealthCheckTlsConfig {
  /** Default: the target's host when that is a name. */
  serverName?: string;
  /** `false`: any certificate will do. Default `true`. */
  verify?: boolean;
}

/** 503, "500-599", or a list of such. */
export type StatusesConfig = OneOrMany<number | string>;

export interface PassiveHealthConfig {
  /** Failures within `window` that eject. 0: never. */
  maxFails?: number;
  /** The time in which they are counted. Default `10s`. */
  window?: Duration;
  /** Responses that count as failures, beside connects, resets and timeouts. Default: none. */
  statuses?: StatusesConfig;
  /** The first ejection; each further one is twice as long, up to `maxRest`. */
  rest?: Duration;
  /** The longest ejection. Default `5m`. */
  maxRest?: Duration;
  /** Share (0…1) of the targets that may be ejected at once; one may always be. */
  maxEjected?: number;
}
