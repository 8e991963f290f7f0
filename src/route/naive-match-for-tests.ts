/**
 * A second matcher for tests, written from README.md with strings and loops and nothing of this folder's code: the
 * oracle for random routes and requests.
 */
import type { RouteMatch, ValuePredicate } from "../contract/route-match.ts";
import type { RouteToCompile } from "./compile-matcher.ts";

export interface NaiveRequest {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly query: ReadonlyArray<readonly [string, string]>;
  readonly fields: ReadonlyArray<readonly [string, string]>;
  readonly cookies: ReadonlyArray<readonly [string, string]>;
  readonly client: string;
  readonly listener: string;
}

/** Name of the route that takes the request, or null. */
export function naiveMatch(routes: readonly RouteToCompile[], request: NaiveRequest): string | null {
  const ways: Array<{ name: string; order: Array<number | string> }> = [];
  for (const { plan, match } of routes) {
    if (!predicatesPass(match, request)) continue;
    for (const host of match.hosts.length === 0 ? ["*"] : match.hosts) {
      for (const path of match.paths.length === 0 ? ["/*"] : match.paths) {
        if (!hostPasses(host, request.host) || !pathPasses(path, request.path)) continue;
        ways.push({
          name: plan.name,
          order: [...hostOrder(host), pathOrder(path), ...predicateOrder(match), plan.name],
        });
      }
    }
  }
  ways.sort((a, b) => compareOrders(a.order, b.order));
  return ways[0]?.name ?? null;
}

function hostPasses(pattern: string, host: string): boolean {
  if (pattern === "*") return true;
  return pattern.startsWith("*.")
    ? host.length > pattern.length - 1 && host.endsWith(pattern.slice(1))
    : host === pattern;
}

function pathPasses(pattern: string, path: string): boolean {
  if (pattern.startsWith("~ ")) return new RegExp(pattern.slice(2)).test(path);
  const source = pattern.replace(/\/\*$/, "(/.*)?").replace(/:[a-z]+/g, "[^/]+");
  return new RegExp(`^${source}$`).test(path);
}

function predicatesPass(match: RouteMatch, request: NaiveRequest): boolean {
  return (
    (match.methods.length === 0 || match.methods.includes(request.method)) &&
    match.fields.every(({ name, test }) => anyPasses(test, valuesOf(request.fields, name))) &&
    match.queries.every(({ name, test }) => anyPasses(test, valuesOf(request.query, name))) &&
    match.cookies.every(({ name, test }) => anyPasses(test, valuesOf(request.cookies, name))) &&
    (match.clients.length === 0 || match.clients.includes(request.client)) &&
    (match.listeners.length === 0 || match.listeners.includes(request.listener))
  );
}

function anyPasses(test: ValuePredicate, values: readonly string[]): boolean {
  return test.kind === "absent" ? values.length === 0 : values.some((value) => valuePasses(test, value));
}

function valuesOf(pairs: ReadonlyArray<readonly [string, string]>, name: string): string[] {
  return pairs.filter((pair) => pair[0] === name).map((pair) => pair[1]);
}

function valuePasses(test: ValuePredicate, value: string): boolean {
  switch (test.kind) {
    case "present":
      return true;
    case "absent":
      return false;
    case "equal":
      return value === test.value;
    case "prefix":
      return value.startsWith(test.value);
    case "contains":
      return value.includes(test.value);
    case "regex":
      return value.search(test.regex) !== -1;
  }
}

/** Smaller goes first. */
function hostOrder(pattern: string): number[] {
  if (pattern === "*") return [2, 0];
  return pattern.startsWith("*.") ? [1, -pattern.split(".").length] : [0, 0];
}

/** One letter per segment: static, parameter, then the end of an exact pattern before "*" at the same place. */
function pathOrder(pattern: string): string {
  // Behind the literal segments that it begins with, right before "*".
  if (pattern.startsWith("~ "))
    return `${"a".repeat(/^~ \^((?:\/[a-z]+(?=\/))*)/.exec(pattern)?.[1]?.split("/").slice(1).length ?? 0)}y`;
  const letters = pattern
    .slice(1)
    .split("/")
    .map((word) => (word === "*" ? "z" : word.startsWith(":") ? "b" : "a"));
  return letters.join("");
}

function predicateOrder(match: RouteMatch): number[] {
  const values = match.fields.length + match.queries.length + match.cookies.length;
  const tests = values + Math.min(1, match.clients.length) + Math.min(1, match.listeners.length);
  return [match.methods.length > 0 ? 0 : 1, -tests];
}

function compareOrders(a: ReadonlyArray<number | string>, b: ReadonlyArray<number | string>): number {
  for (const [index, left] of a.entries()) {
    const right = b[index]!;
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}
