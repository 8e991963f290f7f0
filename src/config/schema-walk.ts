/** Looks into the schema: which keys may stand at a path, and every key there is. */
import { z } from "zod";
import type { ConfigPath } from "./problem.ts";

/** Keys that objects at this path may have; empty when it is no object or its keys are free. */
export function keysAt(schema: z.core.$ZodType, path: ConfigPath): string[] {
  let level = unwrap(schema);
  for (const step of path) level = level.flatMap((node) => inside(node, step)).flatMap(unwrap);
  return level.flatMap((node) => (node instanceof z.ZodObject ? Object.keys(node.shape) : []));
}

/** The path of every key of every object, records and lists as "*": `pools.*.targets.*.weight`. Sorted. */
export function allKeys(schema: z.core.$ZodType, prefix = ""): string[] {
  const found = new Set<string>();
  for (const node of unwrap(schema)) {
    if (node instanceof z.ZodObject) {
      for (const [key, inner] of Object.entries<z.core.$ZodType>(node.shape)) {
        found.add(prefix + key);
        for (const deeper of allKeys(inner, `${prefix}${key}.`)) found.add(deeper);
      }
    }
    const element = node instanceof z.ZodArray ? node.element : node instanceof z.ZodRecord ? node.valueType : null;
    if (element !== null) for (const deeper of allKeys(element, `${prefix}*.`)) found.add(deeper);
  }
  return [...found].sort();
}

/** What stands behind optional, default and transform; of a union every branch. */
function unwrap(schema: z.core.$ZodType): z.core.$ZodType[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return unwrap(schema.def.innerType);
  }
  if (schema instanceof z.ZodPipe) return unwrap(schema.def.in);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(unwrap);
  return [schema];
}

function inside(node: z.core.$ZodType, step: string | number): z.core.$ZodType[] {
  if (node instanceof z.ZodObject) {
    const shape: Readonly<Record<string, z.core.$ZodType>> = node.shape;
    const inner = shape[String(step)];
    return inner === undefined ? [] : [inner];
  }
  if (node instanceof z.ZodArray) return [node.element];
  return node instanceof z.ZodRecord ? [node.valueType] : [];
}
