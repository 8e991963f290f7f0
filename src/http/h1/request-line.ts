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
import { CR, LF, SP } from "../fields/characters.ts";

/**
 * What is wrong with a request line (RFC 9112 §3): off the hot path.
 */

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

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

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
      if (!isDigit(byte)) return VERSION_MALFORMED;
    } else if (k === MAJOR_AT + 1 && bytes[i - 1] !== 0x31) {
      // RFC 9112 §2.3: one digit each; with more of them it is no version, neither known nor unknown.
      return isDigit(byte) ? VERSION_MALFORMED : VERSION_UNSUPPORTED;
    } else if (byte !== VERSION[k]) {
      if (byte === LF || k > LINE_END_AT) return LINE_ENDING_INVALID;
      return byte === SP ? REQUEST_LINE_MALFORMED : VERSION_MALFORMED;
    }
  }
  return VERSION_MALFORMED;
}
