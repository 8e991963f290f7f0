/** `match`: what a route takes. */
import { z } from "zod";
import type { NamedTest, RouteMatch, ValuePredicate } from "../contract/route-match.ts";
import { parseHostPattern } from "../route/host-pattern.ts";
import { parsePathPattern } from "../route/path-pattern.ts";
import { toAsciiHost } from "../bytes/address.ts";
import { nearestWord } from "./nearest.ts";
import { network } from "./schema-address.ts";
import { TOKEN, method, regularExpression } from "./schema-token.ts";
import { Refusal, oneOrMany, show, text, value } from "./schema-value.ts";

const host = text('a name such as "shop.test" or "*.shop.test", without port', (input) => {
  try {
    return parseHostPattern(toAsciiHost(input)).text;
  } catch {
    const port = /^(.*[^:]):\d+$/.exec(input)?.[1];
    return new Refusal(`${show(input)} is no host name`, undefined, port);
  }
});

const path = text('"/a", "/a/*", "/users/:id" or "/users/:id/*"', (input) => {
  try {
    return parsePathPattern(input).text;
  } catch (error) {
    return new Refusal(error instanceof RangeError ? error.message : String(error));
  }
});

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
    if (entries.length !== 1 || kind === undefined) return new Refusal(`${show(input)} is no test`);
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

export const match = z
  .strictObject({
    host: oneOrMany(host).optional(),
    path: oneOrMany(path).optional(),
    method: oneOrMany(method).optional(),
    // RFC 9110 §5.1: field names are case-insensitive; names of parameters and cookies are not.
    field: tests(tokenKey, (name) => name.toLowerCase()).optional(),
    query: tests(queryName, (name) => name).optional(),
    cookie: tests(tokenKey, (name) => name).optional(),
    client: oneOrMany(network).optional(),
  })
  .transform((input): RouteMatch => ({
    hosts: input.host ?? [],
    paths: input.path ?? [],
    methods: input.method ?? [],
    fields: input.field ?? [],
    queries: input.query ?? [],
    cookies: input.cookie ?? [],
    clients: input.client ?? [],
  }));
