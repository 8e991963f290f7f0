import { type RequestHead, TargetForm } from "../contract/head.ts";
import { Method, METHOD_NAMES } from "../contract/method.ts";
import type { PathRules } from "../contract/plan.ts";
import { TARGET_INVALID } from "./fault-numbers.ts";
import {
  ASTERISK,
  COLON,
  DOT,
  PATH_CHARACTER,
  PATH_PLAIN,
  QUESTION,
  SLASH,
  TCHAR,
  HEX_VALUE,
  REG_NAME,
  ZERO,
} from "./fields/characters.ts";
import { isToken, token } from "./fields/field-name.ts";
import { normalizePath } from "./target.ts";

/**
 * What a request's head says before its fields (RFC 9110 §6.2, "control data"): the method, the target and its authority.
 * The same in every version of HTTP.
 */

// ---- the method

/** No registered method comes near; what is longer is not HTTP. */
export const MAX_METHOD = 64;

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

// ---- the target: which bytes may stand in it, and its forms (RFC 9112 §3.2)

/**
 * Characters of a request target: 0 cannot stand in it; in a path 3 is never plain, 2 is not behind a slash, 1 always.
 */
export const TARGET: Uint8Array = new Uint8Array(256).fill(1, 0x21, 0x7f);
for (let byte = 0x21; byte < 0x7f; byte++) if (PATH_CHARACTER[byte] !== PATH_PLAIN) TARGET[byte] = 3;
for (const special of [DOT, SLASH, QUESTION]) TARGET[special] = 2;
TARGET[0x23] = 0;

const HTTP = token("http");
const HTTPS = token("https");

/**
 * Where the path that begins at `at` ends: at `?`, at a byte that cannot stand in a target, or at `stop`. The
 * complement (`~`) of that when the path is not plain and must be brought into its normal form.
 */
export function pathStop(bytes: Buffer, at: number, stop: number): number {
  let plain = true;
  let i = at;
  for (; i < stop; i++) {
    const byte = bytes[i]!;
    const kind = TARGET[byte];
    if (kind === 1) continue;
    if (kind === 0 || byte === QUESTION) break;
    // "//" is an empty segment, "/." may begin a dot segment.
    if (kind === 3 || bytes[i - 1] === SLASH) plain = false;
  }
  return plain ? i : ~i;
}

/**
 * Sets form, path and authority of a head whose method, `targetStart`, `targetEnd` and `pathEnd` are set.
 * @param plain the path needs no normal form.
 * @returns 0, or a negative fault.
 */
export function placeTarget(bytes: Buffer, head: RequestHead, plain: boolean, rules: PathRules): number {
  head.plainPath = true;
  head.normalized = null;
  head.matchedPath = null;
  head.pathChanged = false;
  head.authorityStart = head.authorityEnd = head.hostEnd = head.start;
  if (bytes[head.targetStart] === SLASH && head.method !== Method.CONNECT) {
    head.form = TargetForm.origin;
    head.pathStart = head.targetStart;
  } else {
    const fault = parseOtherForm(bytes, head);
    if (fault < 0) return fault;
  }
  return plain ? 0 : normalizePath(bytes, head.pathStart, head.pathEnd, head, rules);
}

/**
 * A target that does not begin with "/": sets form, path and authority of the head. `pathEnd` is the first `?`.
 * @returns 0, or a negative fault.
 */
function parseOtherForm(bytes: Buffer, head: RequestHead): number {
  const start = head.targetStart;
  const end = head.targetEnd;
  // RFC 9112 §3.2.3: authority-form with CONNECT, and nothing else there. The port cannot be left out.
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
  if (hostEnd < 0 || isRooted(bytes, hostEnd)) return TARGET_INVALID;
  head.form = TargetForm.absolute;
  head.pathStart = authorityEnd;
  head.authorityStart = authority;
  head.authorityEnd = authorityEnd;
  head.hostEnd = hostEnd;
  return 0;
}

// ---- the authority

const LEFT_BRACKET = 0x5b;
const RIGHT_BRACKET = 0x5d;

/**
 * Checks `uri-host [ ":" port ]` at [start, end) (RFC 3986 §3.2.2, §3.2.3), as Host and an http target carry it.
 *
 * Refused: an empty host (RFC 9110 §4.2.1), user information (§4.2.4), a port that is not a number up to 65535; and escapes,
 * which no name in the DNS needs, and which some servers decode. In brackets only the characters of an IPv6 address may stand; whether it is one is for whoever connects.
 *
 * @returns one past the host, before `:port`; or -1 when it is not valid.
 */
export function hostEndOf(bytes: Buffer, start: number, end: number): number {
  if (start >= end) return -1;
  const hostEnd = bytes[start] === LEFT_BRACKET ? endOfLiteral(bytes, start, end) : endOfName(bytes, start, end);
  if (hostEnd < 0 || hostEnd === end) return hostEnd;
  if (bytes[hostEnd] !== COLON) return -1;
  return portOf(bytes, hostEnd + 1, end) < 0 ? -1 : hostEnd;
}

/** The port at [start, end): 0…65535, 0 also when it is empty (RFC 3986 §3.2.3 allows that); -1 when it is none. */
export function portOf(bytes: Buffer, start: number, end: number): number {
  if (end - start > 5) return -1;
  let port = 0;
  for (let i = start; i < end; i++) {
    const digit = bytes[i]! - ZERO;
    if (digit < 0 || digit > 9) return -1;
    port = port * 10 + digit;
  }
  return port > 65_535 ? -1 : port;
}

/** The host ends with the dot of the DNS root (RFC 3986 §3.2.2): the same name as without it, but not to every server. */
export function isRooted(bytes: Buffer, hostEnd: number): boolean {
  return bytes[hostEnd - 1] === DOT;
}

function endOfName(bytes: Buffer, start: number, end: number): number {
  let i = start;
  while (i < end && REG_NAME[bytes[i]!] === 1) i++;
  return i === start ? -1 : i;
}

function endOfLiteral(bytes: Buffer, start: number, end: number): number {
  let i = start + 1;
  while (i < end && bytes[i] !== RIGHT_BRACKET) {
    const byte = bytes[i]!;
    if (HEX_VALUE[byte]! < 0 && byte !== COLON && byte !== 0x2e) return -1;
    i++;
  }
  // "[]" names no host.
  return i >= end || i === start + 1 ? -1 : i + 1;
}
