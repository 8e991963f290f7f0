/** Content-Length as a number (RFC 9110 §8.6: digits only), -1 when it is not one or beyond what a number holds exactly. */
export function contentLengthOf(bytes: Buffer, start: number, end: number): number {
  if (start >= end || end - start > MAX_LENGTH_DIGITS) return -1;
  let length = 0;
  for (let i = start; i < end; i++) {
    const digit = bytes[i]! - 0x30;
    if (digit < 0 || digit > 9) return -1;
    length = length * 10 + digit;
  }
  return length;
}

/** Every number of so many digits is a safe integer. */
const MAX_LENGTH_DIGITS = 15;
