import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BlockList } from "node:net";
import { createAddressSet, parseNetwork } from "./address-set.ts";

describe("parseNetwork", () => {
  const parse = (word: string): [number[], number] => {
    const { bytes, prefix } = parseNetwork(word);
    return [[...bytes], prefix];
  };

  test("addresses and networks", () => {
    expect(parse("192.0.2.1")).toEqual([[192, 0, 2, 1], 32]);
    expect(parse("10.0.0.0/8")).toEqual([[10, 0, 0, 0], 8]);
    expect(parse("0.0.0.0/0")).toEqual([[0, 0, 0, 0], 0]);
    expect(parse("::1")).toEqual([[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 128]);
    expect(parse("2001:DB8::/32")[1]).toBe(32);
  });

  test("IPv4-mapped is IPv4", () => {
    expect(parse("::ffff:192.0.2.1")).toEqual([[192, 0, 2, 1], 32]);
    expect(parse("::ffff:10.0.0.0/104")).toEqual([[10, 0, 0, 0], 8]);
    expect(parse("::ffff:0:0/95")).toEqual([[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 0, 0, 0, 0], 95]);
  });

  const bad = [
    "",
    " ",
    "localhost",
    "1.2.3",
    "1.2.3.4.5",
    "0x7f.1",
    "0x7f.0.0.1",
    "010.0.0.1",
    "256.0.0.1",
    "1.2.3.4 ",
    "1.2.3.4:80",
    "[::1]",
    "::1%eth0",
    "fe80::%1",
    ":::1",
    "1::2::3",
    "12345::",
    "::1.2.3",
    "::1.2.3.4",
    "::ffff:010.0.0.1",
    "::ffff:0x0a.0.0.1",
    "10.0.0.0/",
    "10.0.0.0/33",
    "10.0.0.0/-1",
    "10.0.0.0/08",
    "10.0.0.0/8/8",
    "10.0.0.0/255.0.0.0",
    "10.0.0.0/ 8",
    "10.0.0.0/1e1",
    "::/129",
    "/8",
    "10.0.0/8",
  ];
  test.each(bad)("refuses %p by name", (word) => {
    expect(() => parseNetwork(word)).toThrow(RangeError);
    expect(() => parseNetwork(word)).toThrow(`"${word}"`);
    expect(() => createAddressSet(["10.0.0.1", word])).toThrow(`"${word}"`);
  });
});

describe("AddressSet", () => {
  test("empty", () => {
    const set = createAddressSet([]);
    expect(set.size).toBe(0);
    expect(set.has("127.0.0.1")).toBe(false);
    expect(set.has("")).toBe(false);
  });

  test("edges of networks", () => {
    const set = createAddressSet(["10.1.0.0/16", "192.0.2.7", "2001:db8::/33", "203.0.113.129/25"]);
    expect(set.size).toBe(4);
    for (const inside of [
      "10.1.0.0",
      "10.1.255.255",
      "192.0.2.7",
      "2001:db8:7fff:ffff::1",
      "203.0.113.128",
      "203.0.113.255",
    ]) {
      expect([inside, set.has(inside)]).toEqual([inside, true]);
    }
    for (const outside of [
      "10.0.255.255",
      "10.2.0.0",
      "192.0.2.6",
      "192.0.2.8",
      "2001:db8:8000::",
      "203.0.113.127",
      "",
      "x",
      "10.1",
    ]) {
      expect([outside, set.has(outside)]).toEqual([outside, false]);
    }
  });

  test("a wider network takes in a narrower one, in either order", () => {
    for (const words of [
      ["10.0.0.0/8", "10.1.2.0/24"],
      ["10.1.2.0/24", "10.0.0.0/8"],
    ]) {
      const set = createAddressSet(words);
      expect(set.has("10.1.2.3")).toBe(true);
      expect(set.has("10.200.0.1")).toBe(true);
      expect(set.has("11.0.0.1")).toBe(false);
    }
  });

  test("IPv4-mapped addresses are the IPv4 addresses; ::/0 holds none of them", () => {
    const four = createAddressSet(["10.0.0.0/8"]);
    expect(four.has("::ffff:10.0.0.1")).toBe(true);
    expect(four.has("::FFFF:a00:1")).toBe(true);
    expect(four.has("::10.0.0.1")).toBe(false);
    const six = createAddressSet(["::/0"]);
    expect(six.has("::1")).toBe(true);
    expect(six.has("10.0.0.1")).toBe(false);
    expect(six.has("::ffff:10.0.0.1")).toBe(false);
    expect(createAddressSet(["0.0.0.0/0"]).has("::1")).toBe(false);
    expect(createAddressSet(["0.0.0.0/0"]).has("255.255.255.255")).toBe(true);
  });

  test("a peer's zone is left out", () => {
    expect(createAddressSet(["fe80::/10"]).has("fe80::1%eth0")).toBe(true);
  });

  test("answers stay right when more addresses come than are remembered", () => {
    const set = createAddressSet(["10.0.0.0/9"]);
    for (let round = 0; round < 2; round++) {
      for (let index = 0; index < 2000; index++) {
        const high = index % 256;
        expect(set.has(`10.${high}.${index >> 8}.1`)).toBe(high < 128);
      }
    }
  });

  test("agrees with net.BlockList on random networks and addresses", () => {
    const byte = fc.constantFrom(0, 1, 127, 128, 255);
    const four = fc.array(byte, { minLength: 4, maxLength: 4 }).map((bytes) => bytes.join("."));
    const six = fc
      .array(fc.constantFrom(0, 1, 0x7fff, 0x8000, 0xffff), { minLength: 7, maxLength: 7 })
      .map((words) => [0x2001, ...words].map((word) => word.toString(16)).join(":"));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(four, fc.integer({ min: 0, max: 32 })), { maxLength: 6 }),
        fc.array(fc.tuple(six, fc.integer({ min: 1, max: 128 })), { maxLength: 6 }),
        fc.array(fc.oneof(four, six), { maxLength: 20 }),
        (fours, sixes, addresses) => {
          // One per family: a BlockList takes IPv4 addresses for members of "::/1".
          const fourList = new BlockList();
          const sixList = new BlockList();
          for (const [address, prefix] of fours) fourList.addSubnet(address, prefix, "ipv4");
          for (const [address, prefix] of sixes) sixList.addSubnet(address, prefix, "ipv6");
          const set = createAddressSet([...fours, ...sixes].map(([address, prefix]) => `${address}/${prefix}`));
          for (const address of addresses) {
            expect([address, set.has(address)]).toEqual([
              address,
              address.includes(":") ? sixList.check(address, "ipv6") : fourList.check(address, "ipv4"),
            ]);
          }
        },
      ),
      { numRuns: 300, seed: 3 },
    );
  });
});
