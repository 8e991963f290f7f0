/**
 * Lists and records of a schema read entry by entry. zod reads a value in one go, which takes a tenth of a second for
 * thousands of routes. So each entry is read by itself first, between which other work may run; then the whole is read by
 * the same schema, in which the entries have their results already.
 */
import { z } from "zod";
import { containerOf } from "./walk.ts";
import type { Slices } from "../time/slices.ts";

type Schema = z.core.$ZodType;
type Payload = z.core.ParsePayload;

/** An entry that is read. */
class ReadEntry {
  readonly payload: Payload;

  constructor(payload: Payload) {
    this.payload = payload;
  }
}

export interface EntryReader<S extends Schema> {
  /** The schema for what `readEntries` answers. */
  readonly shell: S;
  /** The value with the entries that are read in the place of those that were written. */
  readonly readEntries: (value: unknown) => Slices<unknown>;
}

export function entryReader<S extends Schema>(schema: S): EntryReader<S> {
  const container = containerOf(schema);
  if (container instanceof z.ZodObject) return replaced(schema, objectReader(container));
  if (container instanceof z.ZodArray) return replaced(schema, listReader(container));
  if (container instanceof z.ZodRecord) return replaced(schema, recordReader(container));
  return { shell: schema, readEntries: asItIs };
}

function objectReader(object: z.ZodObject): EntryReader<z.ZodObject> {
  const shape: Readonly<Record<string, Schema>> = object.shape;
  const readers = Object.entries(shape).map(([key, part]) => [key, entryReader(part)] as const);
  const changed = readers.filter(([key, { shell }]) => shell !== shape[key]);
  const shells = Object.fromEntries(changed.map(([key, { shell }]) => [key, shell]));
  return {
    shell: object.clone({ ...object.def, shape: { ...shape, ...shells } }) as z.ZodObject,
    *readEntries(value) {
      if (!z.core.util.isPlainObject(value)) return value;
      const copy: Record<string, unknown> = { ...value };
      for (const [key, { readEntries }] of changed) {
        if (Object.hasOwn(copy, key)) copy[key] = yield* readEntries(copy[key]);
      }
      return copy;
    },
  };
}

function listReader(list: z.ZodArray): EntryReader<z.ZodArray> {
  return {
    shell: list.clone({ ...list.def, element: asRead(list.element) }) as z.ZodArray,
    *readEntries(value) {
      if (!Array.isArray(value)) return value;
      const read: ReadEntry[] = [];
      for (const entry of value as unknown[]) {
        read.push(readEntry(list.element, entry));
        yield;
      }
      return read;
    },
  };
}

function recordReader(record: z.ZodRecord): EntryReader<z.ZodRecord> {
  return {
    shell: record.clone({ ...record.def, valueType: asRead(record.valueType) }) as z.ZodRecord,
    *readEntries(value) {
      if (!z.core.util.isPlainObject(value)) return value;
      const read: Array<readonly [string, ReadEntry]> = [];
      for (const [key, entry] of Object.entries(value)) {
        read.push([key, readEntry(record.valueType, entry)]);
        yield;
      }
      return Object.fromEntries(read);
    },
  };
}

function* asItIs(value: unknown): Slices<unknown> {
  yield;
  return value;
}

/** As zod's own lists and records read what is in them. */
function readEntry(schema: Schema, value: unknown): ReadEntry {
  return new ReadEntry(schema._zod.run({ value, issues: [] }, { async: false }) as Payload);
}

/** The schema of an entry that is read already; of any other value it is the entry's own. */
function asRead(schema: Schema): z.ZodUnknown {
  const read = z.unknown();
  read._zod.run = (payload, context) =>
    payload.value instanceof ReadEntry ? payload.value.payload : schema._zod.run(payload, context);
  return read;
}

/** With the container in the place of the one behind optional and default. */
function replaced<S extends Schema>(schema: S, { shell, readEntries }: EntryReader<Schema>): EntryReader<S> {
  const rewrap = (layer: Schema): Schema => {
    if (layer instanceof z.ZodOptional) return layer.clone({ ...layer.def, innerType: rewrap(layer.def.innerType) });
    if (layer instanceof z.ZodDefault) return layer.clone({ ...layer.def, innerType: rewrap(layer.def.innerType) });
    if (layer instanceof z.ZodPrefault) return layer.clone({ ...layer.def, innerType: rewrap(layer.def.innerType) });
    return shell;
  };
  return { shell: rewrap(schema) as S, readEntries };
}
