/** Hexadecimal by tables, straight between byte buffers: no string is made. */

const DIGITS = "0123456789abcdef";
const HIGH = new Uint8Array(256);
const LOW = new Uint8Array(256);
/** Value of a lower-case digit, 255 for every other byte. */
const VALUE = new Uint8Array(256).fill(255);

for (let byte = 0; byte < 256; byte++) {
  HIGH[byte] = DIGITS.charCodeAt(byte >> 4);
  LOW[byte] = DIGITS.charCodeAt(byte & 15);
}
for (let digit = 0; digit < 16; digit++) VALUE[DIGITS.charCodeAt(digit)] = digit;

/** Writes bytes [start, end) as lower-case digits at `at`; answers the offset behind them. */
export function writeHex(bytes: Uint8Array, start: number, end: number, into: Uint8Array, at: number): number {
  for (let index = start; index < end; index++) {
    const byte = bytes[index]!;
    into[at++] = HIGH[byte]!;
    into[at++] = LOW[byte]!;
  }
  return at;
}

/** One byte from two lower-case digits, or -1. */
export function readHexByte(bytes: Uint8Array, at: number): number {
  const high = VALUE[bytes[at]!]!;
  const low = VALUE[bytes[at + 1]!]!;
  return (high | low) > 15 ? -1 : (high << 4) | low;
}

/**
 * Reads `count` bytes from lower-case digits into `into` at `at`. Answers the bits that were set in any of them
 * (so 0 means all zero), or -1 when a character is no lower-case digit.
 */
export function readHex(bytes: Uint8Array, start: number, count: number, into: Uint8Array, at: number): number {
  let seen = 0;
  for (let index = 0; index < count; index++) {
    const byte = readHexByte(bytes, start + 2 * index);
    if (byte < 0) return -1;
    into[at + index] = byte;
    seen |= byte;
  }
  return seen;
}
