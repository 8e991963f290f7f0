import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { ClientAddress } from "./client-address.ts";

function read(text: string): number[] {
  const address = new ClientAddress();
  address.read(text);
  return [...address.bytes.subarray(0, address.length)];
}

function network(text: string): number {
  const address = new ClientAddress();
  address.read(text);
  return address.networkHash();
}

describe("ClientAddress", () => {
  test("reads what a socket gives", () => {
    expect(read("192.0.2.1")).toEqual([192, 0, 2, 1]);
    expect(read("::1")).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    expect(read("::")).toEqual(Array.from({ length: 16 }, () => 0));
    expect(read("::ffff:192.0.2.1")).toEqual([192, 0, 2, 1]);
    expect(read("fe80::1%eth0")).toEqual([0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  });

  test("every IPv6 address as ipaddr.js reads it", () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        // ipaddr.js takes this deprecated form (RFC 4291 §2.5.5.1) for an IPv4-mapped address.
        fc.pre(!/^::\d+\./.test(text));
        const parsed = ipaddr.IPv6.parse(text);
        const wanted = parsed.isIPv4MappedAddress() ? parsed.toIPv4Address().toByteArray() : parsed.toByteArray();
        expect(read(text)).toEqual(wanted);
      }),
      { numRuns: 500 },
    );
  });

  test("every IPv4 address", () => {
    fc.assert(fc.property(fc.ipV4(), (text) => expect(read(text)).toEqual(text.split(".").map(Number))));
  });

  test("what is not an address has no bytes, and never throws", () => {
    for (const text of [
      "",
      "1.2.3",
      "1.2.3.4.5",
      "256.1.1.1",
      "1..2.3",
      "::1::2",
      "1:2:3",
      ":",
      "g::1",
      "1:2:3:4:5:6:7:8:9",
    ]) {
      expect({ text, bytes: read(text) }).toEqual({ text, bytes: [] });
    }
    fc.assert(fc.property(fc.string(), (text) => expect([0, 4, 16]).toContain(read(text).length)));
  });

  test("a network is a /24 or a /56", () => {
    expect(network("192.0.2.1")).toBe(network("192.0.2.254"));
    expect(network("192.0.2.1")).not.toBe(network("192.0.3.1"));
    expect(network("2001:db8:0:100::1")).toBe(network("2001:db8:0:1ff:ffff::1"));
    expect(network("2001:db8:0:100::1")).not.toBe(network("2001:db8:0:200::1"));
  });
});
