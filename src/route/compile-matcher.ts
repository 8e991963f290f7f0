import type { Matcher, RoutePlan } from "../contract/plan.ts";
import type { RouteMatch } from "../contract/route-match.ts";
import type { CompiledRoute } from "./candidate.ts";
import { indexCandidates } from "./candidate-index.ts";
import { listWays, parseMatch } from "./find-conflicts.ts";
import { parameterNames } from "./path-pattern.ts";
import { RouteConflict } from "./route-conflict.ts";
import { RouteMatcher } from "./route-matcher.ts";
import { atOnce, type Slices } from "../time/slices.ts";

export interface RouteToCompile {
  readonly plan: RoutePlan;
  readonly match: RouteMatch;
}

/**
 * Builds the matcher. The order of the routes does not matter: README.md has the precedence.
 * `ignoreCase`: of paths. Throws `RouteConflict` when two routes match the same requests with the same precedence, and a RangeError for a
 * pattern that cannot be read, for paths of one route that name their parameters differently, and for a name used twice.
 */
export function compileMatcher(routes: readonly RouteToCompile[], ignoreCase = false): Matcher {
  return atOnce(compileMatcherInSlices(routes, ignoreCase));
}

/** The same beside traffic. */
export function* compileMatcherInSlices(routes: readonly RouteToCompile[], ignoreCase: boolean): Slices<Matcher> {
  const compiled: CompiledRoute[] = [];
  for (const route of routes) {
    compiled.push(compileRoute(route, ignoreCase));
    yield;
  }
  const { ways, conflicts } = yield* listWays(compiled);
  const [conflict] = conflicts;
  if (conflict !== undefined) {
    throw new RouteConflict(conflict.first.plan.name, conflict.second.plan.name, conflict.overlap);
  }
  refuseRepeatedNames(compiled);
  return new RouteMatcher(yield* indexCandidates(ways), ignoreCase);
}

function compileRoute({ plan, match }: RouteToCompile, ignoreCase: boolean): CompiledRoute {
  const parsed = parseMatch(match, ignoreCase);
  parameterNames(parsed.paths);
  return { plan, ...parsed };
}

/** Names are the last word of precedence, and logs and explanations go by them. */
function refuseRepeatedNames(routes: readonly CompiledRoute[]): void {
  const names = new Set<string>();
  for (const { plan } of routes) {
    if (names.has(plan.name)) throw new RangeError(`two routes are named "${plan.name}"`);
    names.add(plan.name);
  }
}
