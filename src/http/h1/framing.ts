import { BodyLength } from "../../contract/body-length.ts";
import { FieldEdits } from "../../contract/field-edits.ts";
import { FieldId } from "../../contract/field-id.ts";
import type { Head } from "../../contract/head.ts";
import { endLine, writeDecimal } from "./encode.ts";

/** How a body is delimited (RFC 9112 §6.3). */
export const BodyFraming = { none: 0, length: 1, chunked: 2, untilClose: 3 } as const;
export type BodyFraming = (typeof BodyFraming)[keyof typeof BodyFraming];

/**
 * How the body of a request is delimited (RFC 9112 §6.3). Without a length there is none, and an unknown one is
 * chunked: a request is never read until the connection closes. A length of zero counts as none.
 */
export function requestFraming(length: BodyLength): BodyFraming {
  if (length === BodyLength.unknown) return BodyFraming.chunked;
  return length > 0 ? BodyFraming.length : BodyFraming.none;
}

/** How the body of a response is delimited (RFC 9112 §6.3). A length of zero counts as none. */
export function responseFraming(length: BodyLength, chunked: boolean): BodyFraming {
  if (length === BodyLength.unknown) return chunked ? BodyFraming.chunked : BodyFraming.untilClose;
  return length > 0 ? BodyFraming.length : BodyFraming.none;
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
