/** The options of a schema as rows of the reference. */
import { z } from "zod";
import { factsOf, innerOf } from "./facts.ts";
import { options } from "./walk.ts";

/** In Markdown: ``| `limits.head` | `64KB` | 256B to 1MB | words |``. */
export interface OptionRow {
  readonly path: string;
  /** Between backticks when it can be written in a config, else words. */
  readonly initial: string;
  readonly values: string;
  /** Undefined: the section says nothing of it. */
  readonly words: string | undefined;
}

/** A row for each option, in the order of the schema. */
export function optionRows(schema: z.core.$ZodType): OptionRow[] {
  return options(schema).map(({ path, schema: option }) => {
    const { words, values = plainValues(option), initial = initialOf(option) } = factsOf(option);
    return { path, initial, values, words };
  });
}

/** What zod's own schemas accept, as far as it can be told in a word. */
function plainValues(schema: z.core.$ZodType): string {
  const inner = innerOf(schema);
  if (inner !== null) return plainValues(inner);
  if (schema instanceof z.ZodBoolean) return "true, false";
  if (schema instanceof z.ZodLiteral) return [...schema.values].map((word) => String(word)).join(", ");
  return schema instanceof z.ZodString ? "string" : "";
}

function initialOf(schema: z.core.$ZodType): string {
  if (schema instanceof z.ZodDefault) return `\`${showDefault(schema)}\``;
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodPrefault) return "";
  return schema instanceof z.ZodPipe ? initialOf(schema.def.in) : "required";
}

function showDefault(schema: z.ZodDefault): string {
  const value: unknown = schema.def.defaultValue;
  const { show } = factsOf(schema);
  return show === undefined ? plain(value) : show(value as never);
}

function plain(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(plain).join(", ")}]`;
  return typeof value === "string" && value !== "" ? value : JSON.stringify(value);
}
