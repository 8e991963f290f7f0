import type { BalanceKey, BalanceName, Stickiness } from "./balancer.ts";
import type { RequestHead } from "./head.ts";
import type { HealthPlan } from "./health-plan.ts";
import type { LivePool } from "./live-pool.ts";
import type { Policy } from "./policy.ts";
import type { Reply } from "./reply.ts";
import type { Endpoint } from "./target.ts";
import type { RouteConsidered } from "./trace-record.ts";
import type { Handler, HandlerContext } from "./handler.ts";

export type { Handler, HandlerContext };

/** The compiled, immutable configuration. A reload makes a new one; exchanges keep the one they started with. */
export interface Plan {
  /** Counts up with every reload. */
  readonly version: number;
  /** File it came from, or a word for it ("demonstration"). */
  readonly source: string;
  readonly listeners: readonly ListenerPlan[];
  readonly matcher: Matcher;
  readonly routes: readonly RoutePlan[];
  readonly pools: ReadonlyMap<string, PoolPlan>;
  /** Of requests without a route; null: none has been given. */
  readonly errorPages: ErrorPages | null;
  readonly trustedProxies: AddressSet;
  readonly limits: Limits;
  /** How heads of requests are read. */
  readonly heads: HeadRules;
  readonly timeouts: Timeouts;
  readonly forwarding: ForwardingPlan;
  readonly accessLog: AccessLogPlan | null;
  readonly admin: AdminPlan | null;
  readonly trace: TracePlan;
  /** Signs the sticky cookies of pools whose config has no secret. Random at the start, kept over reloads. */
  readonly stickySecret: Uint8Array;
}

/** Where something listens. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** A socket that listens, and how what it accepts is served. A reload that changes the latter keeps the socket. */
export interface ListenerPlan extends ListenAddress {
  /** What routes call it by: as it was named, else its address as it was written. */
  readonly name: string;
  readonly protocol: "http";
  /** Connections that may wait to be accepted. */
  readonly backlog: number;
}

/** A listener that runs: a reload may give it another plan. */
export interface LiveListener {
  readonly plan: ListenerPlan;
}

/** Sizes in bytes unless named otherwise. */
export interface Limits {
  /** Method, target and version together; beyond it 414. */
  readonly requestLine: number;
  /** One field line; beyond it 431. */
  readonly field: number;
  /** Number of fields in one head; beyond it 431. At most `MAX_FIELDS`. */
  readonly fields: number;
  /** The whole head; beyond it 431. */
  readonly head: number;
  /** A request's body; beyond it 413. Infinity: no limit. */
  readonly body: number;
  /** Bytes a second that a request's body comes with at least, once it has had its time of grace; else 408. 0: none. */
  readonly bodyRate: number;
  /** Trailer section. */
  readonly trailers: number;
  /** Client connections at once; a further one is closed. */
  readonly connections: number;
}

/** What of a path is read in different ways by different servers, and how it is read here. */
export interface PathRules {
  /** `%2F` and `%5C`: 400; left as they are, a character like any other; or a slash. */
  readonly escapedSlash: "refuse" | "keep" | "decode";
  /** `;` and what is behind it in a segment: part of it; or nothing to routes, though it goes on. */
  readonly parameters: "keep" | "ignore";
  /** Upper and lower case (A to Z) differ to routes, or are the same, though the path goes on as it came. */
  readonly case: "keep" | "ignore";
}

/** What a parser of request heads goes by. */
export interface HeadRules extends Pick<Limits, "requestLine" | "field" | "fields" | "head"> {
  readonly path: PathRules;
  /** Names of fields may hold `_`, and go on. */
  readonly underscores: boolean;
}

/** All in milliseconds. */
export interface Timeouts {
  /** From the first byte of a head to its end; then 408. */
  readonly head: number;
  /** Between two reads of a request body; then 408. */
  readonly body: number;
  /** Between two requests on a connection; then it is closed. */
  readonly keepAlive: number;
  /** No progress while writing to the client. */
  readonly write: number;
  /** Between two reads of what is thrown away: the rest of a request that is answered already, or refused. */
  readonly linger: number;
  /** How long that goes on in all. */
  readonly lingerTotal: number;
  /** The client has sent FIN in mid-exchange: the reply must begin within it, else the exchange is given up. */
  readonly halfClose: number;
  /** A tunnel without a byte in either direction. */
  readonly tunnel: number;
  /** The same once one side has sent FIN. */
  readonly tunnelHalfClose: number;
  /** SIGTERM: live exchanges may finish within it. */
  readonly drain: number;
}

