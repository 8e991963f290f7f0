/**
 * Checks of what several parts say together. Each runs over the parts that are well-formed, also when others are not, so
 * that everything that is wrong with a config is said in one go.
 */
import { z } from "zod";
import { nearestWord } from "./nearest.ts";
import { otherPlaces } from "./other-words.ts";
import type { ConfigPath } from "./problem.ts";

/** Notes a problem at a path below the checked part. */
export type Report = (path: ConfigPath, message: string, more?: ProblemHints) => void;

export interface ProblemHints {
  /** As in `ConfigProblem`. */
  readonly expected?: string | undefined;
  readonly nearest?: string | undefined;
  readonly remedy?: string | undefined;
  /** The problem is the key, not its value. */
  readonly at?: "key";
}

/** zod runs a check of this kind in spite of issues before it. */
export const ALWAYS = { when: (): boolean => true };

type Context = z.core.$RefinementCtx;
type Fields = Readonly<Record<string, unknown>>;

/** The object with a check over some of its parts: it runs when these are well-formed, whatever the others are. */
export function check<S extends z.ZodObject, K extends keyof z.output<S> & string>(
  object: S,
  parts: readonly K[],
  run: (parts: Pick<z.output<S>, K>, report: Report) => void,
): S {
  return object.superRefine((input: unknown, context) => {
    const bad = illFormed(context);
    if (!isFields(input) || parts.some((part) => bad.has(part))) return;
    run(input as Pick<z.output<S>, K>, reporter(context));
  }, ALWAYS);
}

/**
 * The list or record with a check over its well-formed entries, each with its index or name. `part`: only this part of an
 * entry matters, and only it must be well-formed.
 */
export function checkEntries<S extends z.ZodArray | z.ZodRecord>(
  collection: S,
  run: (entries: ReadonlyArray<readonly [string | number, Entry<S>]>, report: Report) => void,
  part?: keyof Entry<S> & string,
): S {
  const checked: z.ZodType = collection.superRefine((input: unknown, context) => {
    if (typeof input !== "object" || input === null) return;
    if (Array.isArray(input) !== collection instanceof z.ZodArray) return;
    const bad = illFormed(context, part);
    const entries = Object.entries(input)
      .filter(([key, entry]) => !bad.has(key) && (part === undefined || isFields(entry)))
      .map(([key, entry]) => [Array.isArray(input) ? Number(key) : key, entry as Entry<S>] as const);
    run(entries, reporter(context));
  }, ALWAYS);
  return checked as S;
}

type Entry<S> =
  S extends z.ZodArray<infer Element>
    ? z.output<Element>
    : S extends z.ZodRecord<z.core.$ZodRecordKey, infer Value>
      ? z.output<Value>
      : never;

/**
 * The object with exactly one of these keys. A misspelt one is reported as an unknown key with the right word beside it:
 * that is enough.
 */
export function oneOf<S extends z.ZodObject>(
  object: S,
  keys: ReadonlyArray<keyof z.output<S> & string>,
  words: { readonly none: string; readonly many: string },
): S {
  return object.superRefine((input: unknown, context) => {
    if (!isFields(input)) return;
    const bad = illFormed(context);
    const present = keys.filter((key) => bad.has(key) || input[key] !== undefined);
    if (present.length === 1) return;
    if (present.length === 0 && hasMisspelt(keys, context)) {
      context.addIssue({ code: "custom", message: SAID });
      return;
    }
    const message = present.length === 0 ? words.none : `has ${present.length} ${words.many}: ${present.join(", ")}`;
    reporter(context)(present.slice(1, 2), message, { expected: `exactly one of ${keys.join(", ")}` });
  }, ALWAYS);
}

/** The object with a check that runs over those of its parts that are well-formed; the others are absent. */
export function checkWellFormed<S extends z.ZodObject>(
  object: S,
  run: (parts: Partial<z.output<S>>, report: Report) => void,
): S {
  return object.superRefine((input: unknown, context) => {
    if (!isFields(input)) return;
    const bad = illFormed(context);
    const good = Object.fromEntries(Object.entries(input).filter(([key]) => !bad.has(key)));
    run(good as Partial<z.output<S>>, reporter(context));
  }, ALWAYS);
}

/** The object in which some options have a meaning for some kinds only. `kindOf`: null when there is none. */
export function goesWith<S extends z.ZodObject, K extends string>(
  object: S,
  kindOf: (parts: Partial<z.output<S>>) => K | null,
  options: Readonly<Record<string, readonly NoInfer<K>[]>>,
): S {
  return checkWellFormed(object, (parts, report) => {
    const kind = kindOf(parts);
    if (kind === null) return;
    for (const [option, kinds] of Object.entries(options)) {
      if ((parts as Fields)[option] === undefined || kinds.includes(kind)) continue;
      report([option], `cannot be combined with ${kind}`, { expected: `it with ${kinds.join(" or ")}`, at: "key" });
    }
  });
}

const NONE: ReadonlySet<string> = new Set();

/** Message of an issue that makes a part unusable for a reason that another one tells. */
export const SAID = "is said already";

/** Whether an unknown key is likely to be one of these, misspelt or as another server calls it. */
function hasMisspelt(keys: readonly string[], context: Context): boolean {
  const unknown = context.issues.flatMap((issue) =>
    issue.code === "unrecognized_keys" && (issue.path ?? []).length === 0 ? issue.keys : [],
  );
  return unknown.some(
    (key) =>
      nearestWord(key, keys) !== undefined ||
      otherPlaces(key).some((place) => keys.some((known) => place.endsWith(`.${known}`))),
  );
}

/** Adds problems as issues of zod, with what they say beyond their message; `ofParts`: the whole has the right type. */
export function reporter(context: Context): Report {
  return (path, message, hints = {}) => {
    context.addIssue({ code: "custom", path: [...path], message, params: { ...hints, ofParts: true } });
  };
}

/**
 * Keys and indexes of the parts in which something is wrong, or just in one part of each; an unknown key in a part leaves
 * it usable.
 */
function illFormed(context: Context, part?: string): ReadonlySet<string> {
  // Nearly always: a config is read far more often than it is wrong.
  if (context.issues.length === 0) return NONE;
  const wrong = context.issues.filter(({ code }) => code !== "unrecognized_keys");
  const paths = wrong.map(({ path }) => path ?? []);
  const relevant = part === undefined ? paths : paths.filter(([, inner = part]) => inner === part);
  return new Set(relevant.flatMap((path) => path.slice(0, 1).map(String)));
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
