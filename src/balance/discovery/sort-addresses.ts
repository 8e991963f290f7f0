import { isIPv4 } from "node:net";

/**
 * Each address once, IPv4 before IPv6, by number: name servers rotate their answers, and the same set in another
 * order must change nothing (nor look changed to a reader).
 */
export function sortAddresses(addresses: Iterable<string>): string[] {
  return [...new Set(addresses)].sort((left, right) => {
    const [leftNumber, rightNumber] = [numberOf(left), numberOf(right)];
    if (leftNumber !== rightNumber) return leftNumber - rightNumber;
    // Both are IPv6. Their text is the resolver's canonical form, in no order that a reader would look for.
    return left < right ? -1 : 1;
  });
}

/** Of an IPv4 address; beyond them all for any other. */
function numberOf(address: string): number {
  if (!isIPv4(address)) return 2 ** 32;
  return address.split(".").reduce((number, part) => number * 256 + Number(part), 0);
}
