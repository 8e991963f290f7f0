/** What a route matches, in words. */
import type { NamedTest, RouteMatch, ValuePredicate } from "../contract/route-match.ts";

/** "host shop.test, path /api/* or /v2/*, method GET, field x-beta present"; "every request" when nothing is asked. */
export function describeMatch(match: RouteMatch): string {
  const parts = [
    ...list("host", match.hosts),
    ...list("path", match.paths),
    ...list("method", match.methods),
    ...match.fields.map((test) => describeTest("field", test)),
    ...match.queries.map((test) => describeTest("query", test)),
    ...match.cookies.map((test) => describeTest("cookie", test)),
    ...list("client", match.clients),
    ...list("listener", match.listeners),
  ];
  return parts.length === 0 ? "every request" : parts.join(", ");
}

/** The name of a route that was given none: "shop.test/api/* GET", "/" … Not necessarily unique. */
export function nameMatch(match: RouteMatch): string {
  const address = `${match.hosts.join("|")}${match.paths.length === 0 ? "/*" : match.paths.join("|")}`;
  return match.methods.length === 0 ? address : `${match.methods.join("|")} ${address}`;
}

function list(word: string, values: readonly string[]): string[] {
  return values.length === 0 ? [] : [`${word} ${values.join(" or ")}`];
}

function describeTest(kind: string, { name, test }: NamedTest): string {
  return `${kind} ${name} ${describePredicate(test)}`;
}

function describePredicate(test: ValuePredicate): string {
  switch (test.kind) {
    case "present":
    case "absent":
      return test.kind;
    case "equal":
      return `= ${JSON.stringify(test.value)}`;
    case "prefix":
      return `begins with ${JSON.stringify(test.value)}`;
    case "contains":
      return `contains ${JSON.stringify(test.value)}`;
    case "regex":
      return `matches ${String(test.regex)}`;
  }
}
