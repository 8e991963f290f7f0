/**
 * Building blocks of the schema. Each is a zod schema whose refusal says in words what was expected and, where there
 * is one, the nearest valid word; the JSON Schema for editors is made from the same blocks.
 */
import { z } from "zod";
import { nearestWord } from "./nearest.ts";
import { note } from "./facts.ts";
import type { Facts } from "./facts.ts";
import { plainWord } from "./other-words.ts";
import { DURATION_PATTERN, SIZE_PATTERN, formatDuration, formatSize, parseDuration, parseSize } from "./units.ts";

/** Why a value is refused. `expected`, `nearest` and `remedy` as in `ConfigProblem`. */
export class Refusal {
  readonly message: string;
  readonly expected: string | undefined;
  readonly nearest: string | undefined;
  readonly remedy: string | undefined;

  constructor(message: string, expected?: string, nearest?: string, remedy?: string) {
    this.message = message;
    this.expected = expected;
    this.nearest = nearest;
    this.remedy = remedy;
  }
}

/** What a constructor of a stage makes, or why it refuses (RangeError) what it would be made of. */
export function attempt<T>(create: () => T): T | Refusal {
  try {
    return create();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return new Refusal(error.message);
  }
}

/** What a JSON Schema says of a value: any keywords. */
export type JsonHint = Readonly<Record<string, unknown>>;

/** A value as an excerpt of a message: quoted, cut at 60 characters. */
export function show(value: unknown): string {
  if (typeof value === "function") return "a function";
  if (value === undefined) return "nothing";
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  const text = asJson(value) ?? typeof value;
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

function asJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    // YAML lets an anchor hold its own alias.
    return Array.isArray(value) ? "a list that holds itself" : "an object that holds itself";
  }
}

/** A schema of one value that `read` understands or refuses. `expected` is said with every refusal that names nothing else. */
export function value<T>(expected: string, json: JsonHint, read: (input: unknown) => T | Refusal, facts: Facts = {}) {
  const schema = z
    .unknown()
    .meta({ ...json })
    .transform((input, context): T => {
      const result = input === undefined ? new Refusal("is missing") : read(input);
      if (!(result instanceof Refusal)) return result;
      context.addIssue({
        code: "custom",
        message: result.message,
        params: { expected: result.expected ?? expected, nearest: result.nearest, remedy: result.remedy },
      });
      return z.NEVER;
    });
  return note(schema, facts);
}

/** Milliseconds within [min, max]. */
export function duration(min: number, max: number) {
  const range = `${formatDuration(min)} to ${formatDuration(max)}`;
  const expected = `a duration such as "250ms", "10s", "5m" or "1h", ${range}`;
  const json = quantityJson(DURATION_PATTERN, min);
  const read = (input: unknown): number | Refusal => {
    const parsed = typeof input === "number" || typeof input === "string" ? parseDuration(input) : null;
    if (parsed === null) return lacksUnit(input, ["s", "ms"]) ?? new Refusal(`${show(input)} is not a duration`);
    if (parsed < min) return new Refusal(`${show(input)} is too short`);
    return parsed > max ? new Refusal(`${show(input)} is too long`) : parsed;
  };
  return value(expected, json, read, { values: range, show: formatDuration });
}

/** Bytes within [min, max]; with `unlimited` also the word "none", which gives Infinity. */
export function size(min: number, max: number, unlimited = false) {
  const range = `${formatSize(min)} to ${formatSize(max)}${unlimited ? ', or "none"' : ""}`;
  const expected = `a size such as "512B", "64KB", "10MB" or "1GB", ${range}`;
  const json = quantityJson(SIZE_PATTERN, min, unlimited ? [{ const: "none" }] : []);
  const read = (input: unknown): number | Refusal => {
    if (unlimited && input === "none") return Infinity;
    if (unlimited && input === Infinity) return new Refusal("Infinity is not a size", undefined, "none");
    const parsed = typeof input === "number" || typeof input === "string" ? parseSize(input) : null;
    if (parsed === null) return lacksUnit(input, ["B", "KB"]) ?? new Refusal(`${show(input)} is not a size`);
    if (parsed < min) return new Refusal(`${show(input)} is too small`);
    return parsed > max ? new Refusal(`${show(input)} is too large`) : parsed;
  };
  return value(expected, json, read, { values: range.replaceAll('"', "`"), show: formatSize });
}

