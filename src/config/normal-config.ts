/**
 * The configuration after validation: every shorthand expanded, every default filled in, every duration in
 * milliseconds and every size in bytes. Where a part needs no further compiling it already is the plan's part.
 */
import type { HealthPlan } from "../contract/health-plan.ts";
import type {
  AccessLogPlan,
  BalancePlan,
  ForwardingPlan,
  Handler,
  Limits,
  ListenerPlan,
  QueuePlan,
  RetryPlan,
  TargetSourcePlan,
  Timeouts,
  TracePlan,
  UpstreamConnections,
  UpstreamTimeouts,
} from "../contract/plan.ts";
import type { RouteMatch } from "../contract/route-match.ts";
import type { NormalDns } from "./normal-dns.ts";

export interface NormalConfig {
  readonly listeners: readonly ListenerPlan[];
  readonly pools: ReadonlyMap<string, NormalPool>;
  readonly routes: readonly NormalRoute[];
  readonly trustedProxies: readonly string[];
  readonly forwarding: ForwardingPlan;
  readonly limits: Limits;
  readonly timeouts: Timeouts;
  readonly accessLog: AccessLogPlan | null;
  readonly admin: NormalAdmin | null;
  readonly trace: TracePlan;
  /** Null: the edge is no name server. */
  readonly dns: NormalDns | null;
}

export interface NormalAdmin {
  readonly host: string;
  readonly port: number;
  /** Null: one is made when the plan is compiled. */
  readonly token: string | null;
}

export interface NormalPool {
  /** Never empty; the config's own list, when there is one, comes first. Files are absolute. */
  readonly sources: readonly TargetSourcePlan[];
  readonly balance: NormalBalance;
  readonly sticky: NormalSticky | null;
  readonly health: HealthPlan;
  readonly drain: number;
  readonly timeouts: UpstreamTimeouts;
  readonly connections: UpstreamConnections;
  readonly queue: QueuePlan;
  readonly retry: RetryPlan;
}

export interface NormalBalance extends Omit<BalancePlan, "key"> {
  /** Null for algorithms that do not hash. */
  readonly key: NormalKey | null;
}

/** Field names in small letters. */
export type NormalKey =
  | { readonly kind: "client" }
  | { readonly kind: "path" }
  | { readonly kind: "field" | "cookie" | "query"; readonly name: string };

export interface NormalSticky {
  readonly cookie: string;
  /** Seconds; 0: until the browser is closed. */
  readonly maxAge: number;
  readonly path: string;
  readonly sameSite: "Lax" | "Strict" | "None" | "";
  readonly secure: boolean;
  readonly httpOnly: boolean;
  readonly domain: string;
  /** Null: one is made when the plan is compiled. */
  readonly secret: string | null;
}

export interface NormalRoute {
  /** Unique. */
  readonly name: string;
  readonly match: RouteMatch;
  readonly policies: readonly NormalPolicy[];
  readonly action: NormalAction;
}

/** A policy's name in the registry and its options as its own schema gave them. */
export interface NormalPolicy {
  readonly name: string;
  readonly options: unknown;
}

export type NormalAction =
  | { readonly kind: "proxy"; readonly pool: string; readonly rewrite: NormalRewrite | null }
  | { readonly kind: "respond"; readonly options: NormalRespond }
  | { readonly kind: "redirect"; readonly options: NormalRedirect }
  | { readonly kind: "handler"; readonly handler: Handler }
  | { readonly kind: "static"; readonly options: NormalStatic }
  /** DNS over HTTPS (RFC 8484). */
  | { readonly kind: "doh" };

/** Assignable to `RewriteConfig`: either `path`, or one or both prefixes. */
export interface NormalRewrite {
  readonly stripPrefix?: string;
  readonly addPrefix?: string;
  readonly path?: string;
}

export interface NormalRespond {
  readonly status: number;
  readonly body: string;
  /** Empty when there is no body. */
  readonly contentType: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface NormalRedirect {
  readonly to: string;
  readonly status: 301 | 302 | 303 | 307 | 308;
  readonly keepQuery: boolean;
}

/** Assignable to `StaticConfig`; `root` is absolute. */
export interface NormalStatic {
  readonly root: string;
  readonly stripPrefix?: string;
  readonly index: readonly string[];
  readonly precompressed: boolean;
  readonly symlinks: "inside" | "never" | "anywhere";
  readonly cacheControl?: string;
  readonly fallback?: string;
}
