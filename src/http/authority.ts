import { COLON, DOT, HEX_VALUE, REG_NAME, ZERO } from "./fields/characters.ts";

const LEFT_BRACKET = 0x5b;
const RIGHT_BRACKET = 0x5d;

/**
 * Checks `uri-host [ ":" port ]` at [start, end) (RFC 3986 §3.2.2, §3.2.3), as Host and an http target carry it.
 *
 * Refused: an empty host (RFC 9110 §4.2.1), user information (§4.2.4), a port that is no number up to 65535; and escapes,
 * which no name in the DNS needs, and which some servers decode. In brackets only the characters of an IPv6 address may stand; whether it is one is for whoever connects.
 *
 * @returns one past the host, before `:port`; or -1 when it is not valid.
 */
export function hostEndOf(bytes: Buffer, start: number, end: number): number {
  if (start >= end) return -1;
  const hostEnd = bytes[start] === LEFT_BRACKET ? endOfLiteral(bytes, start, end) : endOfName(bytes, start, end);
  if (hostEnd < 0 || hostEnd === end) return hostEnd;
  if (bytes[hostEnd] !== COLON) return -1;
  return portOf(bytes, hostEnd + 1, end) < 0 ? -1 : hostEnd;
}

/** The port at [start, end): 0…65535, 0 also when it is empty (RFC 3986 §3.2.3 allows that); -1 when it is none. */
export function portOf(bytes: Buffer, start: number, end: number): number {
  if (end - start > 5) return -1;
  let port = 0;
  for (let i = start; i < end; i++) {
    const digit = bytes[i]! - ZERO;
    if (digit < 0 || digit > 9) return -1;
    port = port * 10 + digit;
  }
  return port > 65_535 ? -1 : port;
}

/** The host ends with the dot of the DNS root (RFC 3986 §3.2.2): the same name as without it, but not to every server. */
export function isRooted(bytes: Buffer, hostEnd: number): boolean {
  return bytes[hostEnd - 1] === DOT;
}

function endOfName(bytes: Buffer, start: number, end: number): number {
  let i = start;
  while (i < end && REG_NAME[bytes[i]!] === 1) i++;
  return i === start ? -1 : i;
}

function endOfLiteral(bytes: Buffer, start: number, end: number): number {
  let i = start + 1;
  while (i < end && bytes[i] !== RIGHT_BRACKET) {
    const byte = bytes[i]!;
    if (HEX_VALUE[byte]! < 0 && byte !== COLON && byte !== 0x2e) return -1;
    i++;
  }
  // "[]" names no host.
  return i >= end || i === start + 1 ? -1 : i + 1;
}
