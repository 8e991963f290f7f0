import type { RouteMatch } from "../contract/route-match.ts";
import { ClientPredicate } from "./client-predicate.ts";
import { CookieSource } from "../http/values/cookie-source.ts";
import { FieldSource } from "../http/values/field-source.ts";
import { ListenerPredicate } from "./listener-predicate.ts";
import { MethodPredicate } from "./method-predicate.ts";
import type { Predicate } from "./predicate.ts";
import { QuerySource } from "../http/values/query-source.ts";
import { ValuePredicate } from "./value-predicate.ts";

/** One for all routes that ask for nothing: most of them, and it stays in the processor's cache. */
const NONE: readonly Predicate[] = [];

/** Everything that a route asks for beyond host and path, each once, in the order in which they are tried. */
export function compilePredicates(match: RouteMatch): readonly Predicate[] {
  const list: Predicate[] = [];
  if (match.methods.length > 0) list.push(new MethodPredicate(match.methods));
  if (match.listeners.length > 0) list.push(new ListenerPredicate(match.listeners));
  for (const { name, test } of match.fields) list.push(new ValuePredicate(new FieldSource(name), test));
  for (const { name, test } of match.queries) list.push(new ValuePredicate(new QuerySource(name), test));
  for (const { name, test } of match.cookies) list.push(new ValuePredicate(new CookieSource(name), test));
  if (match.clients.length > 0) list.push(new ClientPredicate(match.clients));
  if (list.length === 0) return NONE;
  return list.filter((predicate, index) => list.findIndex((other) => other.key === predicate.key) === index);
}
