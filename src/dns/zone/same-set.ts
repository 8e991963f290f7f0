import { NO_SET, type ZoneData } from "./zone-data.ts";

/**
 * Whether two zones have the same RRset: TTL, and records in the same order, which is how they come when nobody touched
 * them. `NO_SET` is the same as no other.
 */
export function isSameSet(a: ZoneData, set: number, b: ZoneData, twin: number): boolean {
  if (set === NO_SET || twin === NO_SET) return false;
  const first = a.recordStart[set]!;
  const other = b.recordStart[twin]!;
  const count = a.recordStart[set + 1]! - first;
  if (a.setTtl[set] !== b.setTtl[twin] || b.recordStart[twin + 1]! - other !== count) return false;
  for (let index = 0; index < count; index++) {
    const length = a.dataLength[first + index]!;
    const at = a.dataStart[first + index]!;
    if (length !== b.dataLength[other + index]) return false;
    if (!isSameData(a.data, at, length, b.data, b.dataStart[other + index]!)) return false;
  }
  return true;
}

export function isSameData(a: Uint8Array, at: number, length: number, b: Uint8Array, bt: number): boolean {
  for (let index = 0; index < length; index++) if (a[at + index] !== b[bt + index]) return false;
  return true;
}
