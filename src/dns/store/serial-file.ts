import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { SerialEntry, SerialMemory } from "../zone/serial.ts";

/**
 * Serials in a small JSON file, so that a restart without a change of a zone does not raise its serial. A file that is
 * missing or damaged is a memory without entries: serials then begin with the time, which is later than any before.
 * @throws when the file can not be written.
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
  let found: unknown;
  try {
    found = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return [];
  }
  if (typeof found !== "object" || found === null) return [];
  return Object.entries(found).filter((entry): entry is [string, SerialEntry] => isEntry(entry[1]));
}

function isEntry(value: unknown): value is SerialEntry {
  if (typeof value !== "object" || value === null) return false;
  const { serial, digest } = value as Partial<Record<keyof SerialEntry, unknown>>;
  return Number.isInteger(serial) && Number(serial) >= 0 && Number(serial) < 2 ** 32 && typeof digest === "string";
}
