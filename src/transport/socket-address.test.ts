import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { AF_INET, AF_INET6 } from "./libc.ts";
import { decodeAddress, decodePort, encodeSocketAddress, familyOf, setPort } from "./socket-address.ts";

describe("socket addresses", () => {
  test("IPv4, as the system lays it out", () => {
    const bytes = encodeSocketAddress("192.0.2.1", 8080)!;
    expect([...bytes]).toEqual([2, 0, 0x1f, 0x90, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(familyOf(bytes)).toBe(AF_INET);
  });

  test("IPv6, as the system lays it out", () => {
    const bytes = encodeSocketAddress("2001:db8::7", 443)!;
    const address = [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7];
    expect([...bytes]).toEqual([10, 0, 1, 0xbb, 0, 0, 0, 0, ...address, 0, 0, 0, 0]);
    expect(familyOf(bytes)).toBe(AF_INET6);
  });

  test("a zone is the scope: its number, or an interface's", () => {
    expect(encodeSocketAddress("fe80::1%7", 1)![24]).toBe(7);
    expect(encodeSocketAddress("fe80::1%no-such-interface", 1)![24]).toBe(0);
  });

  test("names are no addresses", () => {
    for (const name of ["localhost", "example.com", "", "1.2.3", "1.2.3.400", "0x7f.1", "01.2.3.4", "::g"])
      expect(encodeSocketAddress(name, 1)).toBeNull();
  });

  test("text is RFC 5952's; an IPv4-mapped address shows its IPv4 part", () => {
    for (const text of ["::", "::1", "2001:db8::1:0:0:1", "fe80::1", "::ffff:192.0.2.1", "0.0.0.0", "255.255.255.255"])
      expect(decodeAddress(encodeSocketAddress(text, 1)!)).toBe(text);
    expect(decodeAddress(encodeSocketAddress("2001:DB8:0:0:0:0:0:1", 1)!)).toBe("2001:db8::1");
  });

  test("what is encoded is decoded", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.nat(65_535), (host, port) => {
        const bytes = encodeSocketAddress(host, port)!;
        const again = encodeSocketAddress(decodeAddress(bytes), port)!;
        return decodePort(bytes) === port && Buffer.from(bytes).equals(again);
      }),
    );
  });

  test("another port", () => {
    const bytes = encodeSocketAddress("127.0.0.1", 1)!;
    setPort(bytes, 65_535);
    expect(decodePort(bytes)).toBe(65_535);
  });

  test("another family has no text", () => {
    expect(decodeAddress(new Uint8Array(28))).toBe("");
  });
});
