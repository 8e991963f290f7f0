import type { RequestHead } from "../contract/head.ts";
import type { PathRules } from "../contract/plan.ts";
import {
  BACKSLASH,
  DOT,
  HEX_DIGITS,
  HEX_VALUE,
  PATH_CHARACTER,
  PATH_ESCAPED,
  PATH_REFUSED,
  PERCENT,
  SEMICOLON,
  SLASH,
  UNRESERVED,
} from "./fields/characters.ts";
import { TARGET_AMBIGUOUS, TARGET_ESCAPED_SLASH, TARGET_INVALID } from "./fault-numbers.ts";

/**
 * The normal form of a path (RFC 3986 §6.2.2), which is matched and which goes on: escapes of unreserved characters
 * decoded, other escapes in upper case, empty segments merged, dot segments removed.
 *
 * What servers are known to read in different ways is refused rather than guessed:
 * - an escaped slash or backslash, unless `rules.escapedSlash` says how it is read;
 * - a dot segment that shows only when an escaped slash counts as one, or when `;…` is cut off;
 * - `%00`, which ends the path for some;
 * - dot segments that leave the root.
 * Bytes that RFC 3986 §3.3 does not allow in a path make the target invalid (`\` is a slash to WHATWG URL parsers), and
 * so does a `%` without two hexadecimal digits; `[`, `]`, `|` and `^`, which browsers send, are escaped. In the query
 * nothing is touched or checked.
 *
 * Sets `plainPath`, `normalized`, `pathChanged` and `matchedPath` of the head. The path stays plain when it holds no
 * escape and its normal form is what came; then nothing is kept. Empty segments are merged before dot segments are
 * removed, as nginx does.
 *
 * @returns 0, or a negative fault.
 */
export function normalizePath(bytes: Buffer, start: number, end: number, head: RequestHead, rules: PathRules): number {
  const decodesSlash = rules.escapedSlash === "decode";
  // "/.." and the like leave the slash they began with.
  const out = Buffer.allocUnsafe(roomFor(bytes, start, end) + 1);
  let length = 0;
  let escaped = false;
  let parameters = false;
  let i = start;
  while (i < end) {
    i = behindSeparators(bytes, i, end, decodesSlash);
    const segment = length;
    out[length++] = SLASH;

    // A part is what lies between any two characters that may count as separators.
    let part = length;
    let separated = false;
    while (i < end && separatorAt(bytes, i, end, decodesSlash) === 0) {
      const byte = bytes[i]!;
      if (byte === PERCENT) {
        const decoded = escapeAt(bytes, i, end);
        if (decoded < 0) return TARGET_INVALID;
        i += 3;
        escaped = true;
        if (decoded === 0) return TARGET_AMBIGUOUS;
        if (UNRESERVED[decoded] === 1) {
          out[length++] = decoded;
          continue;
        }
        const slash = decoded === SLASH || decoded === BACKSLASH;
        if (slash && rules.escapedSlash === "refuse") return TARGET_ESCAPED_SLASH;
        // The separator must be judged before its escape is written behind the part it ends.
        if (slash || decoded === SEMICOLON) {
          if (isDots(out, part, length)) return TARGET_AMBIGUOUS;
          separated = true;
        }
        length = writeEscape(out, length, decoded);
        if (slash) part = length;
        continue;
      }
      const kind = PATH_CHARACTER[byte]!;
      if (kind === PATH_REFUSED) return TARGET_INVALID;
      i++;
      if (kind === PATH_ESCAPED) {
        escaped = true;
        length = writeEscape(out, length, byte);
        continue;
      }
      if (byte === SEMICOLON) {
        if (isDots(out, part, length)) return TARGET_AMBIGUOUS;
        separated = true;
        parameters = true;
        // Without its parameters it would be an empty segment, which is none.
        if (length === segment + 1 && rules.parameters === "ignore") return TARGET_AMBIGUOUS;
      }
      out[length++] = byte;
    }

    if (!isDots(out, part, length)) continue;
    if (separated) return TARGET_AMBIGUOUS;
    const twoDots = length - part === 2;
    length = segment;
    if (twoDots) {
      if (length === 0) return TARGET_AMBIGUOUS;
      do length--;
      while (out[length] !== SLASH);
    }
    // RFC 3986 §5.2.4: "/a/." and "/a/b/.." end with the slash.
    if (i >= end) out[length++] = SLASH;
  }

  const changed = length !== end - start || out.compare(bytes, start, end, 0, length) !== 0;
  const ignored = parameters && rules.parameters === "ignore";
  head.pathChanged = changed;
  head.plainPath = !changed && !escaped && !ignored;
  head.normalized = head.plainPath ? null : out.subarray(0, length);
  head.matchedPath = escaped || ignored ? matchedForm(out, length, ignored) : null;
  return 0;
}

