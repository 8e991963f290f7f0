import { accessSync, constants, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { errorMessage } from "../../error-message.ts";
import type { SerialEntry, SerialMemory } from "../zone/serial.ts";

/**
 * Why serials cannot be kept in this file; empty when they can. A damaged one is as bad as one that cannot be written:
 * what was served before is not known any more.
 */
export function serialFileProblem(path: string): string {
  try {
    accessSync(dirname(path), constants.W_OK);
    if (!existsSync(path)) return "";
    if (parseEntries(readFileSync(path, "utf8")) === null) return `${path} is damaged: it holds no serials`;
    return "";
  } catch (error) {
    return `${path} cannot be written: ${errorMessage(error)}`;
  }
}

/**
 * Serials in a small JSON file, so that a restart without a change of a zone does not raise its serial. A file that is
 * missing or damaged is a memory without entries: serials then begin with the time, which is later than any before.
 * Its `set` throws when the file cannot be written.
 */
export function serialFile(path: string): SerialMemory {
  const entries = new Map<string, SerialEntry>(readEntries(path));
  return {
    get: (apex) => entries.get(apex),
    set: (apex, entry) => {
      entries.set(apex, entry);
      const beside = `${path}.new`;
      writeFileSync(beside, `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`);
      renameSync(beside, path);
    },
  };
}

function readEntries(path: string): Array<[string, SerialEntry]> {
  try {
    return parseEntries(readFileSync(path, "utf8")) ?? [];
  } catch {
    return [];
  }
}

/** Null: the text is none of ours. */
function parseEntries(text: string): Array<[string, SerialEntry]> | null {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof found !== "object" || found === null) return null;
  return Object.entries(found).filter((entry): entry is [string, SerialEntry] => isEntry(entry[1]));
}

function isEntry(value: unknown): value is SerialEntry {
  if (typeof value !== "object" || value === null) return false;
  const { serial, digest } = value as Partial<Record<keyof SerialEntry, unknown>>;
  return Number.isInteger(serial) && Number(serial) >= 0 && Number(serial) < 2 ** 32 && typeof digest === "string";
}
