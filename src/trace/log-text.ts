/** Writes the variable parts of a log line into a buffer. Each function answers the offset behind what it wrote. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
const LETTER_X = 0x78;
const ZERO = 0x30;
const POINT = 0x2e;

const HEX = Buffer.from("0123456789abcdef");
/** 1 for every code that cannot stand as it is between quotes: controls, `"`, `\` and all beyond ASCII. */
const ESCAPED = new Uint8Array(256).fill(1, 0, 0x20).fill(1, 0x7f);
ESCAPED[QUOTE] = 1;
ESCAPED[BACKSLASH] = 1;

/** What Apache (`ap_escape_logitem`) writes behind the backslash for \b, \t, \n, \v and \r; 0: the code in hexadecimal. */
const LETTERS = Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0x62, 0x74, 0x6e, 0x76, 0, 0x72]);

/** Longest text written of one value, bytes; what is beyond is cut off. Bounds a line. */
export const MAX_TEXT = 4096;
/** Bytes that one byte or code unit can become. */
export const MAX_GROWTH = 6;

/** How a code that cannot stand as it is is written: `\u00e9` (JSON), or `\n`, `\"` and `\xe9` as Apache has it. */
export type Escape = "json" | "combined";

/** Bytes [start, end) as text between quotes. */
export function putBytes(
  into: Uint8Array,
  at: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  escape: Escape,
): number {
  const last = end - start > MAX_TEXT ? start + MAX_TEXT : end;
  for (let index = start; index < last; index++) {
    const code = bytes[index]!;
    if (ESCAPED[code] === 0) into[at++] = code;
    else at = putEscaped(into, at, code, escape);
  }
  return at;
}

/** A string as text between quotes. */
export function putString(into: Uint8Array, at: number, text: string, escape: Escape): number {
  const length = text.length > MAX_TEXT ? MAX_TEXT : text.length;
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x100 && ESCAPED[code] === 0) into[at++] = code;
    else at = putEscaped(into, at, code, escape);
  }
  return at;
}

function putEscaped(into: Uint8Array, at: number, code: number, escape: Escape): number {
  into[at++] = BACKSLASH;
  if (code === QUOTE || code === BACKSLASH) {
    into[at++] = code;
    return at;
  }
  if (escape === "combined" && code < 0x100) {
    const letter = code < LETTERS.length ? LETTERS[code]! : 0;
    if (letter !== 0) {
      into[at++] = letter;
      return at;
    }
    into[at++] = LETTER_X;
  } else {
    into[at++] = LETTER_U;
    into[at++] = HEX[code >> 12]!;
    into[at++] = HEX[(code >> 8) & 15]!;
  }
  into[at++] = HEX[(code >> 4) & 15]!;
  into[at++] = HEX[code & 15]!;
  return at;
}

/** A whole number from 0 to 2⁵³ − 1; what is outside is written as the nearer bound. */
export function putInteger(into: Uint8Array, at: number, value: number): number {
  // The remainder of a 32-bit integer is a machine instruction; that of a double is a call.
  if (value > 0x7fffffff) return putLarge(into, at, value);
  let rest = value > 0 ? value | 0 : 0;
  let digits = 1;
  for (let power = 10; digits < 10 && rest >= power; power *= 10) digits++;
  const end = at + digits;
  for (let index = end - 1; index >= at; index--) {
    const tenth = (rest / 10) | 0;
    into[index] = ZERO + (rest - tenth * 10);
    rest = tenth;
  }
  return end;
}

function putLarge(into: Uint8Array, at: number, value: number): number {
  const bounded = value < Number.MAX_SAFE_INTEGER ? Math.floor(value) : Number.MAX_SAFE_INTEGER;
  const millions = Math.floor(bounded / 1_000_000);
  at = putInteger(into, at, millions);
  const rest = bounded - millions * 1_000_000;
  at = putThousandths(into, at, (rest / 1000) | 0);
  return putThousandths(into, at, rest % 1000);
}

/** Exactly three digits of 0…999. */
export function putThousandths(into: Uint8Array, at: number, value: number): number {
  const tens = (value / 10) | 0;
  const hundreds = (value / 100) | 0;
  into[at] = ZERO + hundreds;
  into[at + 1] = ZERO + tens - hundreds * 10;
  into[at + 2] = ZERO + value - tens * 10;
  return at + 3;
}

/** Microseconds as milliseconds with three decimals. */
export function putMicroseconds(into: Uint8Array, at: number, us: number): number {
  const whole = Math.floor(us / 1000);
  at = putInteger(into, at, whole);
  into[at++] = POINT;
  return putThousandths(into, at, us - whole * 1000);
}
