import { type RequestHead, TargetForm } from "../contract/head.ts";
import { Method } from "../contract/method.ts";
import type { PathRules } from "../contract/plan.ts";
import { hostEndOf, isRooted } from "./authority.ts";
import { TARGET_INVALID } from "./fault-numbers.ts";
import { ASTERISK, COLON, DOT, PATH_CHARACTER, PATH_PLAIN, QUESTION, SLASH, TCHAR } from "./fields/characters.ts";
import { isToken, token } from "./fields/field-name.ts";
import { normalizePath } from "./target.ts";

/** The request target: which bytes may stand in it, and its forms (RFC 9112 §3.2). The same in every version of HTTP. */

/**
 * Characters of a request target: 0 can not stand in it; in a path 3 is never plain, 2 is not behind a slash, 1 always.
 */
export const TARGET: Uint8Array = new Uint8Array(256).fill(1, 0x21, 0x7f);
for (let byte = 0x21; byte < 0x7f; byte++) if (PATH_CHARACTER[byte] !== PATH_PLAIN) TARGET[byte] = 3;
for (const special of [DOT, SLASH, QUESTION]) TARGET[special] = 2;
TARGET[0x23] = 0;

const HTTP = token("http");
const HTTPS = token("https");

/**
 * Where the path that begins at `at` ends: at `?`, at a byte that can not stand in a target, or at `stop`. The
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
  if (hostEnd < 0 || isRooted(bytes, hostEnd)) return TARGET_INVALID;
  head.form = TargetForm.absolute;
  head.pathStart = authorityEnd;
  head.authorityStart = authority;
  head.authorityEnd = authorityEnd;
  head.hostEnd = hostEnd;
  return 0;
}
