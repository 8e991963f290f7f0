import { readNumber } from "./number-reader.ts";

/** The words that it has: algorithm, host identity tag, public key. */
export const HOST_IDENTITY_WORDS = 3;

/** Which word is wrong, counted from 0, and how. */
export interface HostIdentityProblem {
  readonly word: number;
  readonly message: string;
}

/**
 * The first words of a HIP record (RFC 8005 §6) in wire form (§5). Tag and key are one word each: their lengths stand
 * nowhere else.
 */
export function readHostIdentity(words: readonly string[]): Uint8Array | HostIdentityProblem {
  const [algorithmText = "", tagText = "", keyText = ""] = words;
  const algorithm = readNumber(Buffer.from(algorithmText), 0, algorithmText.length, 0xff);
  if (algorithm < 0) return { word: 0, message: "is not a public key algorithm, a number from 0 to 255" };
  const tag = Buffer.from(tagText, "hex");
  if (tag.length === 0 || tag.length > 0xff || tag.length * 2 !== tagText.length) {
    return { word: 1, message: "is not a host identity tag, of 1 to 255 bytes in hexadecimal" };
  }
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(keyText) || keyText.length % 4 !== 0) {
    return { word: 2, message: "is not a public key in base64, in one word" };
  }
  const key = Buffer.from(keyText, "base64");
  if (key.length > 0xffff) return { word: 2, message: "is too long" };
  return Uint8Array.of(tag.length, algorithm, key.length >> 8, key.length & 0xff, ...tag, ...key);
}
