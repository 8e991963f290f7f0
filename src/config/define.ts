/** What a TypeScript config calls. They only give types and save typing: the result is the plain config. */
import type { Config, MatchConfig, OneOrMany, PoolConfig, RouteConfig, TargetConfig } from "./config.ts";

/** Types a config; gives back the very same object. */
export function defineConfig(config: Config): Config {
  return config;
}

/** A route for one path or several: `route("/api/*", { proxy: "api" })`. */
export function route(
  path: OneOrMany<string>,
  rest: Omit<RouteConfig, "match"> & { match?: Omit<MatchConfig, "path"> },
): RouteConfig {
  return { ...rest, match: { path, ...rest.match } };
}

/** A pool of one target or several: `pool(["127.0.0.1:3001", "127.0.0.1:3002"], { balance: "least-connections" })`. */
export function pool(
  targets: string | TargetConfig | PoolConfig["targets"],
  rest: Omit<PoolConfig, "targets"> = {},
): PoolConfig {
  const list = typeof targets === "string" || "address" in targets ? [targets] : targets;
  return { ...rest, targets: list };
}