function quantityJson(pattern: string, min: number, words: readonly JsonHint[] = []): JsonHint {
  // 0 is the only number that says what it means without a unit.
  return { anyOf: [...(min === 0 ? [{ const: 0 }] : []), { type: "string", pattern }, ...words] };
}

/** Servers differ in what a bare number means: 30 is seconds to nginx, milliseconds to HAProxy and nanoseconds to Traefik. */
function lacksUnit(input: unknown, units: readonly [string, string]): Refusal | null {
  const number = typeof input === "number" ? String(input) : typeof input === "string" ? input.trim() : "";
  if (!/^\d+(?:\.\d+)?$/.test(number)) return null;
  const [one, other] = units.map((unit) => `"${number}${unit}"`);
  return new Refusal(`${show(input)} has no unit: ${one} or ${other}?`);
}

/** A whole number within [min, max]. */
export function whole(min: number, max: number) {
  const expected = `a whole number from ${min} to ${max}`;
  const read = (input: unknown): number | Refusal => {
    if (typeof input !== "number" || !Number.isInteger(input))
      return new Refusal(`${show(input)} is not a whole number`);
    if (input < min) return new Refusal(`${input} is too small`);
    return input > max ? new Refusal(`${input} is too large`) : input;
  };
  return value(expected, { type: "integer", minimum: min, maximum: max }, read, { values: `${min} to ${max}` });
}

/** A part of a whole. */
export const share = value(
  "a number from 0 to 1",
  { type: "number", minimum: 0, maximum: 1 },
  (input) =>
    typeof input === "number" && input >= 0 && input <= 1 ? input : new Refusal(`${show(input)} is not a share`),
  { values: "0 to 1" },
);

/** One of a few words or numbers. */
export function choice<const T extends string | number>(...words: readonly T[]) {
  return choiceAmong(words, {});
}

/** The same; `others`: words of other servers, in small letters without `_` and `-`, and which of the words they mean. */
export function choiceAmong<const T extends string | number>(
  words: readonly T[],
  others: Readonly<Record<string, NoInfer<T>>>,
) {
  const expected = `one of ${words.map((word) => (word === "" ? '""' : word)).join(", ")}`;
  const read = (input: unknown): T | Refusal => {
    const found = words.find((word) => word === input);
    if (found !== undefined) return found;
    if (typeof input !== "string") return new Refusal(`${show(input)} is not known here`);
    const plain = plainWord(input);
    const meant = Object.hasOwn(others, plain) ? String(others[plain]) : nearestWord(input, words.map(String));
    return new Refusal(`${show(input)} is not known here`, undefined, meant);
  };
  const values = words.map((word) => (typeof word === "number" ? String(word) : `\`${word === "" ? '""' : word}\``));
  return value(expected, { enum: [...words] }, read, { values: values.join(", ") });
}

/** A string that `read` accepts, perhaps in another form. */
export function text(
  expected: string,
  read: (input: string) => string | Refusal,
  facts: Facts = {},
  json: JsonHint = {},
) {
  const readText = (input: unknown): string | Refusal =>
    typeof input === "string" ? read(input) : new Refusal(`${show(input)} is not a string`);
  return value(expected, { type: "string", ...json }, readText, facts);
}

/** A string of [least, most] characters that no message repeats: problems end in logs. `unfit`: what else is wrong, or "". */
export function hidden(
  expected: string,
  least: number,
  most: number,
  unfit: (input: string) => string,
  json: JsonHint = {},
) {
  const read = (input: unknown): string | Refusal => {
    if (typeof input !== "string") return new Refusal("is not a string");
    if (input.length < least || input.length > most) return new Refusal(`has ${input.length} characters`);
    const problem = unfit(input);
    return problem === "" ? input : new Refusal(problem);
  };
  const facts = { values: `${least} to ${most} characters`, initial: "random", secret: true };
  return value(expected, { type: "string", minLength: least, ...json }, read, facts);
}

/** One value or a list of them, always given as a list. */
export function oneOrMany<T>(schema: z.ZodType<T>) {
  return z.union([schema, z.array(schema).min(1)]).transform((input): T[] => (Array.isArray(input) ? input : [input]));
}

/** The object without its undefined properties, for types whose optional properties must be absent (exactOptionalPropertyTypes). */
export function defined<T extends object>(object: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(object).filter(([, entry]) => entry !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}
