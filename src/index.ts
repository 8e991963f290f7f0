/**
 * Roundtrip as a library. A config imports from here what gives it types:
 *
 *     import { defineConfig, pool, route } from "roundtrip-edge";
 *
 *     export default defineConfig({
 *       pools: { app: pool(["127.0.0.1:3001", "127.0.0.1:3002"]) },
 *       routes: [route("/*", { proxy: "app" })],
 *     });
 *
 * Its types need neither those of Node nor of Bun, and no other package: nothing of how the edge works is among them.
 */
export { defineConfig, pool, route } from "./config/define.ts";
export type { ConfigFunction } from "./config/define.ts";
export { checkConfig, checkValue } from "./config/check-config.ts";
export { ConfigError } from "./schema/problem.ts";
export type { ConfigPath, ConfigProblem } from "./schema/problem.ts";
export { renderProblems } from "./config/render-problems.ts";
export type {
  AccessLogConfig,
  AdminConfig,
  Config,
  ForwardingConfig,
  LimitsConfig,
  ListenerConfig,
  TimeoutsConfig,
  TraceConfig,
} from "./config/config.ts";
export type {
  AdminSourceConfig,
  BalanceConfig,
  BalanceKeyConfig,
  DnsSourceConfig,
  EndpointConfig,
  FileSourceConfig,
  HealthCheckConfig,
  HealthCheckTlsConfig,
  HealthConfig,
  PassiveHealthConfig,
  PoolConfig,
  RefreshConfig,
  ServiceSourceConfig,
  StatusesConfig,
  StickyConfig,
  TargetConfig,
  TargetSourceConfig,
  UpstreamTimeoutsConfig,
} from "./config/pool-config.ts";
export type {
  ErrorPageConfig,
  ErrorPagesConfig,
  ExpiresConfig,
  FieldEditsConfig,
  HeadersConfig,
  MatchConfig,
  PolicyConfig,
  RewriteConfig,
  RouteConfig,
  RouteLimitsConfig,
  RouteTimeoutsConfig,
  StaticConfig,
  ValueTest,
} from "./config/route-config.ts";
export type { Duration, OneOrMany, Size } from "./schema/units.ts";
export type {
  DnsAccessConfig,
  DnsCertificateConfig,
  DnsChaosConfig,
  DnsConfig,
  DnsCookiesConfig,
  DnsGeoConfig,
  DnsListenerConfig,
  DnsPeerConfig,
  DnsRateLimitConfig,
  DnsStreamsConfig,
  SecondaryConfig,
  SigningConfig,
  TsigKeyConfig,
  ZoneConfig,
  ZoneTransferConfig,
} from "./dns/config/dns-config.ts";
export type { AddressOptions, AliasOptions } from "./dns/steering/options.ts";
export type { OwnerRecords, SoaOptions, Ttl } from "./dns/store/zone-records.ts";
export type { BalanceName } from "./contract/balance-name.ts";
export type { Handler, HandlerContext } from "./contract/handler.ts";
export type { TargetMode } from "./contract/target-mode.ts";
