import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { isIPv4, isIPv6 } from "node:net";
import { formatIpv6 } from "../wire/ipv6-text.ts";
import { readIpv4, readIpv6, readNumber, readTtl } from "./number-reader.ts";

/** The bytes of an address, null when the text is none. */
function ipv6(text: string): Uint8Array | null {
  const bytes = Buffer.from(text);
  const into = new Uint8Array(16);
  return readIpv6(bytes, 0, bytes.length, into, 0) ? into : null;
}

function ipv4(text: string): Uint8Array | null {
  const bytes = Buffer.from(text);
  const into = new Uint8Array(4);
  return readIpv4(bytes, 0, bytes.length, into, 0) ? into : null;
}

const piece = fc.oneof(
  fc.constantFrom("::", ":", "1", "ab", "0", "ffff", "12345", "192.0.2.1", ".", "g"),
  fc.nat(300).map(String),
);
const almostAddress = fc.array(piece, { maxLength: 16 }).map((pieces) => pieces.join(""));
const grouped = fc
  .array(fc.constantFrom("1", "0", "ffff", "", "a0", "1.2.3.4"), { maxLength: 10 })
  .map((groups) => groups.join(":"));
const quads = fc
  .array(fc.constantFrom("1", "0", "255", "256", "01", "", "00"), { maxLength: 5 })
  .map((parts) => parts.join("."));

describe("addresses", () => {
  test("what is an IPv6 address for the system is one here, and nothing else", () => {
    fc.assert(
      fc.property(fc.oneof(almostAddress, grouped, fc.ipV6()), (text) => {
        expect(ipv6(text) !== null).toBe(isIPv6(text));
      }),
      { numRuns: 3_000 },
    );
  });

  test("what is an IPv4 address for the system is one here, and nothing else", () => {
    fc.assert(
      fc.property(fc.oneof(almostAddress, quads, fc.ipV4()), (text) => {
        expect(ipv4(text) !== null).toBe(isIPv4(text));
      }),
      { numRuns: 3_000 },
    );
  });

  test("IPv6 text is RFC 5952's, and read again", () => {
    const group = fc.constantFrom(0, 0, 0, 1, 0xff, 0xabcd);
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        const bytes = Uint8Array.from(groups.flatMap((value) => [value >> 8, value & 0xff]));
        const text = formatIpv6(bytes, 0);
        expect(ipv6(text)).toEqual(bytes);
        // The URL parser writes RFC 5952 too.
        expect(new URL(`http://[${text}]/`).hostname).toBe(`[${text}]`);
      }),
      { numRuns: 500 },
    );
  });
});

describe("numbers", () => {
  const number = (text: string, max: number): number => readNumber(Buffer.from(text), 0, text.length, max);
  const ttl = (text: string): number => readTtl(Buffer.from(text), 0, text.length);

  test.each([
    ["0", 255, 0],
    ["255", 255, 255],
    ["256", 255, -1],
    ["007", 255, 7],
    ["4294967295", 4294967295, 4294967295],
    ["4294967296", 4294967295, -1],
    ["99999999999", 4294967295, -1],
    ["", 255, -1],
    ["-1", 255, -1],
    ["1.5", 255, -1],
    ["0x10", 255, -1],
  ])("%s up to %i", (text, max, expected) => {
    expect(number(text, max)).toBe(expected);
  });

  test.each([
    ["0", 0],
    ["1w2d3h4m5s", 788_645],
    ["1H30M", 5_400],
    ["90m", 5_400],
    ["1h30", 3_630],
    ["", -1],
    ["h", -1],
    ["1hh", -1],
    ["1y", -1],
    ["1 h", -1],
    ["2147483647", 2_147_483_647],
    ["2147483648", -1],
    ["99999w", -1],
  ])("TTL %s", (text, expected) => {
    expect(ttl(text)).toBe(expected);
  });
});
