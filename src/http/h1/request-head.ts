import { FieldId } from "../../contract/field-id.ts";
import { FIELD_STRIDE, type RequestHead, TargetForm, VALUE_END, VALUE_START } from "../../contract/head.ts";
import { Method } from "../../contract/method.ts";
import { hostEndOf } from "../authority.ts";
import { BACKSLASH, CR, DOT, LF, PERCENT, QUESTION, SLASH, SP, TCHAR } from "../fields/characters.ts";
import { isToken, token } from "../fields/tokens.ts";
import { normalizePath } from "../target.ts";
import { CLOSE, connectionOptions, dropNamedFields, KEEP_ALIVE, NAMES_FIELDS, UPGRADE } from "./connection-field.ts";
import {
  CONTENT_LENGTH_INVALID,
  CONTENT_LENGTH_REPEATED,
  EXPECTATION_UNKNOWN,
  HEAD_TOO_LARGE,
  HOST_INVALID,
  HOST_MISSING,
  HOST_REPEATED,
  INCOMPLETE,
  LINE_ENDING_INVALID,
  METHOD_INVALID,
  REQUEST_LINE_MALFORMED,
  TARGET_TOO_LONG,
  TRANSFER_ENCODING_HTTP10,
  TRANSFER_ENCODING_WITH_LENGTH,
} from "./fault-numbers.ts";
import { scanFields } from "./field-section.ts";
import type { HeadLimits } from "./head-limits.ts";
import { MAX_METHOD, methodFault, methodOf, parseOtherForm, targetFault, versionFault } from "./request-line.ts";
import { lengthOf, transferEncodingFault } from "./transfer-encoding.ts";

export type { HeadLimits } from "./head-limits.ts";

/** RFC 9112 §2.2: empty lines before a request line are ignored; so many of them. */
const MAX_EMPTY_LINES = 4;

const CHUNKED = token("chunked");
const CONTINUE = token("100-continue");
const TRAILERS = token("trailers");

/**
 * Fields whose lines do not go on as they came: those of this hop (RFC 9110 §7.6.1, §11.7), the body's framing as
 * far as it is written anew (a checked Content-Length goes on), and what the edge itself says about the client or
 * the trace, so that no client can say it in the edge's name. The encoder adds its own.
 */
const DROPPED = new Uint8Array(256);
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
  DROPPED[id] = 1;
}

/** RFC 9112 §3.2.2: a proxy replaces Host by the authority of an absolute-form target. */
const DROPPED_WITH_HOST = DROPPED.slice();
DROPPED_WITH_HOST[FieldId.host] = 1;

/** Characters of a request target: 0 can not stand in it, 2 may make a path that is not plain, 1 all others. */
const TARGET = new Uint8Array(256).fill(1, 0x21, 0x7f);
TARGET[0x23] = 0;
for (const special of [PERCENT, DOT, SLASH, QUESTION, BACKSLASH]) TARGET[special] = 2;

/**
 * Parses a request head that begins at `start` (RFC 9112 §2 to §5), strictly: what breaks a rule is refused, never
 * repaired, save for empty lines before it.
 *
 * The target may hold every visible ASCII character but `#`; Host stays in the runs unless the target is absolute.
 * Nothing is kept between calls: with more bytes it parses from the start again, which the head limit bounds.
 *
 * @returns the offset after the head; 0 when more bytes are needed; a negative fault otherwise, and then what the
 * head holds is undefined.
 */