export interface ForwardingPlan {
  /** Which fields tell the upstream about the client. */
  readonly xForwarded: boolean;
  readonly xRealIp: boolean;
  /** RFC 7239. */
  readonly forwarded: boolean;
  /** The pseudonym in Via (RFC 9110 §7.6.3); empty: no Via. */
  readonly via: string;
  readonly traceparent: boolean;
  /** Fields whose names hold `_` go on. */
  readonly underscores: boolean;
  /** TRACE requests go on; else 405. */
  readonly trace: boolean;
}

export interface AccessLogPlan {
  /** A file, or "-" for standard output. */
  readonly path: string;
  /** `json`, `combined`, `combined-trace`, or a template that holds variables. */
  readonly format: string;
}

export interface AdminPlan {
  readonly host: string;
  readonly port: number;
  /** Bearer token for the admin API. */
  readonly token: string;
  /** The value of `Roundtrip-Explain`; it goes over the network with a request, so it opens nothing else. */
  readonly explainToken: string;
}

export interface TracePlan {
  /** Recent exchanges kept for `explain --id`. */
  readonly ring: number;
  /** Failed and slow exchanges kept beside them. */
  readonly notable: number;
  /** From this many milliseconds on an exchange counts as slow. */
  readonly slow: number;
  /** Off: nothing is kept (only for measuring what the recorder costs). */
  readonly enabled: boolean;
}

/** Decides which route takes a request. `listener`: the name of the one that it came to. */
export interface Matcher {
  /**
   * The route, or null. Reads the head's bytes; allocates nothing unless the route has parameters, which
   * `params` then holds until the next call.
   */
  match(head: RequestHead, clientAddress: string, listener: string): RoutePlan | null;
  readonly params: string[] | null;
  /** Every route in order of precedence with the first predicate that failed, decided by the same predicates. */
  consider(head: RequestHead, clientAddress: string, listener: string): RouteConsidered[];
}

export interface RoutePlan {
  readonly name: string;
  /** What it matches, in words. */
  readonly description: string;
  /** Names of the path's `:parameters`, in the order of `Matcher.params`. */
  readonly paramNames: readonly string[];
  /** `file:line` where it stands in the config, or "". */
  readonly origin: string;
  /** Those of the client's side first, each side in the order of the config. */
  readonly policies: readonly Policy[];
  /** How many of them are the client's side's. */
  readonly clientPolicies: number;
  /** In place of error pages of the edge; null: none has been given. */
  readonly errorPages: ErrorPages | null;
  /** Where the route says nothing, the edge's. */
  readonly limits: Pick<Limits, "body" | "bodyRate">;
  readonly timeouts: Pick<Timeouts, "body" | "write" | "tunnel" | "tunnelHalfClose">;
  readonly action: Action;
}

/** Pages of whoever runs the edge for errors. */
export interface ErrorPages {
  /** Null: the error is told as it would be without. */
  pageFor(request: ErrorPageRequest): Reply | null;
}

export interface ErrorPageRequest {
  /** ≥ 400. */
  readonly status: number;
  /** The request's Accept; undefined: it has none. */
  readonly accept: string | undefined;
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** An upstream has answered with the error, not the edge. */
  readonly ofUpstream: boolean;
}

export type Action =
  | ProxyAction
  | { readonly kind: "respond"; readonly reply: Reply }
  | { readonly kind: "redirect"; readonly redirect: (head: RequestHead, params: readonly string[] | null) => Reply }
  | { readonly kind: "handler"; readonly handler: Handler }
  | { readonly kind: "static"; readonly serve: StaticServe; readonly root: string };

export interface ProxyAction {
  readonly kind: "proxy";
  readonly pool: PoolPlan;
  /** Null: the target goes on as it came. */
  readonly rewrite: PathRewrite | null;
  /** Where the route says nothing, the pool's. */
  readonly timeouts: UpstreamTimeouts;
}

