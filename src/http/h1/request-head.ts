import { type RequestHead, TargetForm } from "../../contract/head.ts";
import { Method } from "../../contract/method.ts";
import { Protocol } from "../../contract/protocol.ts";
import { BACKSLASH, CR, DOT, LF, PERCENT, QUESTION, SLASH, SP, TCHAR } from "../fields/characters.ts";
import { normalizePath } from "../target.ts";
import {
  HEAD_TOO_LARGE,
  INCOMPLETE,
  LINE_ENDING_INVALID,
  METHOD_INVALID,
  REQUEST_LINE_MALFORMED,
  TARGET_TOO_LONG,
} from "../fault-numbers.ts";
import { scanFields } from "./field-section.ts";
import type { HeadLimits } from "../head-limits.ts";
import { DROPPED_FROM_REQUEST, DROPPED_WITH_HOST } from "../fields/request-fields.ts";
import { interpretRequestFields } from "./request-facts.ts";
import { RECEIVED_PROTOCOLS } from "./received-protocol.ts";
import { MAX_METHOD, methodFault, methodOf, parseOtherForm, targetFault, versionFault } from "./request-line.ts";

export type { HeadLimits } from "../head-limits.ts";

/** RFC 9112 §2.2: empty lines before a request line are ignored; so many of them. */
const MAX_EMPTY_LINES = 4;

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
  const minor = bytes[i + 7]! - 0x30;
  head.protocol = minor === 0 ? Protocol.http10 : Protocol.http11;
  head.receivedProtocol = RECEIVED_PROTOCOLS[minor]!;
  i += 10;

  head.bytes = bytes;
  head.pathEnd = pathEnd;
  head.plainPath = true;
  head.normalized = null;
  head.hadDotSegments = false;
  let dropped = DROPPED_FROM_REQUEST;
  if (bytes[targetStart] === SLASH && method !== Method.CONNECT) {
    head.form = TargetForm.origin;
    head.pathStart = targetStart;
    head.authorityStart = head.authorityEnd = head.hostEnd = lineStart;
  } else {
    head.authorityStart = head.authorityEnd = head.hostEnd = lineStart;
    const fault = parseOtherForm(bytes, head);
    if (fault < 0) return fault;
    if (head.form === TargetForm.absolute) dropped = DROPPED_WITH_HOST;
  }
  if (!plain) {
    const fault = normalizePath(bytes, head.pathStart, head.pathEnd, head);
    if (fault < 0) return fault;
  }

  const after = scanFields(bytes, i, stop, head, limits, dropped);
  if (after <= 0) return after === INCOMPLETE && end >= headStop ? HEAD_TOO_LARGE : after;
  head.end = after;
  const fault = interpretRequestFields(bytes, head);
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
