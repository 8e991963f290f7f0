import { type RequestHead, TargetForm, VALUE_END, VALUE_START } from "../../contract/head.ts";
import { Protocol } from "../../contract/protocol.ts";
import {
  HEAD_TOO_LARGE,
  INCOMPLETE,
  LINE_ENDING_INVALID,
  METHOD_INVALID,
  REQUEST_LINE_MALFORMED,
  TARGET_TOO_LONG,
} from "../fault-numbers.ts";
import { CR, DOT, LF, SLASH, SP, TCHAR } from "../fields/characters.ts";
import { DROPPED_FROM_REQUEST, DROPPED_WITH_HOST, placeHost, readRequestFields } from "../fields/known-fields.ts";
import { DEFAULT_PATH_RULES, type HeadLimits } from "../head-limits.ts";
import { MAX_METHOD, methodOf, pathStop, placeTarget, TARGET } from "../control-data.ts";
import { scanFields } from "./field-section.ts";
import { RECEIVED_PROTOCOLS } from "./received-protocol.ts";
import { methodFault, targetFault, versionFault } from "./request-line.ts";
import { BodyLength } from "../../contract/body-length.ts";
import { FieldId } from "../../contract/field-id.ts";
import { withholdAll } from "../fields/field-table.ts";
import { hop } from "../fields/hop-fields.ts";
import { dropNamedFields, NAMES_FIELDS, readConnection, UPGRADE } from "./connection-field.ts";
import { facts } from "./message-facts.ts";
import { readTransferEncoding } from "./transfer-encoding.ts";

export type { HeadLimits } from "../head-limits.ts";

/** RFC 9112 §2.2: empty lines before a request line are ignored; so many of them. */
const MAX_EMPTY_LINES = 4;

/**
 * Parses a request head that begins at `start` (RFC 9112 §2 to §5), strictly: what breaks a rule is refused, never
 * repaired, save for empty lines before it.
 *
 * The query may hold every visible ASCII character but `#`, the path what `normalizePath` lets pass; Host stays in the runs unless the target is absolute.
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
  head.method = methodOf(bytes, lineStart, i);

  const targetStart = ++i;
  const path = pathStop(bytes, i, scanStop);
  const pathEnd = path < 0 ? ~path : path;
  i = pathEnd;
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
  const minor = bytes[i + 7]! - 0x30;
  head.protocol = minor === 0 ? Protocol.http10 : Protocol.http11;
  head.receivedProtocol = RECEIVED_PROTOCOLS[minor]!;
  i += 10;

  head.bytes = bytes;
  head.pathEnd = pathEnd;
  const fault = placeTarget(bytes, head, path >= 0, limits.path ?? DEFAULT_PATH_RULES);
  if (fault < 0) return fault;
  const dropped = head.form === TargetForm.absolute ? DROPPED_WITH_HOST : DROPPED_FROM_REQUEST;

  const after = scanFields(bytes, i, stop, head, limits, dropped);
  if (after <= 0) return after === INCOMPLETE && end >= headStop ? HEAD_TOO_LARGE : after;
  head.end = after;
  const meaning = interpretFields(bytes, head);
  return meaning < 0 ? meaning : after;
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
function interpretFields(bytes: Buffer, head: RequestHead): number {
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
