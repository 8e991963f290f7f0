/**
 * What the parts of a config say of each other. It works on the config as it was written, so that these problems are
 * told together with those of the schema; what has the wrong shape is passed over, since the schema speaks of it.
 */
import { nearestWord } from "./nearest.ts";
import type { ConfigPath, ConfigProblem } from "./problem.ts";
import { show } from "./schema-value.ts";
import type { Source } from "./source.ts";

type Fields = Readonly<Record<string, unknown>>;

export function referenceProblems(config: unknown, source: Source): ConfigProblem[] {
  const routes = isFields(config) && Array.isArray(config.routes) ? (config.routes as unknown[]) : [];
  const pools = isFields(config) && isFields(config.pools) ? config.pools : {};
  const withoutAdmin = isFields(config) && config.admin === false ? adminSources(pools, source) : [];
  return [...unknownPools(routes, Object.keys(pools), source), ...repeatedNames(routes, source), ...withoutAdmin];
}

/** Sources that wait for an admin API which is off. */
function adminSources(pools: Fields, source: Source): ConfigProblem[] {
  return Object.entries(pools).flatMap(([name, pool]) => {
    const targets = isFields(pool) && Array.isArray(pool.targets) ? (pool.targets as unknown[]) : [];
    const index = targets.findIndex((target) => isFields(target) && target.admin === true);
    if (index === -1) return [];
    const path = ["pools", name, "targets", index, "admin"];
    return [problem(source, path, true, "the admin API is off", "an admin API, or another source")];
  });
}

function unknownPools(routes: readonly unknown[], pools: readonly string[], source: Source): ConfigProblem[] {
  return routes.flatMap((route, index) => {
    const proxy = isFields(route) ? route.proxy : undefined;
    const name = isFields(proxy) ? proxy.pool : proxy;
    if (typeof name !== "string" || name === "" || pools.includes(name)) return [];
    const path = ["routes", index, "proxy", ...(isFields(proxy) ? ["pool"] : [])];
    const expected = pools.length === 0 ? "a pool under pools, of which there is none" : `one of ${pools.join(", ")}`;
    return [problem(source, path, name, `no pool named ${show(name)}`, expected, nearestWord(name, pools))];
  });
}

function repeatedNames(routes: readonly unknown[], source: Source): ConfigProblem[] {
  const first = new Map<string, number>();
  return routes.flatMap((route, index) => {
    const name = isFields(route) ? route.name : undefined;
    if (typeof name !== "string") return [];
    const before = first.get(name);
    if (before === undefined) {
      first.set(name, index);
      return [];
    }
    const line = source.locate(["routes", before, "name"])?.line;
    const where = line === undefined ? `routes[${before}]` : `routes[${before}] in line ${line}`;
    return [
      problem(source, ["routes", index, "name"], name, `${where} is named ${show(name)} already`, "another name"),
    ];
  });
}

function problem(
  source: Source,
  path: ConfigPath,
  value: unknown,
  message: string,
  expected: string,
  nearest?: string,
): ConfigProblem {
  const found = source.problem(source.locate(path), { path, value, message, expected });
  return nearest === undefined ? found : { ...found, nearest };
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