export function parseRequestHead(
  bytes: Buffer,
  start: number,
  end: number,
  head: RequestHead,
  limits: HeadLimits,
): number {
  let i = start;
  if (i < end && bytes[i] === CR) {
    i = skipEmptyLines(bytes, start, end);
    if (i <= 0) return i;
  }
  const lineStart = i;
  const headStop = lineStart + limits.head;
  const stop = end < headStop ? end : headStop;
  // The CR may stand here at the latest.
  const lineStop = lineStart + limits.requestLine;
  const scanStop = lineStop < stop ? lineStop : stop;

  const methodStop = lineStart + MAX_METHOD + 1;
  while (i < scanStop && TCHAR[bytes[i]!] === 1) i++;
  if (i >= methodStop) return METHOD_INVALID;
  if (i >= scanStop) return short(i, lineStop, end, headStop);
  if (bytes[i] !== SP || i === lineStart) return methodFault(bytes[i]!, i === lineStart);
  head.start = lineStart;
  head.methodStart = lineStart;
  head.methodEnd = i;
  const method = methodOf(bytes, lineStart, i);
  head.method = method;

  const targetStart = ++i;
  let plain = true;
  for (; i < scanStop; i++) {
    const byte = bytes[i]!;
    const kind = TARGET[byte];
    if (kind === 1) continue;
    if (kind === 0 || byte === QUESTION) break;
    // "//" is an empty segment, "/." may begin a dot segment.
    if (byte === PERCENT || byte === BACKSLASH || bytes[i - 1] === SLASH) plain = false;
  }
  const pathEnd = i;
  while (i < scanStop && TARGET[bytes[i]!] !== 0) i++;
  if (i >= scanStop) return short(i, lineStop, end, headStop);
  if (bytes[i] !== SP || i === targetStart) return targetFault(bytes[i]!);
  head.targetStart = targetStart;
  head.targetEnd = i++;

  if (
    i + 10 > stop ||
    i + 8 > lineStop ||
    bytes[i] !== 0x48 ||
    bytes[i + 1] !== 0x54 ||
    bytes[i + 2] !== 0x54 ||
    bytes[i + 3] !== 0x50 ||
    bytes[i + 4] !== SLASH ||
    bytes[i + 5] !== 0x31 ||
    bytes[i + 6] !== DOT ||
    bytes[i + 8] !== CR ||
    bytes[i + 9] !== LF ||
    bytes[i + 7]! < 0x30 ||
    bytes[i + 7]! > 0x39
  ) {
    const fault = versionFault(bytes, i, stop, lineStop);
    return fault === INCOMPLETE && end >= headStop ? HEAD_TOO_LARGE : fault;
  }
  // RFC 9110 §2.5: a higher minor version is read as the highest that is known.
  head.minor = bytes[i + 7] === 0x30 ? 0 : 1;
  i += 10;

  head.bytes = bytes;
  head.pathEnd = pathEnd;
  head.plainPath = true;
  head.normalized = null;
  head.hadDotSegments = false;
  let dropped = DROPPED;
  if (bytes[targetStart] === SLASH && method !== Method.CONNECT) {
    head.form = TargetForm.origin;
    head.pathStart = targetStart;
    head.authorityStart = head.authorityEnd = head.hostEnd = lineStart;
  } else {
    head.authorityStart = head.authorityEnd = head.hostEnd = lineStart;
    const fault = parseOtherForm(bytes, head);
    if (fault < 0) return fault;
    if (head.form === TargetForm.absolute) dropped = DROPPED_WITH_HOST;
    else plain = true;
  }
  if (!plain) {
    const fault = normalizePath(bytes, head.pathStart, head.pathEnd, head);
    if (fault < 0) return fault;
  }

  const after = scanFields(bytes, i, stop, head, limits, dropped);
  if (after <= 0) return after === INCOMPLETE && end >= headStop ? HEAD_TOO_LARGE : after;
  head.end = after;
  const fault = interpretFields(bytes, head, dropped);
  return fault < 0 ? fault : after;
}

/** The data ended within the request line: which limit, if any, says that no more of it may come. */
function short(at: number, lineStop: number, end: number, headStop: number): number {
  if (at >= lineStop) return TARGET_TOO_LONG;
  return end >= headStop ? HEAD_TOO_LARGE : INCOMPLETE;
}

function skipEmptyLines(bytes: Buffer, start: number, end: number): number {
  let i = start;
  while (i < end && bytes[i] === CR) {
    if (i - start >= MAX_EMPTY_LINES * 2) return REQUEST_LINE_MALFORMED;
    if (i + 1 >= end) return INCOMPLETE;
    if (bytes[i + 1] !== LF) return LINE_ENDING_INVALID;
    i += 2;
  }
  return i >= end ? INCOMPLETE : i;
}

/** What the known fields say: framing, host, connection, expectation. @returns 0, or a negative fault. */
function interpretFields(bytes: Buffer, head: RequestHead, dropped: Uint8Array): number {
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
  head.upgrade = (options & UPGRADE) !== 0 && upgradeField >= 0 && head.minor === 1;
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
  return 0;
}
