import type { RoutePlan } from "../contract/plan.ts";
import type { NamedTest, RouteMatch } from "../contract/route-match.ts";
import type { RouteToCompile } from "./compile-matcher.ts";

export interface TestMatch {
  readonly host?: string | readonly string[];
  readonly path?: string | readonly string[];
  readonly method?: string | readonly string[];
  readonly field?: readonly NamedTest[];
  readonly query?: readonly NamedTest[];
  readonly cookie?: readonly NamedTest[];
  readonly client?: string | readonly string[];
  readonly listener?: string | readonly string[];
}

/** A route for tests, which answers with its own name. */
export function routeOf(name: string, match: TestMatch): RouteToCompile {
  const plan: RoutePlan = {
    name,
    description: "",
    origin: "",
    paramNames: [],
    policies: [],
    clientPolicies: 0,
    errorPages: null,
    limits: { body: Infinity, bodyRate: 0 },
    timeouts: { body: 0, write: 0, tunnel: 0, tunnelHalfClose: 0 },
    action: { kind: "respond", reply: { status: 200, fields: [], body: { kind: "none" } } },
  };
  const compiled: RouteMatch = {
    hosts: list(match.host),
    paths: list(match.path),
    methods: list(match.method),
    fields: match.field ?? [],
    queries: match.query ?? [],
    cookies: match.cookie ?? [],
    clients: list(match.client),
    listeners: list(match.listener),
  };
  return { plan, match: compiled };
}

function list(words: string | readonly string[] | undefined): readonly string[] {
  if (words === undefined) return [];
  return typeof words === "string" ? [words] : words;
}
