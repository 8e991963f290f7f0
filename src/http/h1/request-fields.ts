import { FieldId } from "../../contract/field-id.ts";
import { FIELD_ID, FIELD_STRIDE, type RequestHead, TargetForm, VALUE_END, VALUE_START } from "../../contract/head.ts";
import { hostEndOf } from "../authority.ts";
import { isToken, token } from "../fields/tokens.ts";
import { CLOSE, connectionOptions, dropNamedFields, KEEP_ALIVE, NAMES_FIELDS, UPGRADE } from "./connection-field.ts";
import {
  CONTENT_LENGTH_INVALID,
  CONTENT_LENGTH_REPEATED,
  EXPECTATION_UNKNOWN,
  HOST_INVALID,
  HOST_MISSING,
  HOST_REPEATED,
  TRANSFER_ENCODING_HTTP10,
  TRANSFER_ENCODING_WITH_LENGTH,
} from "./fault-numbers.ts";
import { regatherRuns } from "./field-section.ts";
import { lengthOf, transferEncodingFault } from "./transfer-encoding.ts";

/** What the fields of a request mean, once their lines are known to be well formed. */

const CHUNKED = token("chunked");
const CONTINUE = token("100-continue");
const TRAILERS = token("trailers");

/**
 * Fields whose lines do not go on as they came: those of this hop (RFC 9110 §7.6.1, §11.7), the body's framing as
 * far as it is written anew (a checked Content-Length goes on), and what the edge itself says about the client or
 * the trace, so that no client can say it in the edge's name. The encoder adds its own.
 */
export const DROPPED_FROM_REQUEST: Uint8Array = new Uint8Array(256);
for (const id of [
  FieldId.connection,
  FieldId.transferEncoding,
  FieldId.upgrade,
  FieldId.te,
  FieldId.keepAlive,
  FieldId.proxyConnection,
  FieldId.proxyAuthorization,
  FieldId.proxyAuthenticate,
  FieldId.xForwardedFor,
  FieldId.xForwardedProto,
  FieldId.xForwardedHost,
  FieldId.xForwardedPort,
  FieldId.xRealIp,
  FieldId.forwarded,
  FieldId.traceparent,
  FieldId.roundtripExplain,
]) {
  DROPPED_FROM_REQUEST[id] = 1;
}

/** RFC 9112 §3.2.2: a proxy replaces Host by the authority of an absolute-form target. */
export const DROPPED_WITH_HOST: Uint8Array = DROPPED_FROM_REQUEST.slice();
DROPPED_WITH_HOST[FieldId.host] = 1;

/** Protocols that carry requests of their own: in such a tunnel they would pass by every route and policy. */
const CARRIES_REQUESTS = /^(?:h2c?|http|tls)(?:\/|$)/i;

/** RFC 9110 §7.8: Upgrade is for this hop, so the edge decides. RFC 9113 §3.1 made the one to h2c obsolete. */
function isTunnelled(head: RequestHead, upgradeField: number): boolean {
  return !head
    .value(upgradeField)
    .split(",")
    .some((protocol) => CARRIES_REQUESTS.test(protocol.trim()));
}

function isExpect(head: RequestHead, entry: number): boolean {
  return head.offsets[entry + FIELD_ID] === FieldId.expect;
}

