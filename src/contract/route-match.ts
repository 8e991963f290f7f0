/** What a route matches: checked by the config, compiled by `route/`. Every list is an "or", all parts together an "and". */
export interface RouteMatch {
  /** Exact names or "*.name", lower case, without port. Empty: any. */
  readonly hosts: readonly string[];
  /** "/a", "/a/*", "/users/:id", "/users/:id/*". Empty: any. */
  readonly paths: readonly string[];
  /** Upper case as the methods are. Empty: any. */
  readonly methods: readonly string[];
  readonly fields: readonly NamedTest[];
  readonly queries: readonly NamedTest[];
  readonly cookies: readonly NamedTest[];
  /** Addresses or CIDR. Empty: any. */
  readonly clients: readonly string[];
  /** Names of listeners. Empty: any. */
  readonly listeners: readonly string[];
}

export interface NamedTest {
  readonly name: string;
  readonly test: ValuePredicate;
}

export type ValuePredicate =
  | { readonly kind: "present" }
  | { readonly kind: "absent" }
  | { readonly kind: "equal"; readonly value: string }
  | { readonly kind: "prefix"; readonly value: string }
  | { readonly kind: "contains"; readonly value: string }
  | { readonly kind: "regex"; readonly regex: RegExp };
