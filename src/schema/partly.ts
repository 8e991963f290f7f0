/**
 * What can be read of a value in which something is wrong. zod gives a value or its issues, never both; but two routes
 * that match the same requests are to be told together with a misspelt word elsewhere.
 */
import type { z } from "zod";
import { ALWAYS } from "./check.ts";
import type { ConfigPath } from "./problem.ts";
import { entryReader } from "./entry-reader.ts";
import { containerOf, inside } from "./walk.ts";
import type { Slices } from "../time/slices.ts";

/**
 * Objects, lists and records of which every part may be missing: because it is not there, or because it is wrong. What a
 * schema transforms is there as a whole or not at all.
 */
export type Partly<S> =
  S extends z.ZodObject<infer Shape>
    ? { readonly [K in keyof Shape]?: Partly<Shape[K]> | undefined }
    : S extends z.ZodArray<infer Element>
      ? ReadonlyArray<Partly<Element> | undefined>
      : S extends z.ZodRecord<z.core.$ZodRecordKey, infer Value>
        ? Readonly<Record<string, Partly<Value> | undefined>>
        : S extends z.ZodOptional<infer Inner> | z.ZodDefault<infer Inner> | z.ZodPrefault<infer Inner>
          ? Partly<Inner>
          : z.output<S>;

export interface PartlyRead<S extends z.ZodObject> {
  readonly issues: readonly z.core.$ZodIssue[];
  /** Complete when there are no issues. */
  readonly parts: Partly<S>;
  /** Null when there are issues. */
  readonly whole: z.output<S> | null;
}

/**
 * A reader of values by this schema, entry by entry where it has lists and records. Make it once: zod prepares every
 * schema that is new to it.
 */
export function partlyReader<S extends z.ZodObject>(schema: S): (value: unknown) => Slices<PartlyRead<S>> {
  let read: unknown;
  const { shell, readEntries } = entryReader(schema);
  const keeping = shell.superRefine((parts: unknown) => {
    read = parts;
  }, ALWAYS);
  return function* (value) {
    const result = keeping.safeParse(yield* readEntries(value)) as z.ZodSafeParseResult<z.output<S>>;
    if (result.success) return { issues: [], parts: result.data as Partly<S>, whole: result.data };
    const { issues } = result.error;
    const isObject = !issues.some(({ path, code }) => path.length === 0 && code === "invalid_type");
    const parts = isObject ? read : {};
    for (const issue of issues) {
      cut(schema, parts, issue);
      yield;
    }
    return { issues, parts: parts as Partly<S>, whole: null };
  };
}

/** Takes away the smallest part that an issue makes unusable. */
function cut(schema: z.ZodObject, parts: unknown, issue: z.core.$ZodIssue): void {
  // An unknown key says nothing of the keys beside it.
  if (issue.code === "unrecognized_keys") return;
  const path = issue.path as ConfigPath;
  let node: z.core.$ZodType = schema;
  let around = parts;
  for (const [depth, step] of path.entries()) {
    const container = containerOf(node);
    if (container === null || typeof around !== "object" || around === null) return;
    const here = around as Record<string | number, unknown>;
    const [next] = inside(container, step);
    const isLast = depth === path.length - 1;
    // What is said of an object or list as a whole ("has no action") leaves its parts as they are.
    if (isLast && issue.code !== "invalid_type" && next !== undefined && containerOf(next) !== null) return;
    if (isLast || next === undefined || containerOf(next) === null) {
      here[step] = undefined;
      return;
    }
    node = next;
    around = here[step];
  }
}
