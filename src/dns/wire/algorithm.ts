/** DNSSEC algorithm numbers (RFC 8624 and the IANA registry). */
const NUMBERS: ReadonlyMap<string, number> = new Map([
  ["RSAMD5", 1],
  ["DH", 2],
  ["DSA", 3],
  ["RSASHA1", 5],
  ["DSA-NSEC3-SHA1", 6],
  ["RSASHA1-NSEC3-SHA1", 7],
  ["RSASHA256", 8],
  ["RSASHA512", 10],
  ["ECC-GOST", 12],
  ["ECDSAP256SHA256", 13],
  ["ECDSAP384SHA384", 14],
  ["ED25519", 15],
  ["ED448", 16],
  ["INDIRECT", 252],
  ["PRIVATEDNS", 253],
  ["PRIVATEOID", 254],
]);

export const ECDSA_P256_SHA256 = 13;
export const ED25519 = 15;

/** The number of a mnemonic or of decimal digits; -1 when it is neither. */
export function algorithmNumber(text: string): number {
  if (/^\d{1,3}$/.test(text)) return Number(text) > 255 ? -1 : Number(text);
  return NUMBERS.get(text.toUpperCase()) ?? -1;
}
