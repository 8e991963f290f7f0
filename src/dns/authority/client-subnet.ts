import type { DnsQuery } from "../wire/query.ts";

/** Where the resolver's client is, as far as the resolver tells (EDNS Client Subnet, RFC 7871 §6). */
export interface ClientSubnet {
  /** IANA address family: 1 IPv4, 2 IPv6. */
  readonly family: 1 | 2;
  /** Bits of the address that are told: 0 to 32 or 128. */
  readonly prefix: number;
  /** 16 bytes, of which IPv4 uses 4; bits beyond the prefix are 0. */
  readonly address: Uint8Array;
}

const subnet = { family: 1 as 1 | 2, prefix: 0, address: new Uint8Array(16) };

/** The query's subnet, null when it has none that is well-formed. The object is used again for the next query. */
export function readClientSubnet(query: DnsQuery): ClientSubnet | null {
  const { subnetStart: start, subnetLength: length, packet } = query;
  if (length < 4) return null;
  const family = (packet[start]! << 8) | packet[start + 1]!;
  const prefix = packet[start + 2]!;
  if (family !== 1 && family !== 2) return null;
  // RFC 7871 §6: exactly the bytes that the prefix needs, the scope 0 in queries.
  if (prefix > (family === 1 ? 32 : 128) || packet[start + 3] !== 0 || length !== 4 + ((prefix + 7) >> 3)) return null;
  const { address } = subnet;
  address.fill(0);
  for (let index = 4; index < length; index++) address[index - 4] = packet[start + index]!;
  if ((prefix & 7) !== 0 && (address[prefix >> 3]! & (0xff >> (prefix & 7))) !== 0) return null;
  subnet.family = family;
  subnet.prefix = prefix;
  return subnet;
}

/** The query has a client subnet option that must not be answered but by FORMERR (RFC 7871 §7.1.2). */
export function isMalformedSubnet(query: DnsQuery): boolean {
  if (query.subnetLength < 0 || readClientSubnet(query) !== null) return false;
  // Some clients that tell nothing (/0) tell no family either.
  const { packet, subnetStart: start } = query;
  const words = packet[start]! | packet[start + 1]! | packet[start + 2]! | packet[start + 3]!;
  return query.subnetLength !== 4 || words !== 0;
}
