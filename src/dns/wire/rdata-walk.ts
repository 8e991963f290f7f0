/** Walks over record data in wire form, field by field, names uncompressed. */
import { FIELD_SIZE, RDATA_FORMAT, type RdataField } from "./rdata-format.ts";
import { MAX_NAME } from "./name.ts";

/** One past the field that begins at `at`, or -1 when it does not fit into [at, end). */
export function fieldEnd(field: RdataField, bytes: Uint8Array, at: number, end: number): number {
  const size = FIELD_SIZE[field];
  if (size > 0) return at + size <= end ? at + size : -1;
  switch (field) {
    case "name":
      return nameEnd(bytes, at, end);
    case "names": {
      let next = at;
      while (next >= 0 && next < end) next = nameEnd(bytes, next, end);
      return next;
    }
    case "host-identity": {
      const next = at + 4 <= end ? at + 4 + bytes[at]! + ((bytes[at + 2]! << 8) | bytes[at + 3]!) : end + 1;
      return next <= end ? next : -1;
    }
    case "string":
    case "tag":
    case "salt":
    case "hash": {
      const next = at < end ? at + 1 + bytes[at]! : end + 1;
      return next <= end ? next : -1;
    }
    case "strings": {
      if (at >= end) return -1;
      let next = at;
      while (next < end) next += 1 + bytes[next]!;
      return next === end ? end : -1;
    }
    default:
      return end;
  }
}

function nameEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const size = bytes[at]!;
    if (size === 0) return at + 1 - start <= MAX_NAME ? at + 1 : -1;
    if (size > 63) return -1;
    at += size + 1;
  }
  return -1;
}

/** Where names lie in the data of a type: pairs [start, end) relative to `start`. Null when the data does not fit the type. */
export function namesIn(type: number, bytes: Uint8Array, start: number, end: number): number[] | null {
  const format = RDATA_FORMAT[type];
  const found: number[] = [];
  if (format === undefined) return found;
  let at = start;
  for (const field of format) {
    const next = fieldEnd(field, bytes, at, end);
    if (next < 0) return null;
    if (field === "name") {
      found.push(at - start, next - start);
    } else if (field === "names") {
      for (let from = at; from < next;) {
        const to = nameEnd(bytes, from, next);
        found.push(from - start, to - start);
        from = to;
      }
    }
    at = next;
  }
  return at === end ? found : null;
}