/**
 * The normal form as routes compare it: origins decode the path before they look at it (nginx, WSGI) or do not, so an
 * escape of a character that may also stand in a path as it is counts as that character; with `ignored`, parameters of
 * segments are left out. Null: nothing differs. It never goes on: to an origin the two may be different (RFC 3986 §2.2).
 */
function matchedForm(path: Buffer, length: number, ignored: boolean): Buffer | null {
  const out = Buffer.allocUnsafe(length);
  let to = 0;
  for (let i = 0; i < length;) {
    let byte = path[i]!;
    if (byte === SEMICOLON && ignored) {
      while (i < length && path[i] !== SLASH) i++;
      continue;
    }
    if (byte === PERCENT) {
      const decoded = escapeAt(path, i, length);
      if (isPathCharacter(decoded)) {
        byte = decoded;
        i += 2;
      }
    }
    out[to++] = byte;
    i++;
  }
  return to === length ? null : out.subarray(0, to);
}

/** RFC 3986 §3.3: pchar, less the escapes. */
export function isPathCharacter(byte: number): boolean {
  const kind = PATH_CHARACTER[byte];
  return byte !== PERCENT && byte !== SLASH && kind !== PATH_REFUSED && kind !== PATH_ESCAPED;
}

/** Bytes of the separator at `i`: a slash, or what counts as one. 0: there is none. */
function separatorAt(bytes: Buffer, i: number, end: number, decodesSlash: boolean): number {
  const byte = bytes[i]!;
  if (byte === SLASH) return 1;
  if (!decodesSlash || byte !== PERCENT) return 0;
  const decoded = escapeAt(bytes, i, end);
  return decoded === SLASH || decoded === BACKSLASH ? 3 : 0;
}

/** Behind all separators that stand at `i`. */
function behindSeparators(bytes: Buffer, i: number, end: number, decodesSlash: boolean): number {
  let at = i;
  while (at < end) {
    const size = separatorAt(bytes, at, end, decodesSlash);
    if (size === 0) break;
    at += size;
  }
  return at;
}

/** The byte that the escape at `i` stands for, -1 when it is none. */
function escapeAt(bytes: Buffer, i: number, end: number): number {
  if (i + 2 >= end) return -1;
  const high = HEX_VALUE[bytes[i + 1]!]!;
  const low = HEX_VALUE[bytes[i + 2]!]!;
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function writeEscape(into: Buffer, at: number, byte: number): number {
  into[at] = PERCENT;
  into[at + 1] = HEX_DIGITS[byte >> 4]!;
  into[at + 2] = HEX_DIGITS[byte & 15]!;
  return at + 3;
}

function roomFor(bytes: Buffer, start: number, end: number): number {
  let room = end - start;
  for (let i = start; i < end; i++) if (PATH_CHARACTER[bytes[i]!] === PATH_ESCAPED) room += 2;
  return room;
}

function isDots(bytes: Buffer, start: number, end: number): boolean {
  if (end - start === 1) return bytes[start] === DOT;
  return end - start === 2 && bytes[start] === DOT && bytes[start + 1] === DOT;
}
