/** `match`: what a route takes. */
import { z } from "zod";
import type { NamedTest, RouteMatch, ValuePredicate } from "../contract/route-match.ts";
import { parseHostPattern } from "./host-pattern.ts";
import { otherPathPattern } from "./other-path-patterns.ts";
import { parameterNames, parsePathPattern, REGEX } from "./path-pattern.ts";
import { toAsciiHost } from "../bytes/address.ts";
import { network } from "../schema/address.ts";
import { check, isFields } from "../schema/check.ts";
import { option, reference } from "../schema/facts.ts";
import { nearestWord } from "../schema/nearest.ts";
import { TOKEN, method, regularExpression, visibleName } from "../schema/token.ts";
import { Refusal, attempt, oneOrMany, show, text, value } from "../schema/value.ts";

const host = text('a name such as "shop.test" or "*.shop.test", without port', (input) => {
  try {
    return parseHostPattern(toAsciiHost(input)).text;
  } catch {
    const { nearest, remedy } = meantHost(input);
    return new Refusal(`${show(input)} is not a host name`, undefined, nearest, remedy);
  }
});

function meantHost(input: string): { readonly nearest?: string; readonly remedy?: string } {
  if (input === "*" || input === "") return { remedy: "leave host out: then every host matches" };
  const name = /^(?:https?:\/\/|\.)?(.*?)(?::\d+)?\/?$/.exec(input)?.[1] ?? "";
  const nearest = input.startsWith(".") ? `*.${name}` : name;
  return attempt(() => parseHostPattern(nearest)) instanceof Refusal ? {} : { nearest };
}

const path = value(
  '"/a", "/a/*", "/users/:id", "/users/:id/*" or { regex: "^/users/[0-9]+$" }',
  {
    anyOf: [
      { type: "string" },
      { type: "object", properties: { regex: { type: "string" } }, required: ["regex"], additionalProperties: false },
    ],
  },
  (input) => (typeof input === "string" ? readPath(input) : readPathRegex(input)),
);

function readPath(input: string): string | Refusal {
  const other = otherPathPattern(input);
  if (other === null) return attempt(() => parsePathPattern(input).text);
  const { ours, remedy } = other;
  const nearest = ours !== null && !(attempt(() => parsePathPattern(ours)) instanceof Refusal) ? ours : undefined;
  return new Refusal(`${show(input)} is not a path here`, undefined, nearest, remedy);
}

function readPathRegex(input: unknown): string | Refusal {
  const entries = isFields(input) ? Object.entries(input) : [];
  const [name, regex] = entries[0] ?? [];
  if (entries.length !== 1 || name !== "regex" || typeof regex !== "string" || regex === "")
    return new Refusal(`${show(input)} is not a path`);
  return attempt(() => parsePathPattern(REGEX + regex).text);
}

const TEST_KINDS = ["prefix", "contains", "regex"] as const;
const TEST_JSON = {
  anyOf: [
    { type: "boolean" },
    { type: "string" },
    ...TEST_KINDS.map((kind) => ({
      type: "object",
      properties: { [kind]: { type: "string" } },
      required: [kind],
      additionalProperties: false,
    })),
  ],
};

const valueTest = value(
  'true (present), false (absent), a string (equal), { prefix: "…" }, { contains: "…" } or { regex: "…" }',
  TEST_JSON,
  (input): ValuePredicate | Refusal => {
    if (typeof input === "boolean") return { kind: input ? "present" : "absent" };
    if (typeof input === "string") return { kind: "equal", value: input };
    const entries = typeof input === "object" && input !== null ? Object.entries(input) : [];
    const [kind, wanted] = entries[0] ?? [];
    if (entries.length !== 1 || kind === undefined) return new Refusal(`${show(input)} is not a test`);
    const known = TEST_KINDS.find((word) => word === kind);
    if (known === undefined)
      return new Refusal(`no test is called ${show(kind)}`, undefined, nearestWord(kind, TEST_KINDS));
    if (typeof wanted !== "string" || wanted === "")
      return new Refusal(`${known} is ${show(wanted)}`, "a string that is not empty");
    return known === "regex" ? regexTest(wanted) : { kind: known, value: wanted };
  },
);

