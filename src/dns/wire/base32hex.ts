/** base32hex (RFC 4648 §7) without padding, as NSEC3 uses it for hashed owner names. */

const DIGITS = "0123456789abcdefghijklmnopqrstuv";

export function base32HexEncode(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let count = 0;
  for (const byte of bytes) {
    bits = (bits << 8) | byte;
    for (count += 8; count >= 5; count -= 5) text += DIGITS[(bits >> (count - 5)) & 31]!;
    bits &= (1 << count) - 1;
  }
  return count === 0 ? text : text + DIGITS[(bits << (5 - count)) & 31]!;
}

/** Either case; null when it is not base32hex. */
export function base32HexDecode(text: string): Uint8Array | null {
  const out: number[] = [];
  let bits = 0;
  let count = 0;
  for (const character of text.toLowerCase()) {
    const digit = DIGITS.indexOf(character);
    if (digit < 0) return null;
    bits = (bits << 5) | digit;
    count += 5;
    if (count >= 8) {
      out.push((bits >> (count - 8)) & 0xff);
      count -= 8;
      bits &= (1 << count) - 1;
    }
  }
  // What is left of the last digit must be zero bits, fewer than a digit's worth.
  return bits === 0 && count < 5 ? Uint8Array.from(out) : null;
}
