/** Addresses and host names as they stand in a config. */
import { isIPv4, isIPv6 } from "node:net";
import { domainToASCII } from "node:url";

export interface HostPort {
  /** Without brackets; empty for ":8080". */
  readonly host: string;
  readonly port: number;
}

/** Why an address is refused: one clause. */
export type AddressError = string;

const LABEL = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/;

/** "host:port", "[::1]:8080" or ":8080". The port may be 0 ("a free one"); the caller decides whether that makes sense. */
export function parseHostPort(text: string): HostPort | AddressError {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  if (match === null) {
    if (isIPv6(text)) return "an IPv6 address stands in brackets, before the port";
    if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return "host and port alone are wanted, without a scheme";
    return /:\d+$/.test(text) || text.includes(":") ? "is not an address" : "has no port";
  }
  const port = Number(match[3]);
  if (port > 65_535) return `port ${port} is beyond 65535`;
  if (match[1] !== undefined)
    return isIPv6(match[1]) ? { host: match[1].toLowerCase(), port } : `[${match[1]}] is not an IPv6 address`;
  const host = match[2]!.toLowerCase();
  if (host !== "" && !isHostName(host) && !isIPv4(host)) return `${JSON.stringify(match[2])} is not a host name`;
  return { host, port };
}

export function formatHostPort(address: HostPort): string {
  return address.host.includes(":") ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

/** RFC 1122 §2.1 with the underscores that internal names have; a last label of digits alone would be a broken IPv4 address. */
export function isHostName(name: string): boolean {
  if (name.length === 0 || name.length > 253) return false;
  const labels = name.split(".");
  return labels.every((label) => LABEL.test(label)) && !/^\d+$/.test(labels.at(-1)!);
}

/** An IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2), as a socket for both has it, as the IPv4 address that it is. */
export function unmapped(address: string): string {
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice("::ffff:".length) : address;
}

/** 127.0.0.0/8, ::1 and `localhost` (RFC 6761 §6.3: resolves to loopback always). */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}

/**
 * A host pattern as `route/host-pattern.ts` takes it: international names in their ASCII form (RFC 5891), the rest
 * as it is. Empty when IDNA refuses the name.
 */
export function toAsciiHost(pattern: string): string {
  const name = pattern.startsWith("*.") ? pattern.slice(2) : pattern;
  // ASCII stays as it is: IDNA refuses the underscores that internal names have.
  if (Buffer.byteLength(name) === name.length) return pattern;
  const ascii = domainToASCII(name);
  return ascii === "" ? "" : pattern.slice(0, pattern.length - name.length) + ascii;
}
