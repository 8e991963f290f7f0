import ipaddr from "ipaddr.js";
import { networkInterfaces } from "node:os";

import { AF_INET, AF_INET6 } from "./libc.ts";

/**
 * `struct sockaddr_in` and `sockaddr_in6`: family in the host's order (2 bytes), port in the network's (2); then the
 * IPv4 address (4), or flow (4), IPv6 address (16) and scope (4).
 */

export const SOCKADDR_SIZE = 28;
const SOCKADDR_IN_SIZE = 16;

const PORT = 2;
const IPV4 = 4;
const IPV6 = 8;
const SCOPE = 24;

/** Answers the encoded address, null when `host` is none but a name. "fe80::1%eth0" is an address. */
export function encodeSocketAddress(host: string, port: number): Uint8Array<ArrayBuffer> | null {
  if (ipaddr.IPv4.isValidFourPartDecimal(host)) {
    const bytes = begin(SOCKADDR_IN_SIZE, AF_INET, port);
    bytes.set(ipaddr.IPv4.parse(host).toByteArray(), IPV4);
    return bytes;
  }
  const percent = host.indexOf("%");
  const address = percent === -1 ? host : host.slice(0, percent);
  if (!ipaddr.IPv6.isValid(address)) return null;
  const bytes = begin(SOCKADDR_SIZE, AF_INET6, port);
  bytes.set(ipaddr.IPv6.parse(address).toByteArray(), IPV6);
  if (percent !== -1) new DataView(bytes.buffer).setUint32(SCOPE, scopeNumber(host.slice(percent + 1)), true);
  return bytes;
}

export function setPort(bytes: Uint8Array, port: number): void {
  bytes[PORT] = port >> 8;
  bytes[PORT + 1] = port & 0xff;
}

export function decodePort(bytes: Uint8Array): number {
  return (bytes[PORT]! << 8) | bytes[PORT + 1]!;
}

/** Dotted quad, or RFC 5952 text; "" for another family. */
export function decodeAddress(bytes: Uint8Array): string {
  if (bytes[0] === AF_INET) return quad(bytes, IPV4);
  if (bytes[0] !== AF_INET6) return "";
  if (isMapped(bytes)) return `::ffff:${quad(bytes, IPV6 + 12)}`;
  return new ipaddr.IPv6([...bytes.subarray(IPV6, IPV6 + 16)]).toRFC5952String();
}

/** The family in which a socket for this address is made. */
export function familyOf(bytes: Uint8Array): number {
  return bytes[0]!;
}

function begin(size: number, family: number, port: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  bytes[0] = family;
  setPort(bytes, port);
  return bytes;
}

function quad(bytes: Uint8Array, at: number): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
}

/** RFC 4291 §2.5.5.2: an IPv4 peer of a socket that takes both. */
function isMapped(bytes: Uint8Array): boolean {
  for (let at = IPV6; at < IPV6 + 10; at++) if (bytes[at] !== 0) return false;
  return bytes[IPV6 + 10] === 0xff && bytes[IPV6 + 11] === 0xff;
}

/** RFC 4007 §11: a zone is a number or an interface's name. */
function scopeNumber(zone: string): number {
  if (/^\d+$/.test(zone)) return Number(zone);
  const address = networkInterfaces()[zone]?.find((one) => one.family === "IPv6" && one.scopeid !== 0);
  return address?.family === "IPv6" ? address.scopeid! : 0;
}
