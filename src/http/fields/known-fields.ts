import { FieldId } from "../../contract/field-id.ts";
import {
  FIELD_FORWARDED,
  FIELD_ID,
  FIELD_STRIDE,
  type RequestHead,
  TargetForm,
  VALUE_END,
  VALUE_START,
  type ResponseHead,
} from "../../contract/head.ts";
import { hostEndOf, isRooted } from "../control-data.ts";
import {
  CONTENT_LENGTH_INVALID,
  CONTENT_LENGTH_REPEATED,
  EXPECTATION_UNKNOWN,
  HOST_INVALID,
  HOST_MISSING,
  HOST_REPEATED,
} from "../fault-numbers.ts";
import { SP } from "./characters.ts";
import { BY_NAME, DROPPED, isWithheldForwarded, withholdAll } from "./field-table.ts";
import { hop } from "./hop-fields.ts";
import { isToken, token } from "./field-name.ts";

/** What the known fields of a message mean, in every version of HTTP, once their lines are known to be well formed. */

/** Every number of so many digits is a safe integer. */
const MAX_LENGTH_DIGITS = 15;

/** Content-Length as a number (RFC 9110 §8.6: digits only), -1 when it is not one or beyond what a number holds exactly. */
function contentLengthOf(bytes: Buffer, start: number, end: number): number {
  if (start >= end || end - start > MAX_LENGTH_DIGITS) return -1;
  let length = 0;
  for (let i = start; i < end; i++) {
    const digit = bytes[i]! - 0x30;
    if (digit < 0 || digit > 9) return -1;
    length = length * 10 + digit;
  }
  return length;
}

// ---- requests

const CONTINUE = token("100-continue");

/**
 * Fields whose lines do not go on as they came: those of this hop (RFC 9110 §7.6.1, §11.7), the body's framing as
 * far as it is written again (a checked Content-Length goes on), and what the edge itself says about the client or
 * the trace, so that no client can say it in the edge's name. The encoder adds its own.
 */
export const DROPPED_FROM_REQUEST: Uint8Array = new Uint8Array(256);
DROPPED_FROM_REQUEST[FieldId.other] = BY_NAME;
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
  DROPPED_FROM_REQUEST[id] = DROPPED;
}

/** RFC 9112 §3.2.2: a proxy replaces Host by the authority of an absolute-form target. */
export const DROPPED_WITH_HOST: Uint8Array = DROPPED_FROM_REQUEST.slice();
DROPPED_WITH_HOST[FieldId.host] = DROPPED;

/** The schemes that authenticate a connection and not a request (RFC 4559 §6). */
const CONNECTION_SCHEMES = ["ntlm", "negotiate"].map(token);

function isConnectionScheme(bytes: Buffer, start: number, end: number): boolean {
  let stop = start;
  while (stop < end && bytes[stop] !== SP) stop++;
  return CONNECTION_SCHEMES.some((scheme) => isToken(bytes, start, stop, scheme));
}

/**
 * Takes over what the known fields say; those of this hop alone are left in `hop` for the protocol. `bodyLength` and
 * the upgrade are the protocol's to tell.
 * @returns 0, or a negative fault.
 */
export function readRequestFields(bytes: Buffer, head: RequestHead): number {
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
  let bindsConnection = false;
  let connectionField = -1;
  let connectionFields = 0;
  let transferField = -1;
  let transferFields = 0;
  for (let at = 0; at < entries; at += FIELD_STRIDE) {
    const id = offsets[at + FIELD_ID]!;
    if (id === 0) {
      if (offsets[at + FIELD_FORWARDED] === 0 && isWithheldForwarded(head, at)) hasForwarding = true;
      continue;
    }
    switch (id) {
      case FieldId.host:
        if (hostField >= 0) return HOST_REPEATED;
        hostField = at;
        break;
      case FieldId.connection:
        connectionField = at;
        connectionFields++;
        break;
      case FieldId.contentLength:
        // RFC 9112 §6.3 lets identical ones pass; two readings of one message are not worth that.
        if (contentLength >= 0) return CONTENT_LENGTH_REPEATED;
        contentLength = contentLengthOf(bytes, offsets[at + VALUE_START]!, offsets[at + VALUE_END]!);
        if (contentLength < 0) return CONTENT_LENGTH_INVALID;
        break;
      case FieldId.transferEncoding:
        transferField = at;
        transferFields++;
        break;
      case FieldId.expect:
        if (!isToken(bytes, offsets[at + VALUE_START]!, offsets[at + VALUE_END]!, CONTINUE)) return EXPECTATION_UNKNOWN;
        expectContinue = true;
        break;
      case FieldId.upgrade:
        if (upgradeField < 0) upgradeField = at;
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
      case FieldId.authorization:
        bindsConnection ||= isConnectionScheme(bytes, offsets[at + VALUE_START]!, offsets[at + VALUE_END]!);
        break;
      case FieldId.date:
        hasDate = true;
        break;
    }
  }

  head.contentLength = contentLength;
  head.hostField = hostField;
  head.forwardedForField = forwardedForField;
  head.traceparentField = traceparentField;
  head.explainField = explainField;
  head.hasForwarding = hasForwarding;
  head.hasDate = hasDate;
  head.expectContinue = expectContinue;
  head.bindsConnection = bindsConnection;
  hop.connectionField = connectionField;
  hop.connectionFields = connectionFields;
  hop.transferField = transferField;
  hop.transferFields = transferFields;
  hop.upgradeField = upgradeField;
  return 0;
}

/**
 * Checks Host, which is the authority unless the target names one. `required`: a request without it is refused.
 * @returns 0, or a negative fault.
 */
export function placeHost(bytes: Buffer, head: RequestHead, required: boolean): number {
  const { hostField } = head;
  // RFC 9112 §3.2: HTTP/1.1 needs exactly one Host, also beside an absolute-form target, whose authority wins.
  if (hostField < 0) return required ? HOST_MISSING : 0;
  const start = head.offsets[hostField + VALUE_START]!;
  let stop = head.offsets[hostField + VALUE_END]!;
  let hostEnd = hostEndOf(bytes, start, stop);
  if (hostEnd < 0) return HOST_INVALID;
  if (head.form !== TargetForm.origin && head.form !== TargetForm.asterisk) return 0;
  if (isRooted(bytes, hostEnd)) {
    // What is refused is left as it came.
    if (hostEnd - 1 === start || isRooted(bytes, hostEnd - 1)) return HOST_INVALID;
    // One form of a name, to routes and to whoever is behind: the dot is taken out where it stands.
    bytes.copyWithin(--hostEnd, hostEnd + 1, stop);
    bytes[--stop] = SP;
    head.offsets[hostField + VALUE_END] = stop;
  }
  head.authorityStart = start;
  head.authorityEnd = stop;
  head.hostEnd = hostEnd;
  return 0;
}

// ---- responses

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
  let keepAliveField = -1;
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
      case FieldId.keepAlive:
        if (keepAliveField < 0) keepAliveField = at;
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
  hop.keepAliveField = keepAliveField;
  // RFC 9110 §8.6: neither 1xx nor 204 may carry Content-Length; it is taken out rather than passed on.
  if (contentLength >= 0 && (head.status < 200 || head.status === 204)) withholdAll(head, FieldId.contentLength);
  return 0;
}
