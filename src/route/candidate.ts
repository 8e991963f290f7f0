import type { RequestHead } from "../contract/head.ts";
import type { RoutePlan } from "../contract/plan.ts";
import type { ParsedMatch } from "./find-conflicts.ts";
import { compareHostPatterns } from "./host-pattern.ts";
import type { HostPattern } from "./host-pattern.ts";
import { comparePathPatterns } from "./path-pattern.ts";
import type { PathPattern } from "./path-pattern.ts";
import type { Predicate } from "./predicate.ts";

/** A route with its alternatives parsed. */
export interface CompiledRoute extends ParsedMatch {
  readonly plan: RoutePlan;
}

/** One way in which a route can match: one of its hosts with one of its paths. */
export interface Candidate {
  readonly route: CompiledRoute;
  readonly host: HostPattern;
  readonly path: PathPattern;
}

/** The precedence of README.md: negative when `a` goes before `b`. Never 0, since names are unique. */
export function compareCandidates(a: Candidate, b: Candidate): number {
  return (
    compareHostPatterns(a.host, b.host) ||
    comparePathPatterns(a.path, b.path) ||
    Number(asksMethod(b.route)) - Number(asksMethod(a.route)) ||
    b.route.predicates.length - a.route.predicates.length ||
    (a.route.plan.name < b.route.plan.name ? -1 : 1)
  );
}

function asksMethod(route: CompiledRoute): boolean {
  return route.predicates[0]?.kind === "method";
}

/** The first predicate that does not accept the request; null when all do. The one place where predicates are asked. */
export function firstRefusing(
  predicates: readonly Predicate[],
  head: RequestHead,
  clientAddress: string,
  listener: string,
): Predicate | null {
  for (let index = 0; index < predicates.length; index++) {
    const predicate = predicates[index]!;
    if (!predicate.accepts(head, clientAddress, listener)) return predicate;
  }
  return null;
}
