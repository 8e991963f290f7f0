import { MAX_LINE, type TraceRecord } from "../contract/trace-record.ts";

const SPACE = 0x20;
const SLASH = 0x2f;
const COLON = 0x3a;
const QUESTION = 0x3f;
const BRACKET = 0x5d;

/** Where the target begins in a record's line: behind the method, or at once in a line that has none. */
export function targetStart(record: TraceRecord): number {
  if (record.methodLength === 0) return 0;
  return record.methodLength + 1 < record.lineLength ? record.methodLength + 1 : record.lineLength;
}

/** Where the target ends: before the version, or at the line's end when the line was cut off or has none. */
export function targetEnd(record: TraceRecord): number {
  const end = record.lineLength;
  if (end >= MAX_LINE) return end;
  const start = targetStart(record);
  for (let at = end - 1; at >= start; at--) {
    if (record.line[at] === SPACE) return at;
  }
  return end;
}

/** End of the host in the record's authority: before ":port", past the "]" of an IPv6 address. */
export function hostEnd(record: TraceRecord): number {
  for (let at = record.authorityLength - 1; at >= 0; at--) {
    const byte = record.authority[at];
    if (byte === BRACKET) break;
    if (byte === COLON) return at;
  }
  return record.authorityLength;
}

/** Of an absolute-form target (RFC 9112 §3.2.2) the path begins at the first "/" behind "scheme://". */
export function pathStart(record: TraceRecord): number {
  const start = targetStart(record);
  const end = targetEnd(record);
  if (record.line[start] === SLASH) return start;
  const colon = record.line.indexOf(COLON, start);
  if (colon === -1 || colon >= end || record.line[colon + 1] !== SLASH) return start;
  const slash = record.line.indexOf(SLASH, colon + 3);
  return slash === -1 || slash >= end ? end : slash;
}

/** Before "?". */
export function pathEnd(record: TraceRecord): number {
  const end = targetEnd(record);
  const question = record.line.indexOf(QUESTION, targetStart(record));
  return question === -1 || question > end ? end : question;
}
