/** Looks into a schema: what may stand at a path, every option there is, and which values of a config it speaks of. */
import { z } from "zod";
import { factsOf, innerOf, isWrapper } from "./facts.ts";
import type { ConfigPath } from "./problem.ts";
import type { Slices } from "../time/slices.ts";

type Schema = z.core.$ZodType;

/** Keys that objects at this path may have; empty when it is not an object or its keys are free. */
export function keysAt(schema: Schema, path: ConfigPath): string[] {
  return objectsAt(schema, path).flatMap((node) => Object.keys(node.shape));
}

/** Objects that may stand at this path: of a union every one. */
export function objectsAt(schema: Schema, path: ConfigPath): z.ZodObject[] {
  return schemasAt(schema, path)
    .flatMap(unwrap)
    .filter((node) => node instanceof z.ZodObject);
}

/** Schemas of what may stand at this path, as they are written in the objects and lists around them. */
export function schemasAt(schema: Schema, path: ConfigPath): Schema[] {
  let level = [schema];
  for (const step of path) level = level.flatMap(unwrap).flatMap((node) => inside(node, step));
  return level;
}

/** The path as `Option` has it: entries of records and lists are "*". */
export function optionPath(schema: Schema, path: ConfigPath): string[] {
  return path.map((step, index) => (keysAt(schema, path.slice(0, index)).includes(String(step)) ? String(step) : "*"));
}

/** A key of an object, with records and lists on the way to it as "*": `pools.*.targets.*.weight`. */
export interface Option {
  readonly path: string;
  readonly schema: Schema;
}

/** Of the whole schemas that were asked for: there are few, and to walk one takes longer than to read a small config. */
const OPTIONS = new WeakMap<Schema, readonly Option[]>();

/** Every key of every object, in the order of the schema, each in front of what is below it. */
export function options(schema: Schema): readonly Option[] {
  const known = OPTIONS.get(schema);
  if (known !== undefined) return known;
  const found = new Map<string, Option>();
  for (const option of optionsBelow(schema, "")) if (!found.has(option.path)) found.set(option.path, option);
  const all = [...found.values()];
  OPTIONS.set(schema, all);
  return all;
}

function* optionsBelow(schema: Schema, prefix: string): Generator<Option> {
  for (const node of unwrap(schema)) {
    if (node instanceof z.ZodObject) {
      for (const [key, inner] of Object.entries<Schema>(node.shape)) {
        yield { path: prefix + key, schema: inner };
        yield* optionsBelow(inner, `${prefix}${key}.`);
      }
    }
    const element = elementOf(node);
    if (element !== null) yield* optionsBelow(element, `${prefix}*.`);
  }
}

/** Finds the values of a config that name something else in it; `kind` as `reference` was told. */
export function* visitReferences(
  schema: Schema,
  value: unknown,
  visit: (kind: string, value: unknown, path: ConfigPath) => void,
  path: ConfigPath = [],
): Slices<void> {
  const kind = factsOf(schema).reference;
  if (kind !== undefined) return visit(kind, value, path);
  const node = coreOf(schema);
  if (node instanceof z.ZodUnion) {
    for (const branch of node.options) {
      if (hasReferences(branch)) yield* visitReferences(branch, value, visit, path);
    }
    return;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value) !== node instanceof z.ZodArray) return;
  for (const [key, part] of Object.entries(value)) {
    const step = Array.isArray(value) ? Number(key) : key;
    for (const child of inside(node, step)) {
      if (!hasReferences(child)) continue;
      yield* visitReferences(child, part, visit, [...path, step]);
      yield;
    }
  }
}

const WITH_REFERENCES = new WeakMap<Schema, boolean>();

/** Something at or below this schema is a reference: most of a config is none. */
function hasReferences(schema: Schema): boolean {
  const known = WITH_REFERENCES.get(schema);
  if (known !== undefined) return known;
  const found = factsOf(schema).reference !== undefined || partsOf(coreOf(schema)).some(hasReferences);
  WITH_REFERENCES.set(schema, found);
  return found;
}

function partsOf(node: Schema): readonly Schema[] {
  if (node instanceof z.ZodUnion) return node.options;
  if (node instanceof z.ZodObject) return Object.values<Schema>(node.shape);
  const element = elementOf(node);
  return element === null ? [] : [element];
}

/** Behind optional, default and transform. */
function coreOf(schema: Schema): Schema {
  const inner = innerOf(schema);
  return inner === null ? schema : coreOf(inner);
}

/** What stands behind optional, default and transform; of a union every branch. */
export function unwrap(schema: Schema): Schema[] {
  const node = coreOf(schema);
  return node instanceof z.ZodUnion ? node.options.flatMap(unwrap) : [node];
}

/** Of an object, list or record: the schema of one part. */
export function inside(node: Schema, step: string | number): Schema[] {
  if (node instanceof z.ZodObject) {
    const shape: Readonly<Record<string, Schema>> = node.shape;
    const inner = Object.hasOwn(shape, step) ? shape[step] : undefined;
    return inner === undefined ? [] : [inner];
  }
  const element = elementOf(node);
  return element === null ? [] : [element];
}

function elementOf(node: Schema): Schema | null {
  if (node instanceof z.ZodArray) return node.element;
  return node instanceof z.ZodRecord ? node.valueType : null;
}

/** The object, list or record that a schema is when nothing transforms it; null for everything else. */
export function containerOf(schema: Schema): z.ZodObject | z.ZodArray | z.ZodRecord | null {
  if (isWrapper(schema)) return containerOf(schema.def.innerType);
  const isContainer = schema instanceof z.ZodObject || schema instanceof z.ZodArray || schema instanceof z.ZodRecord;
  return isContainer ? schema : null;
}
