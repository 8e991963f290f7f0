import { FieldId } from "../../contract/field-id.ts";
import { FIELD_ID, FIELD_STRIDE, type ResponseHead, VALUE_END, VALUE_START } from "../../contract/head.ts";
import { CONTENT_LENGTH_INVALID, CONTENT_LENGTH_REPEATED } from "../fault-numbers.ts";
import { contentLengthOf } from "./content-length.ts";
import { DROPPED, withholdAll } from "./field-table.ts";
import { hop } from "./hop-fields.ts";

/** What the fields of a response mean, in every version of HTTP, once their lines are known to be well formed. */

/** Fields of this hop alone (RFC 9110 §7.6.1, §11.7). A checked Content-Length goes on as it came. */
export const DROPPED_FROM_RESPONSE: Uint8Array = new Uint8Array(256);
for (const id of [
  FieldId.connection,
  FieldId.transferEncoding,
  FieldId.upgrade,
  FieldId.te,
  FieldId.keepAlive,
  FieldId.proxyConnection,
  FieldId.proxyAuthenticate,
  FieldId.proxyAuthorization,
]) {
  DROPPED_FROM_RESPONSE[id] = DROPPED;
}

/**
 * Takes over what the known fields say; those of this hop alone are left in `hop` for the protocol. Needs `status`.
 * @returns 0, or a negative fault.
 */
export function readResponseFields(bytes: Buffer, head: ResponseHead): number {
  const offsets = head.offsets;
  const entries = head.fieldCount * FIELD_STRIDE;
  let contentLength = -1;
  let serverTimingField = -1;
  let hasDate = false;
  let connectionField = -1;
  let connectionFields = 0;
  let transferField = -1;
  let transferFields = 0;
  let upgradeField = -1;
  for (let at = 0; at < entries; at += FIELD_STRIDE) {
    switch (offsets[at + FIELD_ID]) {
      case FieldId.connection:
        connectionField = at;
        connectionFields++;
        break;
      case FieldId.contentLength:
        if (contentLength >= 0) return CONTENT_LENGTH_REPEATED;
        contentLength = contentLengthOf(bytes, offsets[at + VALUE_START]!, offsets[at + VALUE_END]!);
        if (contentLength < 0) return CONTENT_LENGTH_INVALID;
        break;
      case FieldId.transferEncoding:
        transferField = at;
        transferFields++;
        break;
      case FieldId.upgrade:
        if (upgradeField < 0) upgradeField = at;
        break;
      case FieldId.serverTiming:
        if (serverTimingField < 0) serverTimingField = at;
        break;
      case FieldId.date:
        hasDate = true;
        break;
      default:
        break;
    }
  }
  head.contentLength = contentLength;
  head.serverTimingField = serverTimingField;
  head.hasDate = hasDate;
  hop.connectionField = connectionField;
  hop.connectionFields = connectionFields;
  hop.transferField = transferField;
  hop.transferFields = transferFields;
  hop.upgradeField = upgradeField;
  // RFC 9110 §8.6: neither 1xx nor 204 may carry Content-Length; it is taken out rather than passed on.
  if (contentLength >= 0 && (head.status < 200 || head.status === 204)) withholdAll(head, FieldId.contentLength);
  return 0;
}
