import { type ResponseHead, VALUE_END, VALUE_START } from "../../contract/head.ts";
import { Protocol } from "../../contract/protocol.ts";
import {
  HEAD_TOO_LARGE,
  INCOMPLETE,
  LINE_ENDING_INVALID,
  VERSION_MALFORMED,
  VERSION_UNSUPPORTED,
} from "../fault-numbers.ts";
import { CR, DOT, FIELD_VALUE, LF, SLASH, SP, ZERO } from "../fields/characters.ts";
import { hop } from "../fields/hop-fields.ts";
import { DROPPED_FROM_RESPONSE, readResponseFields } from "../fields/known-fields.ts";
import type { HeadLimits } from "../head-limits.ts";
import { refuseResponse } from "../response-fault.ts";
import { dropNamedFields, NAMES_FIELDS, readConnection } from "./connection-field.ts";
import { scanFields } from "./field-section.ts";
import { readKeepAlive } from "./keep-alive-field.ts";
import { facts } from "./message-facts.ts";
import { RECEIVED_PROTOCOLS } from "./received-protocol.ts";
import { readTransferEncoding } from "./transfer-encoding.ts";

/**
 * Parses a response head that begins at `start` (RFC 9112 §4, §5), as strictly as a request's: what an origin could
 * mean by a malformed head is not guessed. `limits.requestLine` bounds the status line. A status line that ends
 * after the code, without the space before an empty reason, is taken, since many origins send it.
 *
 * @returns the offset after the head; 0 when more bytes are needed; minus the number of `response-malformed` or
 * `response-too-large` otherwise, and then what the head holds is undefined.
 */
export function parseResponseHead(
  bytes: Buffer,
  start: number,
  end: number,
  head: ResponseHead,
  limits: HeadLimits,
): number {
  const headStop = start + limits.head;
  const stop = end < headStop ? end : headStop;
  let after = parseStatusLine(bytes, start, stop, head, start + limits.requestLine);
  if (after > 0) {
    after = scanFields(bytes, after, stop, head, limits, DROPPED_FROM_RESPONSE);
    if (after > 0) {
      head.end = after;
      const fault = interpretFields(bytes, head);
      return fault === 0 ? after : refuseResponse(fault);
    }
  }
  if (after === INCOMPLETE) return end >= headStop ? refuseResponse(HEAD_TOO_LARGE) : INCOMPLETE;
  return refuseResponse(after);
}

const VERSION = Buffer.from("HTTP/1.");
const MAJOR_AT = 5;
const MINOR_AT = 7;
const STATUS_AT = 9;
const REASON_AT = 12;

/** @returns the offset after the status line, INCOMPLETE, or a negative fault. */
function parseStatusLine(bytes: Buffer, start: number, stop: number, head: ResponseHead, lineStop: number): number {
  // A peer that speaks no HTTP is refused at its first wrong byte, not when a whole line has come.
  if (stop - start < REASON_AT || !beginsWell(bytes, start)) {
    const fault = prefixFault(bytes, start, stop);
    if (fault !== INCOMPLETE || stop - start < REASON_AT) return fault;
  }
  let i = start + REASON_AT;
  if (i >= stop) return INCOMPLETE;
  if (bytes[i] === SP) {
    const scanStop = lineStop < stop ? lineStop : stop;
    while (i < scanStop && FIELD_VALUE[bytes[i]!] === 1) i++;
  }
  if (i >= stop) return INCOMPLETE;
  if (bytes[i] !== CR) {
    if (i >= lineStop) return HEAD_TOO_LARGE;
    return bytes[i] === LF ? LINE_ENDING_INVALID : VERSION_MALFORMED;
  }
  if (i + 1 >= stop) return INCOMPLETE;
  if (bytes[i + 1] !== LF) return LINE_ENDING_INVALID;
  head.bytes = bytes;
  head.start = start;
  const minor = bytes[start + MINOR_AT]! - ZERO;
  head.protocol = minor === 0 ? Protocol.http10 : Protocol.http11;
  head.receivedProtocol = RECEIVED_PROTOCOLS[minor]!;
  head.status =
    (bytes[start + STATUS_AT]! - ZERO) * 100 +
    (bytes[start + STATUS_AT + 1]! - ZERO) * 10 +
    bytes[start + STATUS_AT + 2]! -
    0x30;
  return i + 2;
}

/** `HTTP/1.1 200` in one comparison: the usual beginning. */
function beginsWell(bytes: Buffer, start: number): boolean {
  return (
    bytes[start] === 0x48 &&
    bytes[start + 1] === 0x54 &&
    bytes[start + 2] === 0x54 &&
    bytes[start + 3] === 0x50 &&
    bytes[start + 4] === SLASH &&
    bytes[start + 5] === 0x31 &&
    bytes[start + 6] === DOT &&
    bytes[start + 7] === 0x31 &&
    bytes[start + 8] === SP &&
    bytes[start + 9] === 0x32 &&
    bytes[start + 10] === ZERO &&
    bytes[start + 11] === ZERO
  );
}

/**
 * The fault of what has come of `HTTP/1.x nnn`; INCOMPLETE when there is none. RFC 9110 §15 knows the codes 100 to
 * 599; some origins invent others, which pass.
 */
function prefixFault(bytes: Buffer, start: number, stop: number): number {
  for (let at = 0; at < REASON_AT && start + at < stop; at++) {
    const byte = bytes[start + at]!;
    const digit = byte >= ZERO && byte <= ZERO + 9;
    if (at < MINOR_AT) {
      if (byte !== VERSION[at]) return at === MAJOR_AT && digit ? VERSION_UNSUPPORTED : VERSION_MALFORMED;
    } else if (at === MINOR_AT + 1) {
      if (byte !== SP) return VERSION_MALFORMED;
    } else if (!digit || (at === STATUS_AT && byte === ZERO)) {
      return VERSION_MALFORMED;
    }
  }
  return INCOMPLETE;
}

/** @returns 0, or a negative fault. */
function interpretFields(bytes: Buffer, head: ResponseHead): number {
  const fault = readResponseFields(bytes, head);
  if (fault < 0) return fault;
  const chunked = hop.transferFields === 0 ? 0 : readTransferEncoding(bytes, head);
  if (chunked < 0) return chunked;
  facts.chunked = chunked === 1;
  if ((readConnection(bytes, head) & NAMES_FIELDS) !== 0) dropNamedFields(head);
  facts.keepAliveTimeout = -1;
  facts.keepAliveMax = -1;
  if (hop.keepAliveField >= 0) readKeepAlive(bytes, head, hop.keepAliveField);
  const { upgradeField } = hop;
  head.upgradeStart = upgradeField < 0 ? 0 : head.offsets[upgradeField + VALUE_START]!;
  head.upgradeEnd = upgradeField < 0 ? 0 : head.offsets[upgradeField + VALUE_END]!;
  return 0;
}
