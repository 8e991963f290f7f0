/**
 * What a schema says to people rather than to the parser: the words of an option, the values that may stand there, to
 * what a name refers. The reference, the JSON Schema and the checks of references are made from it.
 */
import { z } from "zod";

export interface Facts {
  /** What the option is for, in Markdown; "" when its name says it all. */
  readonly words?: string;
  /** Values that may stand there, in Markdown. */
  readonly values?: string;
  /** What holds when nothing is said, in Markdown, where that is no plain value. */
  readonly initial?: string;
  /** A value as it is written in a config. */
  readonly show?: (value: never) => string;
  /** The value is the name of such a thing elsewhere in the config. */
  readonly reference?: string;
  /** It names such things: with the keys of its record, or as `NamesFact.of` says. */
  readonly names?: NamesFact;
  /** Options of an earlier version to where they stand now: steps from the object, ".." is the object around it. */
  readonly moved?: Readonly<Record<string, readonly string[]>>;
  /** What somebody meant who wrote this where an object belongs, as the object in TypeScript or YAML; null: nobody knows. */
  readonly longForm?: (written: unknown) => string | null;
  /** No message and no log may repeat it. */
  readonly secret?: boolean;
}

export interface NamesFact {
  /** Such as "pool": a word of the messages too. */
  readonly kind: string;
  /** Two names of which this makes the same are the same. Default: as they are written. */
  readonly plain?: (name: string) => string;
  /** Keys that are names. Default: all. */
  readonly isName?: (key: string) => boolean;
  /** The names in what was written there; `undefined`: nothing was. Default: the keys of a record. */
  readonly of?: (written: unknown) => readonly string[];
}

const FACTS = new WeakMap<z.core.$ZodType, Facts>();
/** As `factsOf` answers: sections are complete before the first config is read. */
const MERGED = new WeakMap<z.core.$ZodType, Facts>();
const NONE: Facts = {};

/** Adds facts to this very schema, and answers it. */
export function note<S extends z.core.$ZodType>(schema: S, facts: Facts): S {
  FACTS.set(schema, { ...FACTS.get(schema), ...facts });
  return schema;
}

/** Of the schema and of all that stands behind its optional, default and transform; the outermost fact holds. */
export function factsOf(schema: z.core.$ZodType): Facts {
  const known = MERGED.get(schema);
  if (known !== undefined) return known;
  const own = FACTS.get(schema) ?? NONE;
  const inner = innerOf(schema);
  const merged = inner === null ? own : { ...factsOf(inner), ...own };
  MERGED.set(schema, merged);
  return merged;
}

/** One layer less; null for a schema that wraps no single other one. */
export function innerOf(schema: z.core.$ZodType): z.core.$ZodType | null {
  if (schema instanceof z.ZodPipe) return schema.def.in;
  return isWrapper(schema) ? schema.def.innerType : null;
}

/** What may be left out: the value inside is the schema's own all the same. */
export function isWrapper(schema: z.core.$ZodType): schema is z.ZodOptional | z.ZodDefault | z.ZodPrefault {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
}

/**
 * An option of an object with its words for the reference. Default and values are read off the schema; say them only
 * where it does not know them: a default that is made later, a shorthand.
 */
export function option<S extends z.ZodType>(
  schema: S,
  words: string,
  facts: Pick<Facts, "values" | "initial" | "secret" | "names" | "longForm"> = {},
): S {
  // Two options may share a schema: each has words of its own.
  return note(schema.clone(), { ...FACTS.get(schema), words, ...facts });
}

/** The name of something else in the config, such as a pool: of the record that says so with `names`. */
export function reference<S extends z.ZodType>(kind: string, schema: S): S {
  return note(schema.clone(), { ...FACTS.get(schema), reference: kind });
}
