/** What a TypeScript config calls. They only give types and save typing: the result is the plain config. */
import type { OneOrMany } from "../schema/units.ts";
import type { Config } from "./config.ts";
import type { PoolConfig } from "./pool-config.ts";
import type { MatchConfig, RouteAction, RouteConfig, RouteOptions } from "./route-config.ts";

/** A config that is made when it is loaded, at the start and at each reload. */
export type ConfigFunction<Pool extends string = string> = () => Config<Pool> | Promise<Config<Pool>>;

/** Types a function that makes a config, also an asynchronous one, and gives it back. */
export function defineConfig<Pool extends string = never>(make: ConfigFunction<Pool>): ConfigFunction<Pool>;
// Last: of several, the compiler tells what is wrong by the last one.
/** Types a config, and gives back the very same object. A route may send requests only to pools that there are. */
export function defineConfig<Pool extends string = never>(config: Config<Pool>): Config<Pool>;
export function defineConfig(config: Config | ConfigFunction): Config | ConfigFunction {
  return config;
}

/** Of a route for which the path is said already. */
type RouteRest = Omit<RouteOptions, "match"> & { match?: Omit<MatchConfig, "path"> };

/** A route for one path or several: `route("/api/*", { proxy: "api" })`. */
export function route<Pool extends string = never>(
  path: OneOrMany<string>,
  rest: RouteRest & RouteAction<Pool>,
): RouteConfig<NoInfer<Pool>> {
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
