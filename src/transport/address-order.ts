import { isIPv6 } from "node:net";

/**
 * RFC 8305 §4: the families take turns, beginning with that of the first address, so that a family that does not work
 * costs one attempt and not one for each of its addresses. Within a family the order stays.
 */
export function interleaveFamilies(addresses: readonly string[]): string[] {
  const first = addresses.length > 0 && isIPv6(addresses[0]!);
  const same = addresses.filter((address) => isIPv6(address) === first);
  const other = addresses.filter((address) => isIPv6(address) !== first);
  const ordered: string[] = [];
  for (let index = 0; index < Math.max(same.length, other.length); index++) {
    if (index < same.length) ordered.push(same[index]!);
    if (index < other.length) ordered.push(other[index]!);
  }
  return ordered;
}

/** The same addresses with this one in front; as they are when it is not, or no longer, one of them. */
export function preferAddress(addresses: readonly string[], preferred: string): readonly string[] {
  if (addresses[0] === preferred || !addresses.includes(preferred)) return addresses;
  return [preferred, ...addresses.filter((address) => address !== preferred)];
}
