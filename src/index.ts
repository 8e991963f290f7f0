/**
 * Roundtrip as a library. A config imports from here what gives it types:
 *
 *     import { defineConfig, pool, route } from "roundtrip-edge";
 *
 *     export default defineConfig({
 *       pools: { app: pool(["127.0.0.1:3001", "127.0.0.1:3002"]) },
 *       routes: [route("/*", { proxy: "app" })],
 *     });
 */
export { defineConfig, pool, route } from "./config/define.ts";
export { loadConfig, loadValue } from "./config/load.ts";
export type { LoadedConfig } from "./config/load.ts";
export { compile } from "./config/compile.ts";
export type { CompileOptions } from "./config/compile.ts";
export { ConfigError } from "./schema/problem.ts";
export type { ConfigPath, ConfigProblem } from "./schema/problem.ts";
export { renderProblems } from "./config/render-problems.ts";
export type {
  AccessLogConfig,
  AdminConfig,
  AdminSourceConfig,
  BalanceConfig,
  BalanceKeyConfig,
  Config,
  DnsSourceConfig,
  EndpointConfig,
  FieldEditsConfig,
  FileSourceConfig,
  ForwardingConfig,
  HeadersConfig,
  HealthCheckConfig,
  HealthCheckTlsConfig,
  HealthConfig,
  LimitsConfig,
  ListenerConfig,
  MatchConfig,
  PassiveHealthConfig,
  ExpiresConfig,
  PolicyConfig,
  PoolConfig,
  RefreshConfig,
  RewriteConfig,
  RouteConfig,
  ServiceSourceConfig,
  StaticConfig,
  StatusesConfig,
  StickyConfig,
  TargetConfig,
  TargetSourceConfig,
  TimeoutsConfig,
  TraceConfig,
  ValueTest,
} from "./config/config.ts";
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
export type { BalanceName } from "./contract/balancer.ts";
export type { Handler, HandlerContext, Plan } from "./contract/plan.ts";
export type { TargetMode } from "./contract/target.ts";
