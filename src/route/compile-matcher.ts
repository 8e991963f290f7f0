import type { Matcher, RoutePlan } from "../contract/plan.ts";
import type { RouteMatch } from "../contract/route-match.ts";
import type { Candidate, CompiledRoute } from "./candidate.ts";
import { indexCandidates } from "./candidate-index.ts";
import { compilePredicates } from "./compile-predicates.ts";
import { ANY_HOST, parseHostPattern } from "./host-pattern.ts";
import { ANY_PATH, parameterNames, parsePathPattern, pathKey } from "./path-pattern.ts";
import { RouteConflict } from "./route-conflict.ts";
import { RouteMatcher } from "./route-matcher.ts";

export interface RouteToCompile {
  readonly plan: RoutePlan;
  readonly match: RouteMatch;
}

/**
 * Builds the matcher. The order of the routes does not matter: README.md has the precedence.
 * Throws `RouteConflict` when two routes match the same requests with the same precedence, and a RangeError for a
 * pattern that can not be read, for paths of one route that name their parameters differently, and for a name used twice.
 */
export function compileMatcher(routes: readonly RouteToCompile[]): Matcher {
  const compiled = routes.map(compileRoute);
  const candidates = listCandidates(compiled);
  refuseRepeatedNames(compiled);
  return new RouteMatcher(indexCandidates(candidates));
}

function compileRoute({ plan, match }: RouteToCompile): CompiledRoute {
  const paths = match.paths.length === 0 ? [ANY_PATH] : match.paths.map(parsePathPattern);
  parameterNames(paths);
  return {
    plan,
    hosts: match.hosts.length === 0 ? [ANY_HOST] : match.hosts.map(parseHostPattern),
    paths,
    predicates: compilePredicates(match),
  };
}

/** Every host of each route with every path of it, each once. */
function listCandidates(routes: readonly CompiledRoute[]): Candidate[] {
  const candidates: Candidate[] = [];
  const owners = new Map<string, CompiledRoute>();
  for (const route of routes) {
    const asked = route.predicates.map((predicate) => predicate.key).toSorted();
    for (const host of route.hosts) {
      for (const path of route.paths) {
        const key = JSON.stringify([host.text, pathKey(path), ...asked]);
        const owner = owners.get(key);
        if (owner === route) continue;
        if (owner !== undefined) {
          throw new RouteConflict(
            owner.plan.name,
            route.plan.name,
            [`host ${host.text}`, `path ${path.text}`, ...asked].join(", "),
          );
        }
        owners.set(key, route);
        candidates.push({ route, host, path });
      }
    }
  }
  return candidates;
}

/** Names are the last word of precedence, and logs and explanations go by them. */
function refuseRepeatedNames(routes: readonly CompiledRoute[]): void {
  const names = new Set<string>();
  for (const { plan } of routes) {
    if (names.has(plan.name)) throw new RangeError(`two routes are named "${plan.name}"`);
    names.add(plan.name);
  }
}
