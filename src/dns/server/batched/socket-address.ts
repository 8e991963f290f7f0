/** The kernel's form of addresses (`struct sockaddr_in` and `sockaddr_in6` of Linux). */
import { parseNetwork } from "../../../bytes/address-set.ts";

export const AF_INET = 2;
export const AF_INET6 = 10;
/** Room for either. */
export const ADDRESS_SIZE = 28;
const IPV4_SIZE = 16;

const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** @throws RangeError when the host is no address. */
export function writeSocketAddress(host: string, port: number): Uint8Array {
  const { bytes } = parseNetwork(host);
  const ipv4 = bytes.length === 4;
  const address = new Uint8Array(ipv4 ? IPV4_SIZE : ADDRESS_SIZE);
  new DataView(address.buffer).setUint16(0, ipv4 ? AF_INET : AF_INET6, LITTLE_ENDIAN);
  address[2] = port >> 8;
  address[3] = port;
  address.set(bytes, ipv4 ? 4 : 8);
  return address;
}

/** The port in the address at `at`. */
export function portAt(bytes: Uint8Array, at: number): number {
  return (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

/** Length of the address at `at`. */
export function addressLength(bytes: Uint8Array, at: number): number {
  return isIpv4(bytes, at) ? IPV4_SIZE : ADDRESS_SIZE;
}

/** Texts that are remembered; IPv4 only. */
const REMEMBERED = 4_096;
const texts = new Map<number, string>();

/** The address at `at` as text, without port. */
export function hostAt(bytes: Uint8Array, at: number): string {
  if (!isIpv4(bytes, at)) return ipv6Text(bytes, at + 8);
  const number = (bytes[at + 4]! << 24) | (bytes[at + 5]! << 16) | (bytes[at + 6]! << 8) | bytes[at + 7]!;
  let text = texts.get(number);
  if (text === undefined) {
    text = `${bytes[at + 4]!}.${bytes[at + 5]!}.${bytes[at + 6]!}.${bytes[at + 7]!}`;
    if (texts.size >= REMEMBERED) texts.clear();
    texts.set(number, text);
  }
  return text;
}

function isIpv4(bytes: Uint8Array, at: number): boolean {
  return bytes[LITTLE_ENDIAN ? at : at + 1] === AF_INET;
}

/** Not shortened (RFC 5952 would), since it is only read again by programs. */
function ipv6Text(bytes: Uint8Array, at: number): string {
  let text = ((bytes[at]! << 8) | bytes[at + 1]!).toString(16);
  for (let index = 2; index < 16; index += 2) {
    text += `:${((bytes[at + index]! << 8) | bytes[at + index + 1]!).toString(16)}`;
  }
  return text;
}
