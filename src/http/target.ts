import type { RequestHead } from "../contract/head.ts";
import { BACKSLASH, DOT, HEX_DIGITS, HEX_VALUE, PERCENT, SEMICOLON, SLASH, UNRESERVED } from "./fields/characters.ts";
import { TARGET_AMBIGUOUS, TARGET_INVALID } from "./fault-numbers.ts";

/**
 * The normal form of a path (RFC 3986 §6.2.2), for matching: escapes of unreserved characters decoded, other
 * escapes in upper case, empty segments merged, dot segments removed.
 *
 * What servers are known to read in different ways is refused rather than guessed:
 * - a dot segment that shows only when `%2F`, `%5C` or `\` counts as a slash, or when `;…` is cut off;
 * - `%00`, which ends the path for some;
 * - dot segments that leave the root.
 * A `%` without two hexadecimal digits makes the target invalid. In the query nothing is touched or checked.
 *
 * Sets `plainPath`, `normalized` and `hadDotSegments` of the head. The path stays plain when it holds no escape and
 * its normal form is what came; then nothing is kept. Empty segments are merged before dot segments are removed, as
 * nginx does; the next hop can not do otherwise, since with dot segments it gets the normal form.
 *
 * @returns 0, or a negative fault.
 */
export function normalizePath(bytes: Buffer, start: number, end: number, head: RequestHead): number {
  // The normal form is never longer, except that "/.." and the like leave the slash they began with.
  const out = Buffer.allocUnsafe(end - start + 1);
  let length = 0;
  let changed = false;
  let escaped = false;
  let dotSegments = false;
  let i = start;
  while (i < end) {
    while (i + 1 < end && bytes[i + 1] === SLASH) {
      changed = true;
      i++;
    }
    i++;
    const segment = length;
    out[length++] = SLASH;

    // A part is what lies between any two characters that may count as separators.
    let part = length;
    let separated = false;
    while (i < end) {
      let byte = bytes[i]!;
      if (byte === SLASH) break;
      let decoded = byte;
      if (byte === PERCENT) {
        if (i + 2 >= end) return TARGET_INVALID;
        const high = HEX_VALUE[bytes[i + 1]!]!;
        const low = HEX_VALUE[bytes[i + 2]!]!;
        if (high < 0 || low < 0) return TARGET_INVALID;
        escaped = true;
        decoded = high * 16 + low;
        i += 3;
        if (decoded === 0) return TARGET_AMBIGUOUS;
        if (UNRESERVED[decoded] === 1) {
          byte = decoded;
        } else {
          // The separator must be judged before its escape is written behind the part it ends.
          if (decoded === SLASH || decoded === BACKSLASH || decoded === SEMICOLON) {
            if (isDots(out, part, length)) return TARGET_AMBIGUOUS;
            separated = true;
          }
          out[length] = PERCENT;
          out[length + 1] = HEX_DIGITS[high]!;
          out[length + 2] = HEX_DIGITS[low]!;
          length += 3;
          if (separated && (decoded === SLASH || decoded === BACKSLASH)) part = length;
          continue;
        }
      } else {
        i++;
        if (byte === BACKSLASH || byte === SEMICOLON) {
          if (isDots(out, part, length)) return TARGET_AMBIGUOUS;
          separated = true;
          out[length++] = byte;
          if (byte === BACKSLASH) part = length;
          continue;
        }
      }
      out[length++] = byte;
    }

    if (!isDots(out, part, length)) continue;
    if (separated) return TARGET_AMBIGUOUS;
    dotSegments = true;
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

  head.hadDotSegments = dotSegments;
  head.plainPath = !changed && !escaped && !dotSegments;
  head.normalized = head.plainPath ? null : out.subarray(0, length);
  return 0;
}

function isDots(bytes: Buffer, start: number, end: number): boolean {
  if (end - start === 1) return bytes[start] === DOT;
  return end - start === 2 && bytes[start] === DOT && bytes[start + 1] === DOT;
}
