import { FieldId } from "../../contract/field-id.ts";
import { FIELD_STRIDE, type Head } from "../../contract/head.ts";
import { TRANSFER_ENCODING_INVALID, TRANSFER_ENCODING_UNKNOWN } from "./fault-numbers.ts";

/** A coding with its parameters (RFC 9112 §7); only the name is understood. */
const CODING = /^[!#$%&'*+\-.^_`|~0-9a-z]+(?:[ \t]*;[ \t]*[!#$%&'*+\-.^_`|~0-9a-z]+[ \t]*=[^,]*)*$/;

/**
 * The fault of a Transfer-Encoding that is not exactly one `chunked` (which the caller accepts without coming here).
 *
 * `chunked` twice, not last, with parameters, or a list that is malformed or empty: the length of the body is in
 * doubt (RFC 9112 §6.3). Otherwise a coding the edge does not know (§6.1): it could not check what it forwards, since
 * removing or keeping such a coding is up to each hop.
 */
export function transferEncodingFault(head: Head): number {
  const codings: string[] = [];
  for (let at = head.find(FieldId.transferEncoding); at >= 0;) {
    for (const coding of head.value(at).toLowerCase().split(",")) codings.push(coding.trim());
    at = head.find(FieldId.transferEncoding, at + FIELD_STRIDE);
  }
  const last = codings.length - 1;
  for (let i = 0; i <= last; i++) {
    const coding = codings[i]!;
    if (!CODING.test(coding)) return TRANSFER_ENCODING_INVALID;
    const name = coding.split(";", 1)[0]!.trim();
    if (name === "chunked" && (i !== last || name !== coding)) return TRANSFER_ENCODING_INVALID;
  }
  return TRANSFER_ENCODING_UNKNOWN;
}

/** Content-Length as a number (RFC 9110 §8.6: digits only), -1 when it is not one or beyond what a number holds exactly. */
export function lengthOf(bytes: Buffer, start: number, end: number): number {
  if (start >= end || end - start > MAX_LENGTH_DIGITS) return -1;
  let length = 0;
  for (let i = start; i < end; i++) {
    const digit = bytes[i]! - 0x30;
    if (digit < 0 || digit > 9) return -1;
    length = length * 10 + digit;
  }
  return length;
}

/** Every number of so many digits is a safe integer. */
const MAX_LENGTH_DIGITS = 15;
