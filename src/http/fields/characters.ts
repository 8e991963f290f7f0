/**
 * Character classes of HTTP as lookup tables of 256 entries, so that a scanner asks one question per byte.
 * Each entry is 1 for a member and 0 for every other byte, unless a table says otherwise.
 */

export const HTAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SP = 0x20;
export const DOUBLE_QUOTE = 0x22;
export const PERCENT = 0x25;
export const ASTERISK = 0x2a;
export const COMMA = 0x2c;
export const DOT = 0x2e;
export const SLASH = 0x2f;
export const COLON = 0x3a;
export const SEMICOLON = 0x3b;
export const ZERO = 0x30;
export const EQUALS = 0x3d;
export const QUESTION = 0x3f;
export const BACKSLASH = 0x5c;
export const UNDERSCORE = 0x5f;

const ALPHANUMERIC = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

function members(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (let i = 0; i < characters.length; i++) table[characters.charCodeAt(i)] = 1;
  return table;
}

/** RFC 9110 §5.6.2: tchar. */
export const TCHAR: Uint8Array = members(`!#$%&'*+-.^_\`|~${ALPHANUMERIC}`);

/** tchar again, with 2 for `_`: a name that holds one can be taken for another (`isHiddenName`). */
export const NAME_CHARACTER: Uint8Array = TCHAR.slice();
NAME_CHARACTER[UNDERSCORE] = 2;

/** RFC 9110 §5.5: what may stand in a field value: VCHAR, SP, HTAB and obs-text. */
export const FIELD_VALUE: Uint8Array = new Uint8Array(256)
  .fill(1, SP)
  .fill(1, HTAB, HTAB + 1)
  .fill(0, 0x7f, 0x80);

/** RFC 3986 §2.3: unreserved, the characters whose percent-escape means the same as themselves. */
export const UNRESERVED: Uint8Array = members(`-._~${ALPHANUMERIC}`);

/** RFC 3986 §3.2.2: reg-name without its percent-escapes. */
export const REG_NAME: Uint8Array = members(`-._~!$&'()*+,;=${ALPHANUMERIC}`);

/** What a byte is in a path. */
export const PATH_REFUSED = 0;
export const PATH_PLAIN = 1;
/** `%`, and what begins a segment's parameters. */
export const PATH_LOOKED_AT = 2;
/** No character of a path, but browsers send it as it is (WHATWG URL, path percent-encode set): it goes on escaped. */
export const PATH_ESCAPED = 3;

/** RFC 3986 §3.3: pchar and `/`. */
export const PATH_CHARACTER: Uint8Array = members(`/-._~!$&'()*+,=:@${ALPHANUMERIC}`);
PATH_CHARACTER[PERCENT] = PATH_CHARACTER[SEMICOLON] = PATH_LOOKED_AT;
for (const tolerated of "[]|^") PATH_CHARACTER[tolerated.charCodeAt(0)] = PATH_ESCAPED;

/** The value of a hexadecimal digit, -1 for any other byte. */
export const HEX_VALUE: Int8Array = new Int8Array(256).fill(-1);
for (let digit = 0; digit < 10; digit++) HEX_VALUE[0x30 + digit] = digit;
for (let digit = 0; digit < 6; digit++) {
  HEX_VALUE[0x41 + digit] = 10 + digit;
  HEX_VALUE[0x61 + digit] = 10 + digit;
}

/** Upper-case digits, as bytes. */
export const HEX_DIGITS: Uint8Array = new Uint8Array(Buffer.from("0123456789ABCDEF"));

/** Sets the bit that tells lower from upper case; for letters, digits and `-` the result is their lower case. */
export const LOWER_BIT = 0x20;