/** Answers the new path (without query) to send upstream. */
export interface PathRewrite {
  rewrite(path: string, params: readonly string[] | null): string;
  describe(): string;
}

export interface StaticRequest {
  readonly method: string;
  /** Normalised, percent-decoded by the static stage itself. */
  readonly path: string;
  /** Without `?`; a redirect of the static stage keeps it. */
  readonly query?: string;
  get(field: string): string | undefined;
}
export type StaticServe = (request: StaticRequest) => Promise<Reply>;

export interface PoolPlan {
  readonly name: string;
  readonly balance: BalancePlan;
  readonly sources: readonly TargetSourcePlan[];
  readonly health: HealthPlan;
  /** Null: requests are not bound to targets. */
  readonly stickiness: Stickiness | null;
  readonly timeouts: UpstreamTimeouts;
  readonly connections: UpstreamConnections;
  readonly queue: QueuePlan;
  readonly retry: RetryPlan;
  /** How long exchanges and tunnels of a target that drains may go on, milliseconds; 0 = no end. */
  readonly drain: number;
  /** The pool itself; a reload hands it on to the plan of the same name. */
  readonly live: LivePool;
}

export interface BalancePlan {
  readonly algorithm: BalanceName;
  /** For the algorithms that hash, else null. */
  readonly key: BalanceKey | null;
  /** A target takes at most this many times the mean load (1.05…10) before the hash goes on to the next; 0 = no limit. */
  readonly boundedLoad: number;
  /** Points on the ring for each unit of weight. */
  readonly virtualNodes: number;
  /** Maglev's table, a prime. */
  readonly tableSize: number;
  /** Milliseconds in which a target that came into use rises to its full weight; 0 = at once. */
  readonly slowStart: number;
}

/** Where targets come from. `text` is unique in the pool and stands for it in words: "config", "dns users.internal:80". */
export type TargetSourcePlan =
  | { readonly kind: "config"; readonly text: string; readonly endpoints: readonly Endpoint[] }
  /** A and AAAA records; every address becomes a target with these properties. */
  | {
      readonly kind: "dns";
      readonly text: string;
      readonly name: string;
      readonly endpoint: Omit<Endpoint, "host">;
      readonly refresh: RefreshPlan;
    }
  /** SRV records (RFC 2782): port, weight and priority come from them; priorities become tiers. */
  | { readonly kind: "srv"; readonly text: string; readonly name: string; readonly refresh: RefreshPlan }
  /** A JSON file with a list of targets as the config has them; watched. Absolute path. */
  | { readonly kind: "file"; readonly text: string; readonly path: string }
  /** Targets come and go by the admin API. */
  | { readonly kind: "admin"; readonly text: string };

/** Bounds on how often a name is asked for, whatever its TTL; milliseconds. */
export interface RefreshPlan {
  readonly minimum: number;
  readonly maximum: number;
}

/** All in milliseconds; 0 = none. */
export interface UpstreamTimeouts {
  readonly connect: number;
  readonly firstByte: number;
  /** Between two reads of a response body. */
  readonly idle: number;
  readonly total: number;
}

export interface UpstreamConnections {
  /** Per target, at once; 0 = no limit. */
  readonly max: number;
  /** Idle ones kept per target. */
  readonly idle: number;
  /** How long an idle one is kept, milliseconds. */
  readonly idleTimeout: number;
}

export interface QueuePlan {
  /** Requests that wait for a connection; beyond it 503. */
  readonly max: number;
  /** Milliseconds; then 503. */
  readonly timeout: number;
  /** Bytes of a request's body, or all of it, that must have come before it takes a limited connection. 0: none. */
  readonly body: number;
}

export interface RetryPlan {
  /** Tries beyond the first. */
  readonly attempts: number;
  /** Milliseconds without a byte of a response after which another target gets the request, too; 0 = never. */
  readonly hedge: number;
  /** Share of requests that may be retries (0…1), over a floor of `minimum` per second. */
  readonly budget: number;
  readonly minimum: number;
}

/** Set of networks. */
export interface AddressSet {
  readonly size: number;
  has(address: string): boolean;
}
