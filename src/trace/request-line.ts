import { MAX_LINE, type TraceRecord } from "../contract/trace-record.ts";

const SPACE = 0x20;

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
