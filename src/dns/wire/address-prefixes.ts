/** APL (RFC 3123): a list of address prefixes, each perhaps negated, as text. */
import { formatIpv6 } from "./ipv6-text.ts";

/** IANA address families. */
export const AddressFamily = { IPV4: 1, IPV6: 2 } as const;

/** Null when an item has no text form: another family, or bytes that RFC 3123 §4 would have left out. */
export function formatAddressPrefixes(data: Uint8Array, start: number, end: number): string | null {
  const items: string[] = [];
  for (let at = start; at < end;) {
    if (at + 4 > end) return null;
    const family = (data[at]! << 8) | data[at + 1]!;
    const prefix = data[at + 2]!;
    const length = data[at + 3]! & 0x7f;
    const size = family === AddressFamily.IPV4 ? 4 : family === AddressFamily.IPV6 ? 16 : 0;
    const next = at + 4 + length;
    if (size === 0 || next > end || length > size || prefix > size * 8) return null;
    if (length > 0 && data[next - 1] === 0) return null;
    const address = new Uint8Array(size);
    address.set(data.subarray(at + 4, next));
    const text = size === 4 ? address.join(".") : formatIpv6(address, 0);
    items.push(`${(data[at + 3]! & 0x80) === 0 ? "" : "!"}${family}:${text}/${prefix}`);
    at = next;
  }
  return items.join(" ");
}
