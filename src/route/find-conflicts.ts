/** Routes as what they match on: every host of each with every path of it. */
import type { RouteMatch } from "../contract/route-match.ts";
import { compilePredicates } from "./compile-predicates.ts";
import { ANY_HOST, parseHostPattern } from "./host-pattern.ts";
import type { HostPattern } from "./host-pattern.ts";
import { ANY_PATH, ignoringCase, parsePathPattern, pathKey } from "./path-pattern.ts";
import type { PathPattern } from "./path-pattern.ts";
import type { Predicate } from "./predicate.ts";
import type { Slices } from "../time/slices.ts";

export interface ParsedMatch {
  readonly hosts: readonly HostPattern[];
  readonly paths: readonly PathPattern[];
  /** What is asked for beyond host and path; no two with the same key. */
  readonly predicates: readonly Predicate[];
}

/** Two routes match the same requests with the same precedence, so that neither could be preferred by a rule. */
export interface Conflict<R> {
  /** The one that stands first in the config. */
  readonly first: R;
  readonly second: R;
  /** What both match. */
  readonly overlap: string;
}

/** @throws RangeError for a pattern that cannot be read. */
export function parseMatch(match: RouteMatch, ignoreCase: boolean): ParsedMatch {
  const paths = match.paths.length === 0 ? [ANY_PATH] : match.paths.map(parsePathPattern);
  return {
    hosts: match.hosts.length === 0 ? [ANY_HOST] : match.hosts.map(parseHostPattern),
    paths: ignoreCase ? paths.map(ignoringCase) : paths,
    predicates: compilePredicates(match),
  };
}

export interface Ways<R> {
  /** Every way of each route in which it can match, each once. */
  readonly ways: ReadonlyArray<{ readonly route: R; readonly host: HostPattern; readonly path: PathPattern }>;
  /** One at most for each route, whose ways are then left out. */
  readonly conflicts: ReadonlyArray<Conflict<R>>;
}

export function* listWays<R extends ParsedMatch>(routes: readonly R[]): Slices<Ways<R>> {
  const ways: Array<{ route: R; host: HostPattern; path: PathPattern }> = [];
  const conflicts: Array<Conflict<R>> = [];
  const owners = new Map<string, R>();
  for (const route of routes) {
    yield;
    const asked = route.predicates.map((predicate) => predicate.key).toSorted();
    const own = new Map<string, { route: R; host: HostPattern; path: PathPattern }>();
    let conflict: Conflict<R> | null = null;
    for (const host of route.hosts) {
      for (const path of route.paths) {
        const key = JSON.stringify([host.text, pathKey(path), ...asked]);
        const first = owners.get(key);
        if (first === undefined) {
          if (!own.has(key)) own.set(key, { route, host, path });
        } else {
          const overlap = [`host ${host.text}`, `path ${path.text}`, ...asked].join(", ");
          conflict ??= { first, second: route, overlap };
        }
      }
    }
    if (conflict !== null) {
      conflicts.push(conflict);
      continue;
    }
    for (const [key, way] of own) {
      owners.set(key, route);
      ways.push(way);
    }
  }
  return { ways, conflicts };
}

interface NamedMatch {
  readonly name: string;
  readonly match: RouteMatch;
}

/**
 * Every route that matches the same requests as one before it, of routes whose patterns can be read. `ignoreCase`: of
 * paths.
 */
export function* findConflicts<R extends NamedMatch>(
  routes: readonly R[],
  ignoreCase = false,
): Slices<Array<{ readonly first: R; readonly second: R; readonly message: string }>> {
  const parsed: Array<ParsedMatch & { readonly route: R }> = [];
  for (const route of routes) {
    parsed.push({ route, ...parseMatch(route.match, ignoreCase) });
    yield;
  }
  const { conflicts } = yield* listWays(parsed);
  return conflicts.map(({ first: { route: first }, second: { route: second }, overlap }) => ({
    first,
    second,
    message: conflictMessage(first.name, second.name, overlap),
  }));
}

export function conflictMessage(first: string, second: string, overlap: string): string {
  return `routes "${first}" and "${second}" match the same requests (${overlap})`;
}
