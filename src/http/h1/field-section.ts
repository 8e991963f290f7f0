import { FIELD_STRIDE, MAX_FIELDS, type Head } from "../../contract/head.ts";
import { COLON, CR, FIELD_VALUE, HTAB, LF, NAME_CHARACTER, SP, UNDERSCORE } from "../fields/characters.ts";
import { fieldId } from "../fields/field-name.ts";
import { DROPPED, growTables, isHiddenName } from "../fields/field-table.ts";
import {
  FIELDS_TOO_MANY,
  FIELD_FOLDED,
  FIELD_NAME_INVALID,
  FIELD_NAME_SPACE,
  FIELD_TOO_LONG,
  FIELD_VALUE_INVALID,
  INCOMPLETE,
  LINE_ENDING_INVALID,
} from "../fault-numbers.ts";
import type { HeadLimits } from "../head-limits.ts";

/**
 * The field lines of a head or a trailer section, up to and with the empty line (RFC 9112 §5).
 *
 * One pass checks every byte, notes each field in `head.offsets` and gathers `head.runs`, the raw ranges that go on
 * to the next hop. What the fields mean is not decided here.
 *
 * Every verdict depends on the bytes alone, never on how they were cut into reads: a limit is a position, and a
 * byte beyond it is not looked at.
 *
 * @param stop one past the last byte to look at: the end of the data or of what `limits.head` allows.
 * @param dropped what does not go on, by `FieldId`: see `field-table.ts`.
 * @returns the offset after the empty line, `INCOMPLETE`, or a negative fault.
 */
export function scanFields(
  bytes: Buffer,
  at: number,
  stop: number,
  head: Head,
  limits: HeadLimits,
  dropped: Uint8Array,
): number {
  const maxFields = limits.fields < MAX_FIELDS ? limits.fields : MAX_FIELDS;
  const maxLine = limits.field;
  let offsets = head.offsets;
  let runs = head.runs;
  let count = 0;
  let entry = 0;
  let runLength = 0;
  let runStart = at;
  let i = at;
  for (;;) {
    if (i >= stop) return INCOMPLETE;
    if (bytes[i] === CR) break;
    if (count >= maxFields) return FIELDS_TOO_MANY;
    const lineStart = i;
    // The CR may stand here at the latest.
    const lineStop = lineStart + maxLine;
    const scanStop = lineStop < stop ? lineStop : stop;

    let underscored = false;
    while (i < scanStop && NAME_CHARACTER[bytes[i]!] === 1) i++;
    if (i >= scanStop) return i >= stop ? INCOMPLETE : FIELD_TOO_LONG;
    if (bytes[i] !== COLON || i === lineStart) {
      if (bytes[i] !== UNDERSCORE) return nameFault(bytes[i]!, i === lineStart);
      underscored = true;
      while (i < scanStop && NAME_CHARACTER[bytes[i]!] !== 0) i++;
      if (i >= scanStop) return i >= stop ? INCOMPLETE : FIELD_TOO_LONG;
      if (bytes[i] !== COLON) return nameFault(bytes[i]!, false);
    }
    const nameEnd = i++;

    while (i < scanStop && (bytes[i] === SP || bytes[i] === HTAB)) i++;
    const valueStart = i;
    // Four at a time: values are most of a head, and this takes a seventh off the whole parse.
    for (const wide = scanStop - 3; i < wide; i += 4) {
      const all =
        FIELD_VALUE[bytes[i]!]! &
        FIELD_VALUE[bytes[i + 1]!]! &
        FIELD_VALUE[bytes[i + 2]!]! &
        FIELD_VALUE[bytes[i + 3]!]!;
      if (all === 0) break;
    }
    while (i < scanStop && FIELD_VALUE[bytes[i]!] === 1) i++;
    if (i + 1 >= stop || bytes[i] !== CR || bytes[i + 1] !== LF) return lineEndFault(bytes, i, stop, lineStop);
    let valueEnd = i;
    while (valueEnd > valueStart && (bytes[valueEnd - 1] === SP || bytes[valueEnd - 1] === HTAB)) valueEnd--;
    i += 2;

    if (entry === offsets.length) {
      growTables(head);
      offsets = head.offsets;
      runs = head.runs;
    }
    const id = fieldId(bytes, lineStart, nameEnd);
    offsets[entry] = lineStart;
    offsets[entry + 1] = nameEnd;
    offsets[entry + 2] = valueStart;
    offsets[entry + 3] = valueEnd;
    offsets[entry + 4] = id;
    const drop = dropped[id]!;
    if (drop !== 0 && (drop === DROPPED || isHiddenName(bytes, lineStart, nameEnd, underscored, limits))) {
      offsets[entry + 5] = 0;
      if (lineStart > runStart) {
        runs[runLength] = runStart;
        runs[runLength + 1] = lineStart;
        runLength += 2;
      }
      runStart = i;
    } else {
      offsets[entry + 5] = 1;
    }
    entry += FIELD_STRIDE;
    count++;
  }
  if (i + 1 >= stop) return INCOMPLETE;
  if (bytes[i + 1] !== LF) return LINE_ENDING_INVALID;
  if (i > runStart) {
    runs[runLength] = runStart;
    runs[runLength + 1] = i;
    runLength += 2;
  }
  head.fieldCount = count;
  head.runLength = runLength;
  return i + 2;
}

/** The name ended on this byte, which is not a colon, or nothing stood before it. */
function nameFault(byte: number, first: boolean): number {
  if (byte === SP || byte === HTAB) {
    // RFC 9112 §5.2: a line that begins with white space continues the one before; §5.1: none before the colon.
    return first ? FIELD_FOLDED : FIELD_NAME_SPACE;
  }
  if (byte === LF) return LINE_ENDING_INVALID;
  return FIELD_NAME_INVALID;
}

/** The value did not end with CRLF, or not all of that has come. */
function lineEndFault(bytes: Buffer, at: number, stop: number, lineStop: number): number {
  if (at >= stop) return INCOMPLETE;
  const byte = bytes[at]!;
  if (byte === CR) return at + 1 >= stop ? INCOMPLETE : LINE_ENDING_INVALID;
  if (at >= lineStop) return FIELD_TOO_LONG;
  return byte === LF ? LINE_ENDING_INVALID : FIELD_VALUE_INVALID;
}
