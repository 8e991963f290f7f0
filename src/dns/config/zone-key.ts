/** Keys of `dns.zones`: names of zones, and prefixes of reverse zones. */
import { parsePrefix, reverseName } from "../store/reverse-name.ts";
import { formatName, lowerName, parseName } from "../wire/name.ts";

export interface ZoneKey {
  /** Lower case, wire form. */
  readonly apex: Uint8Array;
  /** Presentation form with its final dot. */
  readonly name: string;
  /** Of a reverse zone: such as `10.0.0.0/24`. */
  readonly prefix: string | null;
}

/** What is wrong with the key as text. */
export function readZoneKey(key: string): ZoneKey | string {
  if (key.includes("/")) {
    const prefix = parsePrefix(key);
    if (typeof prefix === "string") return prefix;
    const apex = reverseName(prefix.address, prefix.bits);
    return { apex, name: formatName(apex), prefix: key };
  }
  const parsed = parseName(key);
  if (typeof parsed === "string") return parsed;
  const apex = lowerName(parsed);
  const name = formatName(apex);
  return { apex, name, prefix: prefixOf(name) };
}

/** `10.0.0.0/24` of `0.0.10.in-addr.arpa.`; null for all that is not a name of a prefix (RFC 1035 §3.5, RFC 3596 §2.5). */
function prefixOf(name: string): string | null {
  const v4 = /^((?:\d{1,3}\.){1,3})in-addr\.arpa\.$/.exec(name)?.[1];
  if (v4 !== undefined) {
    const octets = v4.split(".").filter(Boolean).toReversed();
    return checked(`${[...octets, "0", "0", "0"].slice(0, 4).join(".")}/${octets.length * 8}`);
  }
  const v6 = /^((?:[0-9a-f]\.){1,32})ip6\.arpa\.$/.exec(name)?.[1];
  if (v6 === undefined) return null;
  const nibbles = v6.split(".").filter(Boolean).toReversed();
  const groups = nibbles.join("").padEnd(32, "0").match(/.{4}/g)!;
  return checked(`${groups.join(":")}/${nibbles.length * 4}`);
}

function checked(prefix: string): string | null {
  return typeof parsePrefix(prefix) === "string" ? null : prefix;
}

/** A name relative to its zone, "@" for the zone's own: as steered names are mostly written. Both end with a dot. */
export function steeredKey(name: string, apex: string): string {
  if (name === apex) return "@";
  return name.endsWith(`.${apex}`) ? name.slice(0, -apex.length - 1) : name;
}

/** Names of zones and keys are compared without case and final dot. */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}

/** A key of `dns.zones` is the name of a zone with addresses in it: of a zone, and of no reverse zone. */
export function hasAddresses(key: string): boolean {
  const zone = readZoneKey(key);
  return typeof zone !== "string" && zone.prefix === null;
}
