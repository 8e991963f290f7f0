/** What the schema finds, as problems with a place and in our words. */
import type { z } from "zod";
import { meantBy } from "./meant-by.ts";
import { byPlace } from "./problem.ts";
import type { ConfigPath, ConfigProblem } from "./problem.ts";
import { show } from "./value.ts";
import { SAID } from "./check.ts";
import { factsOf } from "./facts.ts";
import { keysAt, schemasAt } from "./walk.ts";
import type { Source } from "./source.ts";

type Issue = z.core.$ZodIssue;

/** Every issue as one problem or more, in the order of the file. */
export function toProblems(
  issues: readonly Issue[],
  schema: z.core.$ZodType,
  value: unknown,
  source: Source,
): ConfigProblem[] {
  const problems = issues.flatMap((issue) => describe(issue, [], { schema, value, source }));
  return problems.map((problem) => withRemedy(problem, schema)).sort(byPlace);
}

interface Context {
  readonly schema: z.core.$ZodType;
  readonly value: unknown;
  readonly source: Source;
}

function describe(issue: Issue, prefix: ConfigPath, context: Context): ConfigProblem[] {
  const path = [...prefix, ...issue.path.map((step) => (typeof step === "number" ? step : String(step)))];
  const value = valueAt(context.value, path);
  const make = (message: string, expected: string, part: "key" | "value" = "value"): ConfigProblem =>
    context.source.problem(context.source.locate(path, part), { path, value, message, expected });
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey(key, path, context));
    case "invalid_union":
      return describeUnion(issue, path, context, make);
    case "invalid_type":
      return [
        make(
          value === undefined ? "is missing" : `${show(value)} is not ${withArticle(issue.expected)}`,
          typeWord(issue.expected),
        ),
      ];
    case "invalid_value":
      return [
        make(`${show(value)} is not allowed here`, `one of ${issue.values.map((word) => String(word)).join(", ")}`),
      ];
    case "too_small":
      return [make("is empty", issue.origin === "array" ? "at least one" : `at least ${issue.minimum}`)];
    case "too_big":
      return [make("is too long", `at most ${issue.maximum}`)];
    case "invalid_key":
      return [
        make(
          `${show(path.at(-1))} cannot be a name here`,
          "letters, digits and . _ - (a field or cookie: a token)",
          "key",
        ),
      ];
    case "custom":
      return issue.message === SAID ? [] : [describeCustom(issue, path, context.schema, make)];
    default:
      return [make(issue.message, "")];
  }
}

type Make = (message: string, expected: string, part?: "key" | "value") => ConfigProblem;

function describeCustom(
  issue: z.core.$ZodIssueCustom,
  path: ConfigPath,
  schema: z.core.$ZodType,
  make: Make,
): ConfigProblem {
  const { expected, nearest, at, remedy } = issue.params ?? {};
  const problem = make(issue.message, typeof expected === "string" ? expected : "", at === "key" ? "key" : "value");
  // Problems end in logs: a secret is not repeated there.
  const secret = schemasAt(schema, path).some((option) => factsOf(option).secret === true);
  const shown = secret ? { ...problem, value: undefined, sourceLine: "" } : problem;
  return {
    ...shown,
    ...(typeof nearest === "string" && { nearest }),
    ...(typeof remedy === "string" && { remedy }),
  };
}

function unknownKey(key: string, path: ConfigPath, { schema, value, source }: Context): ConfigProblem {
  const keys = keysAt(schema, path).filter((word) => word !== "$schema");
  const at = [...path, key];
  const { message, expected = `one of ${keys.join(", ")}`, ...hints } = meantBy(key, path, keys, schema);
  const part = { path: at, value: valueAt(value, at), message, expected, ...hints };
  return source.problem(source.locate(at, "key"), part);
}

/** Words of other formats for true and false, which to YAML 1.2, JSON and TypeScript are strings like any other. */
const BOOLEANS: Readonly<Record<string, boolean>> = {
  yes: true,
  on: true,
  true: true,
  enabled: true,
  no: false,
  off: false,
  false: false,
  none: false,
  disabled: false,
};

/** What would correct a value of another type than was expected. */
function withRemedy(problem: ConfigProblem, schema: z.core.$ZodType): ConfigProblem {
  const { path, value, message, expected, nearest, remedy } = problem;
  if (nearest !== undefined || remedy !== undefined || value === undefined || value === null) return problem;
  if (typeof value === "string") {
    const word = BOOLEANS[value.toLowerCase()];
    const fits = word !== undefined && new RegExp(`\\b${word}\\b`).test(expected);
    if (fits) return { ...problem, remedy: `write ${word}; ${show(value)} is a string` };
  }
  if (message.endsWith(" is not a string")) {
    if (typeof value !== "number" && typeof value !== "boolean") return problem;
    return { ...problem, remedy: `in quotes it is one: "${value}"` };
  }
  if (!expected.includes("an object")) return problem;
  const long = schemasAt(schema, path).map((option) => factsOf(option).longForm?.(value) ?? null);
  const form = long.find((found) => found !== null);
  return form === undefined ? problem : { ...problem, remedy: `write ${form}` };
}

/** A short form and a long one: of the two, what is wrong with the one that the person used. */
function describeUnion(
  issue: z.core.$ZodIssueInvalidUnion,
  path: ConfigPath,
  context: Context,
  make: Make,
): ConfigProblem[] {
  const value = valueAt(context.value, path);
  const structured = typeof value === "object" && value !== null;
  const fits = issue.errors.find((branch) => structured === branch.every((found) => !isTypeMismatch(found)));
  const own = issue.errors.find((found) => found.some((inner) => inner.code === "custom"));
  const branch = structured ? (fits ?? (issue.errors.length === 2 && !Array.isArray(value) ? own : undefined)) : own;
  if (branch !== undefined) return branch.flatMap((inner) => describe(inner, path, context));
  const words = issue.errors.flatMap((found) => found.map((inner) => expectedOf(inner))).filter((word) => word !== "");
  return [make(value === undefined ? "is missing" : `${show(value)} is not allowed here`, words.join(", or "))];
}

/** The branch is for another kind of value altogether. */
function isTypeMismatch(issue: Issue): boolean {
  if (issue.path.length > 0) return false;
  if (issue.code === "custom") return issue.message !== SAID && issue.params?.ofParts !== true;
  return issue.code === "invalid_type" || issue.code === "invalid_value";
}

function expectedOf(issue: Issue): string {
  if (issue.code === "invalid_type") return typeWord(issue.expected);
  if (issue.code === "invalid_value") return issue.values.map((word) => String(word)).join(", ");
  const expected: unknown = issue.code === "custom" ? issue.params?.expected : "";
  return typeof expected === "string" ? expected : "";
}

function withArticle(noun: string): string {
  return `${/^[aeiou]/.test(noun) ? "an" : "a"} ${noun}`;
}

function typeWord(type: string): string {
  if (type === "array") return "a list";
  if (type === "boolean") return "true or false";
  return /^[aeiou]/.test(type) || type === "record" ? "an object" : `a ${type}`;
}

function valueAt(value: unknown, path: ConfigPath): unknown {
  let inner = value;
  for (const step of path) {
    if (typeof inner !== "object" || inner === null || !Object.hasOwn(inner, step)) return undefined;
    inner = (inner as Record<string | number, unknown>)[step];
  }
  return inner;
}
