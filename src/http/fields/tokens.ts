import { LOWER_BIT } from "./characters.ts";

/** A token to compare with: lower-case letters, digits and `-` only. */
export function token(text: string): Uint8Array {
  if (!/^[a-z0-9-]+$/.test(text)) throw new RangeError(`not a lower-case token: ${text}`);
  return new Uint8Array(Buffer.from(text));
}

/**
 * Bytes [start, end) are this token, in any case.
 *
 * Setting the case bit maps exactly one other character to each letter (its capital), but a few control characters
 * to digits and `-`; so the bytes must have been checked to be valid field content before.
 */
export function isToken(bytes: Buffer, start: number, end: number, wanted: Uint8Array): boolean {
  const length = end - start;
  if (length !== wanted.length) return false;
  for (let i = 0; i < length; i++) {
    if ((bytes[start + i]! | LOWER_BIT) !== wanted[i]) return false;
  }
  return true;
}
