import { FieldId } from "../../contract/field-id.ts";
import { FIELD_STRIDE, type Head, VALUE_END, VALUE_START } from "../../contract/head.ts";
import { Protocol } from "../../contract/protocol.ts";
import {
  TRANSFER_ENCODING_HTTP10,
  TRANSFER_ENCODING_INVALID,
  TRANSFER_ENCODING_UNKNOWN,
  TRANSFER_ENCODING_WITH_LENGTH,
} from "../fault-numbers.ts";
import { hop } from "../fields/hop-fields.ts";
import { isToken, token } from "../fields/field-name.ts";

const CHUNKED = token("chunked");

/** Checks the Transfer-Encoding of a head whose fields were read just now and that has one. @returns 1, or a negative fault. */
export function readTransferEncoding(bytes: Buffer, head: Head): number {
  // RFC 9112 §6.1: HTTP/1.0 has none; with a length beside it the message is an attack or an error.
  if (head.protocol === Protocol.http10) return TRANSFER_ENCODING_HTTP10;
  if (head.contentLength >= 0) return TRANSFER_ENCODING_WITH_LENGTH;
  const { offsets } = head;
  const at = hop.transferField;
  const chunked = isToken(bytes, offsets[at + VALUE_START]!, offsets[at + VALUE_END]!, CHUNKED);
  return chunked && hop.transferFields === 1 ? 1 : transferEncodingFault(head);
}

/** A coding with its parameters (RFC 9112 §7); only the name is understood. */
const CODING = /^[!#$%&'*+\-.^_`|~0-9a-z]+(?:[ \t]*;[ \t]*[!#$%&'*+\-.^_`|~0-9a-z]+[ \t]*=[^,]*)*$/;

/**
 * The fault of a Transfer-Encoding that is not exactly one `chunked` (which the caller accepts without coming here).
 *
 * `chunked` twice, not last, with parameters, or a list that is malformed or empty: the length of the body is in
 * doubt (RFC 9112 §6.3). Otherwise a coding the edge does not know (§6.1): it could not check what it forwards, since
 * removing or keeping such a coding is up to each hop.
 */
function transferEncodingFault(head: Head): number {
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
