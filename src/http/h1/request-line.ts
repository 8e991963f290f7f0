import { type RequestHead, TargetForm } from "../../contract/head.ts";
import { Method, METHOD_NAMES } from "../../contract/method.ts";
import { hostEndOf } from "../authority.ts";
import { ASTERISK, COLON, CR, LF, SLASH, SP, TCHAR, QUESTION } from "../fields/characters.ts";
import { isToken, token } from "../fields/tokens.ts";
import {
  INCOMPLETE,
  LINE_ENDING_INVALID,
  METHOD_INVALID,
  REQUEST_LINE_MALFORMED,
  TARGET_INVALID,
  TARGET_TOO_LONG,
  VERSION_MALFORMED,
  VERSION_UNSUPPORTED,
} from "../fault-numbers.ts";

/**
 * The parts of the request line that are off the hot path, and the forms of the request target (RFC 9112 §3).
 */

/** No registered method comes near; what is longer is not HTTP. */
export const MAX_METHOD = 64;

const HTTP = token("http");
const HTTPS = token("https");

const METHOD_BYTES: readonly Buffer[] = METHOD_NAMES.map((name) => Buffer.from(name));

/** Methods are case-sensitive (RFC 9110 §9.1). The length and one letter tell which one it can be. */
export function methodOf(bytes: Buffer, start: number, end: number): Method {
  let method: Method;
  switch (end - start) {
    case 3:
      method = bytes[start] === 0x47 ? Method.GET : Method.PUT;
      break;
    case 4:
      method = bytes[start] === 0x50 ? Method.POST : Method.HEAD;
      break;
    case 5:
      method = bytes[start] === 0x50 ? Method.PATCH : Method.TRACE;
      break;
    case 6:
      method = Method.DELETE;
      break;
    case 7:
      method = bytes[start] === 0x4f ? Method.OPTIONS : Method.CONNECT;
      break;
    default:
      return Method.other;
  }
  const name = METHOD_BYTES[method]!;
  for (let k = 0; k < name.length; k++) {
    if (bytes[start + k] !== name[k]) return Method.other;
  }
  return method;
}

/** The method's token ended at `at`, and not with a space. */
export function methodFault(byte: number, empty: boolean): number {
  if (byte === SP || byte === CR) return REQUEST_LINE_MALFORMED;
  if (byte === LF) return empty ? LINE_ENDING_INVALID : REQUEST_LINE_MALFORMED;
  return METHOD_INVALID;
}

/** The target ended with this byte, which is not a space, or is empty. */
export function targetFault(byte: number): number {
  return byte === SP || byte === CR || byte === LF ? REQUEST_LINE_MALFORMED : TARGET_INVALID;
}

const VERSION = Buffer.from("HTTP/1.1\r\n");
const MAJOR_AT = 5;
const MINOR_AT = 7;
const LINE_END_AT = 8;

/**
 * Judges what stands at `at`, where the version and the end of the line were not found whole: the first byte that
 * differs decides; INCOMPLETE while none does. `lineStop` is where the CR may stand at the latest.
 */
export function versionFault(bytes: Buffer, at: number, stop: number, lineStop: number): number {
  for (let k = 0; k < VERSION.length; k++) {
    const i = at + k;
    if (k < LINE_END_AT ? i >= lineStop : k === LINE_END_AT && i > lineStop) return TARGET_TOO_LONG;
    if (i >= stop) return INCOMPLETE;
    const byte = bytes[i]!;
    if (k === MAJOR_AT || k === MINOR_AT) {
      if (byte < 0x30 || byte > 0x39) return VERSION_MALFORMED;
      if (k === MAJOR_AT && byte !== 0x31) return VERSION_UNSUPPORTED;
    } else if (byte !== VERSION[k]) {
      if (byte === LF || k > LINE_END_AT) return LINE_ENDING_INVALID;
      return byte === SP ? REQUEST_LINE_MALFORMED : VERSION_MALFORMED;
    }
  }
  return VERSION_MALFORMED;
}

/**
 * A target that does not begin with "/": sets form, path and authority of the head. `pathEnd` is the first `?`.
 * @returns 0, or a negative fault.
 */
export function parseOtherForm(bytes: Buffer, head: RequestHead): number {
  const start = head.targetStart;
  const end = head.targetEnd;
  // RFC 9112 §3.2.3: authority-form with CONNECT, and nothing else there. The port can not be left out.
  if (head.method === Method.CONNECT) {
    const hostEnd = hostEndOf(bytes, start, end);
    if (hostEnd < 0 || hostEnd + 1 >= end) return TARGET_INVALID;
    head.form = TargetForm.authority;
    head.pathStart = head.pathEnd = end;
    head.authorityStart = start;
    head.authorityEnd = end;
    head.hostEnd = hostEnd;
    return 0;
  }
  // RFC 9112 §3.2.4: asterisk-form with OPTIONS only.
  if (bytes[start] === ASTERISK) {
    if (end - start !== 1 || head.method !== Method.OPTIONS) return TARGET_INVALID;
    head.form = TargetForm.asterisk;
    head.pathStart = start;
    head.pathEnd = end;
    return 0;
  }
  // RFC 9112 §3.2.2: absolute-form.
  let colon = start;
  while (colon < end && TCHAR[bytes[colon]!] === 1) colon++;
  if (!isToken(bytes, start, colon, HTTP) && !isToken(bytes, start, colon, HTTPS)) return TARGET_INVALID;
  if (colon + 2 >= end || bytes[colon] !== COLON || bytes[colon + 1] !== SLASH || bytes[colon + 2] !== SLASH) {
    return TARGET_INVALID;
  }
  const authority = colon + 3;
  let authorityEnd = authority;
  while (authorityEnd < end && bytes[authorityEnd] !== SLASH && bytes[authorityEnd] !== QUESTION) authorityEnd++;
  const hostEnd = hostEndOf(bytes, authority, authorityEnd);
  if (hostEnd < 0) return TARGET_INVALID;
  head.form = TargetForm.absolute;
  head.pathStart = authorityEnd;
  head.authorityStart = authority;
  head.authorityEnd = authorityEnd;
  head.hostEnd = hostEnd;
  return 0;
}
