import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseNetwork } from "../../../bytes/address-set.ts";
import { addressLength, hostAt, portAt, writeSocketAddress } from "./socket-address.ts";

describe("socket addresses", () => {
  test("as Linux has them", () => {
    const hex = (host: string, port: number): string => Buffer.from(writeSocketAddress(host, port)).toString("hex");
    expect(hex("192.0.2.1", 0x1234)).toBe(`02001234c0000201${"00".repeat(8)}`);
    expect(hex("2001:db8::1", 53)).toBe("0a0000350000000020010db800000000000000000000000100000000");
    expect(() => hex("localhost", 53)).toThrow(RangeError);
  });

  test("every one is read as it was written", () => {
    const host = fc.oneof(fc.ipV4(), fc.ipV6()).filter((text) => !/^::\d+\./.test(text));
    fc.assert(
      fc.property(host, fc.nat(65_535), (text, port) => {
        const address = writeSocketAddress(text, port);
        const bytes = Uint8Array.from([9, 9, ...address]);
        expect([portAt(bytes, 2), addressLength(bytes, 2)]).toEqual([port, address.length]);
        expect(parseNetwork(hostAt(bytes, 2))).toEqual(parseNetwork(text));
      }),
    );
  });
});