function regexTest(source: string): ValuePredicate | Refusal {
  const regex = regularExpression(source);
  return regex instanceof Refusal ? regex : { kind: "regex", regex };
}

/** A record of tests as a list, names as `fold` gives them. */
function tests(key: z.ZodType<string, string>, fold: (name: string) => string) {
  return z
    .record(key, valueTest)
    .transform((record): NamedTest[] => Object.entries(record).map(([name, test]) => ({ name: fold(name), test })));
}

const queryName = z.string().min(1);
const tokenKey = z.string().regex(TOKEN);

const listenerName = reference(
  "listener",
  text("the name of a listener", (input) => input),
);

const matchObject = z.strictObject({
  host: option(
    oneOrMany(host).optional(),
    "`shop.test`, or `*.shop.test` for one or more labels in front. Without port.",
    { values: "names", initial: "any" },
  ),
  path: option(
    oneOrMany(path).optional(),
    '`/a` exactly; `/a/*` that and everything below; `/users/:id` with a parameter, also `/users/:id/*`; `{ regex: "\\\\.(png|jpe?g)$" }` a regular expression, which may match anywhere.',
    { values: "patterns", initial: "any" },
  ),
  method: option(oneOrMany(method).optional(), "`GET`, `[GET, HEAD]`. Methods are case-sensitive.", {
    values: "methods",
    initial: "any",
  }),
  // RFC 9110 §5.1: field names are case-insensitive; names of parameters and cookies are not.
  field: option(tests(tokenKey, (name) => name.toLowerCase()).optional(), "Fields of the request.", {
    values: "names and tests",
  }),
  query: option(tests(queryName, (name) => name).optional(), "Parameters of the query.", { values: "names and tests" }),
  cookie: option(tests(tokenKey, (name) => name).optional(), "Cookies.", { values: "names and tests" }),
  client: option(oneOrMany(network).optional(), "The client's address, found past trusted proxies.", {
    values: "networks",
    initial: "any",
  }),
  listener: option(
    oneOrMany(listenerName).optional(),
    "The listener that the connection came to: its `name`, or its address as it is written.",
    { values: "names of listeners", initial: "any" },
  ),
});

const namedAlike = check(matchObject, ["path"], (parts, report) => {
  const patterns = parts.path ?? [];
  if (patterns.length < 2) return;
  const names = attempt(() => parameterNames(patterns.map(parsePathPattern)));
  if (names instanceof Refusal) report(["path"], names.message, { expected: "the same parameters in every path" });
});

const RULE_PARTS: Readonly<Record<string, (value: string) => string>> = {
  Host: (value) => `host: ${show(value)}`,
  Path: (value) => `path: ${show(value)}`,
  PathPrefix: (value) => `path: ${show(`${value.replace(/\/$/, "")}/*`)}`,
  Method: (value) => `method: ${show(value)}`,
  ClientIP: (value) => `client: ${show(value)}`,
};

/** A path, or a rule of Traefik: Host(`a`) && PathPrefix(`/b`). */
function matchOf(written: unknown): string | null {
  if (typeof written !== "string") return null;
  if (written.startsWith("/")) return `{ path: ${show(written)} }`;
  const parts = [...written.matchAll(/(\w+)\(["'`]([^"'`]*)["'`]\)/g)].flatMap(
    ([, name = "", value = ""]) => RULE_PARTS[name]?.(value) ?? [],
  );
  return parts.length === 0 ? null : `{ ${parts.join(", ")} }`;
}

export const match = option(
  namedAlike
    .transform((input): RouteMatch => ({
      hosts: input.host ?? [],
      paths: input.path ?? [],
      methods: input.method ?? [],
      fields: input.field ?? [],
      queries: input.query ?? [],
      cookies: input.cookie ?? [],
      clients: input.client ?? [],
      listeners: input.listener ?? [],
    }))
    .prefault({}),
  "Each part given must match; of a list one entry.",
  { initial: "every request", longForm: matchOf },
);

/** Route names stand in log lines and in the header of explanations. */
export const routeName = option(
  visibleName("route").optional(),
  "Names the route in logs and explanations. Each once.",
  {
    values: "1 to 100 characters",
    initial: "made from what it matches",
  },
);
