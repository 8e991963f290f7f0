/** What a TypeScript config calls. They only give types and save typing: the result is the plain config. */
import type { OneOrMany } from "../schema/units.ts";
import type { Config, MatchConfig, PoolConfig, RouteConfig } from "./config.ts";

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

/**
 * A pool of one target (or source of targets) or several:
 * `pool(["127.0.0.1:3001", "127.0.0.1:3002"], { balance: "least-connections" })`, `pool({ dns: "app.internal:3000" })`.
 */
export function pool(
  targets: PoolConfig["targets"] | PoolConfig["targets"][number],
  rest: Omit<PoolConfig, "targets"> = {},
): PoolConfig {
  return { ...rest, targets: isList(targets) ? targets : [targets] };
}

/** `Array.isArray` says nothing of readonly arrays. */
function isList<T>(input: T | readonly T[]): input is readonly T[] {
  return Array.isArray(input);
}
