/**
 * The configuration after validation: every shorthand expanded, every default filled in, every duration in
 * milliseconds and every size in bytes. Where a part needs no further compiling it already is the plan's part.
 */
import type { ErrorPagesOptions } from "../action/error-pages/error-pages.ts";
import type { RedirectOptions } from "../action/redirect/redirect.ts";
import type { NormalRespond } from "../action/respond/config.ts";
import type { RewriteOptions } from "../action/rewrite/rewrite.ts";
import type { StaticOptions } from "../action/static/static.ts";
import type { NormalBalance } from "../balance/config/balance.ts";
import type { NormalSticky } from "../balance/config/sticky.ts";
import type { HealthPlan } from "../contract/health-plan.ts";
import type {
  AccessLogPlan,
  ForwardingPlan,
  Handler,
  Limits,
  ListenerPlan,
  PathRules,
  QueuePlan,
  RetryPlan,
  RoutePlan,
  TargetSourcePlan,
  Timeouts,
  TracePlan,
  UpstreamConnections,
  UpstreamTimeouts,
} from "../contract/plan.ts";
import type { RouteMatch } from "../contract/route-match.ts";
import type { NormalAdmin } from "../control/config.ts";
import type { NormalDns } from "../dns/config/normal-dns.ts";
import type { NormalPolicy } from "./schema-route.ts";

export interface NormalConfig {
  readonly listeners: readonly ListenerPlan[];
  readonly pools: ReadonlyMap<string, NormalPool>;
  readonly routes: readonly NormalRoute[];
  /** Files are absolute. */
  readonly errorPages: ErrorPagesOptions;
  readonly trustedProxies: readonly string[];
  readonly forwarding: ForwardingPlan;
  readonly limits: Limits;
  readonly path: PathRules;
  readonly timeouts: Timeouts;
  readonly accessLog: AccessLogPlan | null;
  readonly admin: NormalAdmin | null;
  readonly trace: TracePlan;
  /** Null: the edge is not a name server. */
  readonly dns: NormalDns | null;
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

export interface NormalRoute {
  /** Unique. */
  readonly name: string;
  readonly match: RouteMatch;
  readonly policies: readonly NormalPolicy[];
  /** Files are absolute. */
  readonly errorPages: ErrorPagesOptions;
  /** What differs from the edge's. */
  readonly limits: Partial<RoutePlan["limits"]>;
  readonly timeouts: Partial<RoutePlan["timeouts"]>;
  readonly action: NormalAction;
}

export type NormalAction =
  | {
      readonly kind: "proxy";
      readonly pool: string;
      readonly rewrite: RewriteOptions | null;
      readonly timeouts: Partial<UpstreamTimeouts>;
    }
  | { readonly kind: "respond"; readonly options: NormalRespond }
  | { readonly kind: "redirect"; readonly options: RedirectOptions }
  | { readonly kind: "handler"; readonly handler: Handler }
  /** `root` is absolute. */
  | { readonly kind: "static"; readonly options: StaticOptions }
  /** DNS over HTTPS (RFC 8484). */
  | { readonly kind: "doh" };
