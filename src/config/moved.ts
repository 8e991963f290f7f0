/** Options that an earlier version had elsewhere, so that an old config is told where they stand now. */
import { formatPath } from "./problem.ts";
import type { ConfigPath } from "./problem.ts";

/** Below a pool: the old path and the new one. */
const IN_POOLS: ReadonlyArray<readonly [string, ConfigPath]> = [
  ["connections.maxFailures", ["health", "passive", "maxFails"]],
  ["connections.rest", ["health", "passive", "rest"]],
];

/** The path at which the option stands now, or null when there never was one. */
export function newPlace(path: ConfigPath): string | null {
  const [first, pool, ...rest] = path;
  if (first !== "pools" || pool === undefined) return null;
  const found = IN_POOLS.find(([old]) => old === rest.join("."));
  return found === undefined ? null : formatPath([first, pool, ...found[1]]);
}
