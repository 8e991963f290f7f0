import { BodyLength } from "../../contract/body-length.ts";
import { FieldId } from "../../contract/field-id.ts";
import { type RequestHead, VALUE_END, VALUE_START } from "../../contract/head.ts";
import { Protocol } from "../../contract/protocol.ts";
import { withholdAll } from "../fields/field-table.ts";
import { hop } from "../fields/hop-fields.ts";
import { placeHost, readRequestFields } from "../fields/request-fields.ts";
import { dropNamedFields, NAMES_FIELDS, readConnection, UPGRADE } from "./connection-field.ts";
import { facts } from "./message-facts.ts";
import { readTransferEncoding } from "./transfer-encoding.ts";

/** Protocols that carry requests of their own: in such a tunnel they would pass by every route and policy. */
const CARRIES_REQUESTS = /^(?:h2c?|http|tls)(?:\/|$)/i;

/** RFC 9110 §7.8: Upgrade is for this hop, so the edge decides. RFC 9113 §3.1 made the one to h2c obsolete. */
function isTunnelled(head: RequestHead, upgradeField: number): boolean {
  return !head
    .value(upgradeField)
    .split(",")
    .some((protocol) => CARRIES_REQUESTS.test(protocol.trim()));
}

/**
 * What the fields of an HTTP/1.x request say: body, host, connection, expectation. Fills the head and `facts`.
 * @returns 0, or a negative fault.
 */
export function interpretRequestFields(bytes: Buffer, head: RequestHead): number {
  const fault = readRequestFields(bytes, head);
  if (fault < 0) return fault;
  const chunked = hop.transferFields === 0 ? 0 : readTransferEncoding(bytes, head);
  if (chunked < 0) return chunked;
  const current = head.protocol === Protocol.http11;
  const hostFault = placeHost(bytes, head, current);
  if (hostFault < 0) return hostFault;

  const options = readConnection(bytes, head);
  facts.chunked = chunked === 1;
  head.bodyLength = chunked === 1 ? BodyLength.unknown : head.contentLength < 0 ? BodyLength.none : head.contentLength;
  head.upgradeStart = head.upgradeEnd = 0;
  const { upgradeField } = hop;
  // RFC 9110 §7.8: Upgrade counts only in HTTP/1.1 and when Connection names it.
  if ((options & UPGRADE) !== 0 && upgradeField >= 0 && current && isTunnelled(head, upgradeField)) {
    head.upgradeStart = head.offsets[upgradeField + VALUE_START]!;
    head.upgradeEnd = head.offsets[upgradeField + VALUE_END]!;
  }
  if ((options & NAMES_FIELDS) !== 0) dropNamedFields(head);
  if (head.expectContinue && !current) {
    // RFC 9110 §10.1.1: an expectation in HTTP/1.0 is ignored. It goes on as HTTP/1.1, where it would count.
    head.expectContinue = false;
    withholdAll(head, FieldId.expect);
  }
  return 0;
}
