/** Names of addresses below in-addr.arpa (RFC 1035 §3.5) and ip6.arpa (RFC 3596 §2.5). */
import { parseName } from "../wire/name.ts";
import { readIpv4, readIpv6 } from "../zone/number-reader.ts";

/** The reverse name of the first `bits` of an address (4 or 16 bytes): whole octets, or whole nibbles for IPv6. */
export function reverseName(address: Uint8Array, bits = address.length * 8): Uint8Array {
  const labels: string[] = [];
  if (address.length === 4) {
    for (let at = 0; at < bits / 8; at++) labels.unshift(String(address[at]!));
  } else {
    for (let nibble = 0; nibble < bits / 4; nibble++) {
      const byte = address[nibble >> 1]!;
      labels.unshift(((nibble & 1) === 0 ? byte >> 4 : byte & 15).toString(16));
    }
  }
  const name = parseName([...labels, address.length === 4 ? "in-addr" : "ip6", "arpa", ""].join("."));
  if (typeof name === "string") throw new RangeError(`the reverse name of an address ${name}`);
  return name;
}

export interface Prefix {
  /** 4 or 16 bytes, those behind the prefix 0. */
  readonly address: Uint8Array;
  readonly bits: number;
}

/**
 * A prefix that has a reverse zone of its own: IPv4 at whole octets (/8, /16, /24), IPv6 at whole nibbles. Answers what
 * is wrong with it as text.
 */
export function parsePrefix(text: string): Prefix | string {
  const parts = /^([0-9a-f.:]+)\/(\d{1,3})$/i.exec(text);
  if (parts === null) return "is not a prefix: write one such as 192.0.2.0/24 or 2001:db8::/32";
  const bits = Number(parts[2]);
  const written = Buffer.from(parts[1]!);
  const size = parts[1]!.includes(":") ? 16 : 4;
  const address = new Uint8Array(16);
  const read = size === 4 ? readIpv4 : readIpv6;
  if (!read(written, 0, written.length, address, 0) || bits > size * 8) return "is not a prefix";
  const step = size === 4 ? 8 : 4;
  if (bits === 0 || bits % step !== 0 || (size === 4 && bits > 24)) {
    return size === 4
      ? "has no reverse zone of its own: /8, /16 and /24 have (for smaller ones see RFC 2317)"
      : "has no reverse zone of its own: it must be a multiple of 4";
  }
  const prefix = { address: address.slice(0, size), bits };
  for (let bit = bits; bit < size * 8; bit++) {
    if ((address[bit >> 3]! & (0x80 >> (bit & 7))) !== 0) return `has bits set beyond the first ${bits}`;
  }
  return prefix;
}

export function isInPrefix(prefix: Prefix, bytes: Uint8Array, at: number): boolean {
  const whole = prefix.bits >> 3;
  for (let index = 0; index < whole; index++) if (bytes[at + index] !== prefix.address[index]) return false;
  return (prefix.bits & 7) === 0 || (bytes[at + whole]! & 0xf0) === prefix.address[whole];
}
