import { FieldId } from "../../contract/field-id.ts";
import {
  FIELD_FORWARDED,
  FIELD_ID,
  FIELD_STRIDE,
  MAX_FIELDS,
  NAME_END,
  NAME_START,
  type Head,
} from "../../contract/head.ts";
import type { HeadLimits } from "../head-limits.ts";
import { LOWER_BIT, UNDERSCORE } from "./characters.ts";
import { fieldId } from "./field-name.ts";

/**
 * The table of a head's fields and the runs that go on, which every parser and decoder fills alike.
 *
 * What goes on is decided by a table of 256 entries, indexed by `FieldId`: `GOES_ON`, `DROPPED`, or at
 * `FieldId.other` `BY_NAME`.
 */
export const GOES_ON = 0;
export const DROPPED = 1;
/** Fields that the edge has no number for are judged by `isHiddenName`. */
export const BY_NAME = 2;

/** "x-forwarded-", as words of the same length compare. */
const X_FORWARDED = Buffer.from("x-forwarded-");
const DASH = 0x2d;
const LOWER_X = 0x78;

/**
 * A name without a number that does not go on from a request: any X-Forwarded-*, since an upstream believes it (user,
 * groups, client certificate, prefix …); and names with `_`, since CGI, WSGI and Rack read `X_Forwarded_For` as
 * `X-Forwarded-For` (RFC 3875 §4.1.18), past whoever checked the latter. Where the config keeps names with `_`, those
 * that would be read as one that the edge knows are dropped all the same.
 */
export function isHiddenName(
  bytes: Buffer,
  start: number,
  end: number,
  underscored: boolean,
  { underscores }: HeadLimits,
): boolean {
  if (!underscored) return isForwardedName(bytes, start, end);
  if (underscores !== true) return true;
  const read = Buffer.from(bytes.subarray(start, end));
  for (let i = 0; i < read.length; i++) if (read[i] === UNDERSCORE) read[i] = DASH;
  return fieldId(read, 0, read.length) !== FieldId.other || isForwardedName(read, 0, read.length);
}

/** X-Forwarded-*: a field about the client that a proxy in front writes. The name is a valid token. */
function isForwardedName(bytes: Buffer, start: number, end: number): boolean {
  const prefix = X_FORWARDED.length;
  if (end - start <= prefix || bytes[start + prefix - 1] !== DASH || (bytes[start]! | LOWER_BIT) !== LOWER_X)
    return false;
  for (let k = 1; k < prefix; k++) if ((bytes[start + k]! | LOWER_BIT) !== X_FORWARDED[k]) return false;
  return true;
}

/** Room for twice the fields. Dropping every second field gives the most runs: one per two fields. */
export function growTables(head: Head): void {
  const fields = Math.min(MAX_FIELDS, Math.max(128, (head.offsets.length / FIELD_STRIDE) * 2));
  const offsets = new Int32Array(fields * FIELD_STRIDE);
  offsets.set(head.offsets);
  head.offsets = offsets;
  const runs = new Int32Array(Math.max(head.runs.length, fields + 8));
  runs.set(head.runs);
  head.runs = runs;
}

/** The offset after the line of the field at `entry`, whose lines stand without a gap. */
export function lineEnd(head: Head, entry: number): number {
  const next = entry + FIELD_STRIDE;
  // Before the end of the head stands the empty line.
  return next < head.fieldCount * FIELD_STRIDE ? head.offsets[next + NAME_START]! : head.end - 2;
}

/** Takes the field at `entry` out of what goes on. `gatherRuns` makes it so. */
export function withhold(head: Head, entry: number): void {
  head.offsets[entry + FIELD_FORWARDED] = 0;
}

/** Gathers the runs again from the fields that go on. Needs `head.end`. */
export function gatherRuns(head: Head): void {
  const { offsets, runs } = head;
  const entries = head.fieldCount * FIELD_STRIDE;
  let runLength = 0;
  let runStart = entries > 0 ? offsets[NAME_START]! : head.end - 2;
  for (let entry = 0; entry < entries; entry += FIELD_STRIDE) {
    if (offsets[entry + FIELD_FORWARDED] === 1) continue;
    const lineStart = offsets[entry + NAME_START]!;
    if (lineStart > runStart) {
      runs[runLength++] = runStart;
      runs[runLength++] = lineStart;
    }
    runStart = lineEnd(head, entry);
  }
  if (head.end - 2 > runStart) {
    runs[runLength++] = runStart;
    runs[runLength++] = head.end - 2;
  }
  head.runLength = runLength;
}

/** Takes every field with this number out of what goes on. */
export function withholdAll(head: Head, id: number): void {
  for (let at = head.find(id); at >= 0; at = head.find(id, at + FIELD_STRIDE)) withhold(head, at);
  gatherRuns(head);
}

/** The field at `entry` has no number, and was left out as one of X-Forwarded-* (not for a `_` in its name). */
export function isWithheldForwarded(head: Head, entry: number): boolean {
  const { bytes, offsets } = head;
  const start = offsets[entry + NAME_START]!;
  const end = offsets[entry + NAME_END]!;
  if (offsets[entry + FIELD_ID] !== 0 || offsets[entry + FIELD_FORWARDED] !== 0) return false;
  return isForwardedName(bytes, start, end) && !bytes.subarray(start, end).includes(UNDERSCORE);
}
