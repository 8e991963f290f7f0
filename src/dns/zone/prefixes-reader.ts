import { AddressFamily } from "../wire/address-prefixes.ts";
import { readIpv4, readIpv6 } from "./number-reader.ts";

/** One item of an APL (RFC 3123 §5), such as `!1:192.0.2.0/24`, in wire form; null when it is none. */
export function readPrefix(text: string): Uint8Array | null {
  const parts = /^(!?)([12]):([0-9a-f.:]+)\/(\d{1,3})$/i.exec(text);
  if (parts === null) return null;
  const family = Number(parts[2]);
  const size = family === AddressFamily.IPV4 ? 4 : 16;
  const prefix = Number(parts[4]);
  const address = new Uint8Array(16);
  const written = Buffer.from(parts[3]!);
  const read = size === 4 ? readIpv4 : readIpv6;
  if (prefix > size * 8 || !read(written, 0, written.length, address, 0)) return null;
  // RFC 3123 §4: trailing zero octets are left out.
  let length = size;
  while (length > 0 && address[length - 1] === 0) length--;
  const negated = parts[1] === "!" ? 0x80 : 0;
  return Uint8Array.of(0, family, prefix, negated | length, ...address.subarray(0, length));
}
