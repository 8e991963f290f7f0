import type { BodyLength } from "../../contract/body-length.ts";
import { FieldEdits } from "../../contract/field-edits.ts";
import { FieldId } from "../../contract/field-id.ts";
import { FIELD_STRIDE, type Head, NAME_START, type RequestHead, TargetForm } from "../../contract/head.ts";
import { Method } from "../../contract/method.ts";
import { ASTERISK, DOT, SLASH } from "../fields/characters.ts";
import { lineEnd } from "../fields/field-table.ts";
import type { FieldLines } from "../../contract/field-lines.ts";

/**
 * The codec's other half: message parts as bytes into a buffer that the caller has made large enough. Every function
 * writes at `at` and answers the new position.
 */

const CR = 13;
const LF = 10;
const ONE = 0x31;

/** Upper bound of what `copyFields` writes. */
export function fieldsSize(head: Head, edits: FieldEdits | null): number {
  let size = edits === null ? 0 : edits.added.length;
  const { runs, runLength } = head;
  for (let k = 0; k < runLength; k += 2) size += runs[k + 1]! - runs[k]!;
  return size;
}

/**
 * Copies the field lines that go on: the runs of the head as they came, less the fields that `edits` removes, then
 * the lines that `edits` adds. No start line, no empty line.
 */
export function copyFields(head: Head, edits: FieldEdits | null, into: Buffer, at: number): number {
  const { bytes, runs, runLength } = head;
  let to = at;
  if (edits === null || edits.removedCount === 0) {
    for (let k = 0; k < runLength; k += 2) to += bytes.copy(into, to, runs[k]!, runs[k + 1]!);
  } else {
    to = copyUnremoved(head, edits, into, to);
  }
  if (edits !== null && edits.added.length > 0) to += edits.added.bytes.copy(into, to, 0, edits.added.length);
  return to;
}

/** The start line from `lineStart` on, then the fields as `copyFields`: mostly one range. */
export function copyStartLineAndFields(
  head: Head,
  lineStart: number,
  edits: FieldEdits | null,
  into: Buffer,
  at: number,
): number {
  const { bytes, runs, runLength } = head;
  const fieldsStart = head.fieldCount > 0 ? head.offsets[NAME_START]! : head.end - 2;
  if (runLength === 0 || runs[0] !== fieldsStart || (edits !== null && edits.removedCount > 0)) {
    return copyFields(head, edits, into, at + bytes.copy(into, at, lineStart, fieldsStart));
  }
  let to = at + bytes.copy(into, at, lineStart, runs[1]!);
  for (let k = 2; k < runLength; k += 2) to += bytes.copy(into, to, runs[k]!, runs[k + 1]!);
  if (edits !== null && edits.added.length > 0) to += edits.added.bytes.copy(into, to, 0, edits.added.length);
  return to;
}

function copyUnremoved(head: Head, edits: FieldEdits, into: Buffer, at: number): number {
  const { bytes, offsets, runs, runLength } = head;
  const entries = head.fieldCount * FIELD_STRIDE;
  let to = at;
  let entry = 0;
  for (let k = 0; k < runLength; k += 2) {
    let from = runs[k]!;
    const runEnd = runs[k + 1]!;
    while (entry < entries && offsets[entry + NAME_START]! < runEnd) {
      const lineStart = offsets[entry + NAME_START]!;
      // A removed field that is in no run lies before this one.
      if (lineStart >= from && edits.isRemoved(entry)) {
        to += bytes.copy(into, to, from, lineStart);
        from = lineEnd(head, entry);
      }
      entry += FIELD_STRIDE;
    }
    to += bytes.copy(into, to, from, runEnd);
  }
  return to;
}

/**
 * The target in the form for an origin server (RFC 9112 §3.2.1): of an absolute-form target the path and query, "/"
 * where the path is empty (`*` for OPTIONS, §3.2.4). The path goes in its normal form, so that the next hop cannot read
 * another than was matched. CONNECT's authority and `*` stay as they are. At most `targetSize` bytes.
 */
export function copyTarget(head: RequestHead, into: Buffer, at: number): number {
  const { bytes, form, pathStart, pathEnd, targetEnd } = head;
  let to = at;
  if (head.pathChanged && head.normalized !== null) {
    to += head.normalized.copy(into, to);
    return to + bytes.copy(into, to, pathEnd, targetEnd);
  }
  if (form === TargetForm.authority) return to + bytes.copy(into, to, head.targetStart, targetEnd);
  if (pathStart === pathEnd) into[to++] = head.method === Method.OPTIONS && pathEnd === targetEnd ? ASTERISK : SLASH;
  return to + bytes.copy(into, to, pathStart, targetEnd);
}