/** What the known fields say: framing, host, connection, expectation. @returns 0, or a negative fault. */
export function interpretRequestFields(bytes: Buffer, head: RequestHead, dropped: Uint8Array): number {
  const offsets = head.offsets;
  const entries = head.fieldCount * FIELD_STRIDE;
  let contentLength = -1;
  let hostField = -1;
  let upgradeField = -1;
  let forwardedForField = -1;
  let traceparentField = -1;
  let explainField = -1;
  let hasForwarding = false;
  let hasDate = false;
  let expectContinue = false;
  let teTrailers = false;
  let chunked = false;
  let transferFields = 0;
  let options = 0;
  for (let at = 0; at < entries; at += FIELD_STRIDE) {
    const id = offsets[at + 4]!;
    if (id === 0) continue;
    switch (id) {
      case FieldId.host:
        if (hostField >= 0) return HOST_REPEATED;
        hostField = at;
        break;
      case FieldId.connection:
        options |= connectionOptions(bytes, offsets[at + VALUE_START]!, offsets[at + VALUE_END]!);
        break;
      case FieldId.contentLength:
        // RFC 9112 §6.3 lets identical ones pass; two readings of one message are not worth that.
        if (contentLength >= 0) return CONTENT_LENGTH_REPEATED;
        contentLength = lengthOf(bytes, offsets[at + VALUE_START]!, offsets[at + VALUE_END]!);
        if (contentLength < 0) return CONTENT_LENGTH_INVALID;
        break;
      case FieldId.transferEncoding:
        transferFields++;
        chunked = isToken(bytes, offsets[at + VALUE_START]!, offsets[at + VALUE_END]!, CHUNKED);
        break;
      case FieldId.expect:
        if (!isToken(bytes, offsets[at + VALUE_START]!, offsets[at + VALUE_END]!, CONTINUE)) return EXPECTATION_UNKNOWN;
        expectContinue = true;
        break;
      case FieldId.upgrade:
        if (upgradeField < 0) upgradeField = at;
        break;
      case FieldId.te:
        if (isToken(bytes, offsets[at + VALUE_START]!, offsets[at + VALUE_END]!, TRAILERS)) teTrailers = true;
        break;
      case FieldId.xForwardedFor:
        if (forwardedForField < 0) forwardedForField = at;
        hasForwarding = true;
        break;
      case FieldId.xForwardedProto:
      case FieldId.xForwardedHost:
      case FieldId.xForwardedPort:
      case FieldId.xRealIp:
      case FieldId.forwarded:
        hasForwarding = true;
        break;
      case FieldId.traceparent:
        if (traceparentField < 0) traceparentField = at;
        break;
      case FieldId.roundtripExplain:
        if (explainField < 0) explainField = at;
        break;
      case FieldId.date:
        hasDate = true;
        break;
    }
  }

  if (transferFields > 0) {
    // RFC 9112 §6.1: HTTP/1.0 has none; with a length beside it the message is an attack or an error.
    if (head.minor === 0) return TRANSFER_ENCODING_HTTP10;
    if (contentLength >= 0) return TRANSFER_ENCODING_WITH_LENGTH;
    if (!chunked || transferFields > 1) return transferEncodingFault(head);
  }
  // RFC 9112 §3.2: HTTP/1.1 needs exactly one Host, also beside an absolute-form target, whose authority wins.
  if (hostField >= 0) {
    const hostStart = offsets[hostField + VALUE_START]!;
    const hostStop = offsets[hostField + VALUE_END]!;
    const hostEnd = hostEndOf(bytes, hostStart, hostStop);
    if (hostEnd < 0) return HOST_INVALID;
    if (head.form === TargetForm.origin || head.form === TargetForm.asterisk) {
      head.authorityStart = hostStart;
      head.authorityEnd = hostStop;
      head.hostEnd = hostEnd;
    }
  } else if (head.minor === 1) {
    return HOST_MISSING;
  }

  head.contentLength = contentLength;
  head.chunked = chunked;
  head.close = (options & CLOSE) !== 0;
  head.keepAlive = (options & KEEP_ALIVE) !== 0;
  // RFC 9110 §7.8: Upgrade counts only in HTTP/1.1 and when Connection names it.
  head.upgrade = (options & UPGRADE) !== 0 && upgradeField >= 0 && head.minor === 1 && isTunnelled(head, upgradeField);
  head.upgradeField = upgradeField;
  head.hostField = hostField;
  head.forwardedForField = forwardedForField;
  head.traceparentField = traceparentField;
  head.explainField = explainField;
  head.hasForwarding = hasForwarding;
  head.hasDate = hasDate;
  // RFC 9110 §10.1.1: an expectation in HTTP/1.0 is ignored.
  head.expectContinue = expectContinue && head.minor === 1;
  head.teTrailers = teTrailers;
  if ((options & NAMES_FIELDS) !== 0) dropNamedFields(head, dropped);
  // It goes on as HTTP/1.1, where the expectation would count.
  else if (expectContinue && head.minor === 0) regatherRuns(head, dropped, isExpect.bind(null, head));
  return 0;
}
