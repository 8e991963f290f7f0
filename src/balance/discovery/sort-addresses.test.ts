import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { sortAddresses } from "./sort-addresses.ts";

describe("the order of addresses", () => {
  test("IPv4 by number, then IPv6, each once", () => {
    expect(sortAddresses(["::1", "10.0.0.10", "10.0.0.9", "fe80::1", "10.0.0.10", "9.255.255.255"])).toEqual([
      "9.255.255.255",
      "10.0.0.9",
      "10.0.0.10",
      "::1",
      "fe80::1",
    ]);
    expect(sortAddresses([])).toEqual([]);
  });

  test("depends on nothing but the set", () => {
    const address = fc.oneof(fc.ipV4(), fc.ipV6());
    fc.assert(
      fc.property(fc.array(address, { maxLength: 20 }), fc.nat(), (addresses, seed) => {
        const shuffled = addresses
          .map((one, index) => ({ one, key: (index * 7919 + seed) % 31 }))
          .sort((left, right) => left.key - right.key)
          .map(({ one }) => one);
        expect(sortAddresses(shuffled)).toEqual(sortAddresses(addresses));
      }),
    );
  });
});