/** Upper bound of what `copyTarget` writes. */
export function targetSize(head: RequestHead): number {
  return head.targetEnd - head.targetStart + 1 + (head.pathChanged ? head.normalized!.length : 0);
}

/** Writes "1.1" over the version that came with a start line (RFC 9112 §2.3: an intermediary sends its own). */
export function writeOwnVersion(into: Buffer, at: number): void {
  into[at] = ONE;
  into[at + 1] = DOT;
  into[at + 2] = ONE;
}

/** A chunk's size line (RFC 9112 §7.1): hexadecimal and CRLF. `size` is a whole number ≥ 0 below 2^48. */
export function writeChunkSize(into: Buffer, at: number, size: number): number {
  let digits = 1;
  for (let rest = size; rest >= 16; rest = Math.floor(rest / 16)) digits++;
  let rest = size;
  for (let i = at + digits - 1; i >= at; i--) {
    const digit = rest % 16;
    into[i] = digit < 10 ? 0x30 + digit : 0x57 + digit;
    rest = (rest - digit) / 16;
  }
  into[at + digits] = CR;
  into[at + digits + 1] = LF;
  return at + digits + 2;
}

/** A decimal number. `value` is a whole number ≥ 0 within the safe integers. */
export function writeDecimal(into: Buffer, at: number, value: number): number {
  let digits = 1;
  for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) digits++;
  let rest = value;
  for (let i = at + digits - 1; i >= at; i--) {
    const digit = rest % 10;
    into[i] = 0x30 + digit;
    rest = (rest - digit) / 10;
  }
  return at + digits;
}

/**
 * Content-Length as an HTTP/1.1 message must say it (RFC 9112 §6.2), whatever the head says that came: a field that
 * is right goes on as it stands, a wrong one is taken out, a missing one is written.
 */

const CONTENT_LENGTH = Buffer.from("Content-Length: ");
/** Bytes of the line at most. */
export const LENGTH_LINE = 36;

/** The Content-Length that goes on with the head: -1 when none does. */
export function keptLength(head: Head, edits: FieldEdits | null): number {
  const { contentLength } = head;
  if (contentLength < 0 || edits === null || edits.removedCount === 0) return contentLength;
  return edits.isRemoved(head.find(FieldId.contentLength)) ? -1 : contentLength;
}

const CORRECTED = new FieldEdits();

/** The edits, with Content-Length removed too. Holds until the next call. */
export function withoutLength(head: Head, edits: FieldEdits | null): FieldEdits {
  CORRECTED.reset();
  if (edits !== null) CORRECTED.copyFrom(edits);
  CORRECTED.remove(head.find(FieldId.contentLength));
  return CORRECTED;
}

/** Writes the field line; answers the new position. */
export function writeLength(into: Buffer, at: number, length: BodyLength): number {
  return endLine(into, writeDecimal(into, at + CONTENT_LENGTH.copy(into, at), length));
}

/** Chunked coding of bodies that the edge sends (RFC 9112 §7.1). */

/** Room for a chunk's size line and its end. */
export const CHUNK_OVERHEAD = 16;
const LAST_CHUNK: Buffer = Buffer.from("0\r\n");

/** Writes CRLF and answers the new position. */
export function endLine(into: Buffer, at: number): number {
  into[at] = CR;
  into[at + 1] = LF;
  return at + 2;
}

/** Writes bytes [start, end) as one chunk; needs `end - start + CHUNK_OVERHEAD` bytes of room. Answers the new position. */
export function encodeChunk(into: Buffer, at: number, bytes: Buffer, start: number, end: number): number {
  const from = writeChunkSize(into, at, end - start);
  return endLine(into, from + bytes.copy(into, from, start, end));
}

/** Writes the last chunk and the trailer section. */
export function encodeLastChunk(into: Buffer, at: number, trailers: FieldLines | null): number {
  let to = at + LAST_CHUNK.copy(into, at);
  if (trailers !== null) to += trailers.bytes.copy(into, to, 0, trailers.length);
  return endLine(into, to);
}
