/** Certificate types of CERT records (RFC 4398 §2.1). */
const NUMBERS: ReadonlyMap<string, number> = new Map([
  ["PKIX", 1],
  ["SPKI", 2],
  ["PGP", 3],
  ["IPKIX", 4],
  ["ISPKI", 5],
  ["IPGP", 6],
  ["ACPKIX", 7],
  ["IACPKIX", 8],
  ["URI", 253],
  ["OID", 254],
]);

/** The number of a mnemonic or of decimal digits; -1 when it is neither. */
export function certificateTypeNumber(text: string): number {
  if (/^\d{1,5}$/.test(text)) return Number(text) > 0xffff ? -1 : Number(text);
  return NUMBERS.get(text.toUpperCase()) ?? -1;
}
