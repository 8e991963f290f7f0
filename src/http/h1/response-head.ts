import type { FaultCode } from "../../contract/fault.ts";
import { FieldId } from "../../contract/field-id.ts";
import { FIELD_STRIDE, type ResponseHead, VALUE_END, VALUE_START } from "../../contract/head.ts";
import { faultOf } from "../../fault/faults.ts";
import { CR, DOT, FIELD_VALUE, LF, SLASH, SP, ZERO } from "../fields/characters.ts";
import { isToken, token } from "../fields/tokens.ts";
import { CLOSE, connectionOptions, dropNamedFields, KEEP_ALIVE, NAMES_FIELDS, UPGRADE } from "./connection-field.ts";
import {
  CONTENT_LENGTH_INVALID,
  CONTENT_LENGTH_REPEATED,
  FIELDS_TOO_MANY,
  FIELD_TOO_LONG,
  HEAD_TOO_LARGE,
  INCOMPLETE,
  LINE_ENDING_INVALID,
  RESPONSE_MALFORMED,
  RESPONSE_TOO_LARGE,
  TRANSFER_ENCODING_HTTP10,
  TRANSFER_ENCODING_WITH_LENGTH,
  VERSION_MALFORMED,
  VERSION_UNSUPPORTED,
} from "./fault-numbers.ts";
import { regatherRuns, scanFields } from "./field-section.ts";
import type { HeadLimits } from "./head-limits.ts";
import { lengthOf, transferEncodingFault } from "./transfer-encoding.ts";

const CHUNKED = token("chunked");

/** Fields of this hop alone (RFC 9110 §7.6.1, §11.7). A checked Content-Length goes on as it came. */
const DROPPED = new Uint8Array(256);
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
  DROPPED[id] = 1;
}

const DROPPED_WITH_LENGTH = DROPPED.slice();
DROPPED_WITH_LENGTH[FieldId.contentLength] = 1;

/** Why the last head was refused; see `responseFaultCause`. */
let cause = 0;

/**
 * What exactly was wrong with the response head that was refused last, as the code for the same error in a request:
 * the word for a `response-malformed` or `response-too-large`. Undefined before the first refusal.
 */
export function responseFaultCause(): FaultCode | undefined {
  return cause === 0 ? undefined : faultOf(-cause);
}

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
    after = scanFields(bytes, after, stop, head, limits, DROPPED);
    if (after > 0) {
      head.end = after;
      const fault = interpretFields(bytes, head);
      return fault === 0 ? after : refuse(fault);
    }
  }
  if (after === INCOMPLETE) return end >= headStop ? refuse(HEAD_TOO_LARGE) : INCOMPLETE;
  return refuse(after);
}

function refuse(fault: number): number {
  cause = fault;
  return fault === HEAD_TOO_LARGE || fault === FIELD_TOO_LONG || fault === FIELDS_TOO_MANY
    ? RESPONSE_TOO_LARGE
    : RESPONSE_MALFORMED;
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
  head.minor = bytes[start + MINOR_AT] === ZERO ? 0 : 1;
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
  const offsets = head.offsets;
  const entries = head.fieldCount * FIELD_STRIDE;
  let contentLength = -1;
  let upgradeField = -1;
  let serverTimingField = -1;
  let hasDate = false;
  let chunked = false;
  let transferFields = 0;
  let options = 0;
  for (let at = 0; at < entries; at += FIELD_STRIDE) {
    switch (offsets[at + 4]) {
      case FieldId.connection:
        options |= connectionOptions(bytes, offsets[at + VALUE_START]!, offsets[at + VALUE_END]!);
        break;
      case FieldId.contentLength:
        if (contentLength >= 0) return CONTENT_LENGTH_REPEATED;
        contentLength = lengthOf(bytes, offsets[at + VALUE_START]!, offsets[at + VALUE_END]!);
        if (contentLength < 0) return CONTENT_LENGTH_INVALID;
        break;
      case FieldId.transferEncoding:
        transferFields++;
        chunked = isToken(bytes, offsets[at + VALUE_START]!, offsets[at + VALUE_END]!, CHUNKED);
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
  if (transferFields > 0) {
    if (head.minor === 0) return TRANSFER_ENCODING_HTTP10;
    if (contentLength >= 0) return TRANSFER_ENCODING_WITH_LENGTH;
    if (!chunked || transferFields > 1) return transferEncodingFault(head);
  }
  head.contentLength = contentLength;
  head.chunked = chunked;
  head.close = (options & CLOSE) !== 0;
  head.keepAlive = (options & KEEP_ALIVE) !== 0;
  head.upgrade = (options & UPGRADE) !== 0 && upgradeField >= 0 && head.minor === 1;
  head.upgradeField = upgradeField;
  head.serverTimingField = serverTimingField;
  head.hasDate = hasDate;
  // RFC 9110 §8.6: neither 1xx nor 204 may carry Content-Length; it is taken out rather than passed on.
  const lengthless = contentLength >= 0 && (head.status < 200 || head.status === 204);
  const dropped = lengthless ? DROPPED_WITH_LENGTH : DROPPED;
  if ((options & NAMES_FIELDS) !== 0) dropNamedFields(head, dropped);
  else if (lengthless) regatherRuns(head, dropped, () => false);
  return 0;
}
