import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseNetwork } from "../../bytes/address-set.ts";
import { MmdbError, type MmdbValue } from "./mmdb-decoder.ts";
import { MmdbReader, NO_RECORD } from "./mmdb-reader.ts";
import { type MmdbOptions, writeMmdb, type Written } from "./mmdb-writer-for-tests.ts";

function look(reader: MmdbReader, address: string): { value: MmdbValue | null; depth: number } {
  const { bytes } = parseNetwork(address);
  const record = reader.find(bytes, bytes.length);
  return { value: record === NO_RECORD ? null : reader.decode(record), depth: reader.depth };
}

/** Maps as objects, for `toEqual`. */
function plain(value: MmdbValue): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, part]) => [key, plain(part)]));
  return Array.isArray(value) ? (value as MmdbValue[]).map(plain) : value;
}

const LAYOUTS: MmdbOptions[] = ([24, 28, 32] as const).flatMap((recordSize) =>
  ([4, 6] as const).map((ipVersion) => ({ recordSize, ipVersion })),
);

describe("MmdbReader", () => {
  test.each(LAYOUTS)("finds networks with the bits that decided: %o", (layout) => {
    const reader = new MmdbReader(
      writeMmdb({ "10.0.0.0/8": "ten", "10.1.0.0/16": "one", "192.0.2.1/32": "host" }, layout),
    );
    expect(look(reader, "10.2.0.1")).toEqual({ value: "ten", depth: 15 });
    expect(look(reader, "10.1.255.255")).toEqual({ value: "one", depth: 16 });
    expect(look(reader, "192.0.2.1")).toEqual({ value: "host", depth: 32 });
    expect(look(reader, "192.0.2.0")).toEqual({ value: null, depth: 32 });
    expect(look(reader, "11.0.0.0")).toEqual({ value: null, depth: 8 });
    expect(look(reader, "2001:db8::1").value).toBeNull();
  });

  test("IPv6 networks, beside IPv4 ones", () => {
    const reader = new MmdbReader(
      writeMmdb({ "198.51.100.0/24": "v4", "2001:db8::/32": "doc", "2001:db8:ff00::/40": "ff" }),
    );
    expect(look(reader, "2001:db8::1")).toEqual({ value: "doc", depth: 33 });
    expect(look(reader, "2001:db8:ff12::")).toEqual({ value: "ff", depth: 40 });
    expect(look(reader, "198.51.100.7")).toEqual({ value: "v4", depth: 24 });
    expect(look(reader, "2001:db9::")).toEqual({ value: null, depth: 32 });
  });

  test("every type and size of value", () => {
    const value: Written = {
      text: "München",
      long: "x".repeat(300),
      longer: "y".repeat(70_000),
      zero: 0,
      small: 65_535,
      large: 4_294_967_295,
      negative: -5,
      double: 50.116,
      huge: 18_446_744_073_709_551_615n,
      enormous: 1n << 120n,
      yes: true,
      no: false,
      bytes: Uint8Array.of(1, 2, 3),
      list: ["a", ["b"], []],
      nested: { text: "München", names: { de: "x".repeat(300) } },
    };
    for (const pointers of [true, false]) {
      const reader = new MmdbReader(writeMmdb({ "10.0.0.0/8": value }, { pointers }));
      expect(plain(look(reader, "10.0.0.1").value!)).toEqual(value);
    }
  });

  test("a file and its tree as a naive search sees them", () => {
    const network = fc
      .tuple(fc.ipV4(), fc.integer({ min: 1, max: 32 }))
      .map(([address, prefix]) => `${address}/${prefix}`);
    fc.assert(
      fc.property(
        fc.uniqueArray(network, { maxLength: 20 }),
        fc.constantFrom(...LAYOUTS),
        fc.ipV4(),
        (list, layout, address) => {
          const longestLast = list.toSorted((a, b) => parseNetwork(a).prefix - parseNetwork(b).prefix);
          const reader = new MmdbReader(writeMmdb(Object.fromEntries(longestLast.map((text) => [text, text])), layout));
          const asked = [address, ...list.map((text) => text.split("/")[0]!)];
          for (const text of asked) {
            const holding = longestLast.filter((one) => holds(one, text));
            const found = look(reader, text).value;
            // Two texts can be of the same network: the later one replaced the earlier.
            expect(found === null ? 0 : parseNetwork(found as string).prefix).toBe(
              holding.length === 0 ? 0 : parseNetwork(holding.at(-1)!).prefix,
            );
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test("what is no such file is refused", () => {
    const good = { "10.0.0.0/8": "x" };
    const bad: Array<readonly [Uint8Array, string]> = [
      [new Uint8Array(0), "metadata marker"],
      [Buffer.from("hello"), "metadata marker"],
      [writeMmdb(good, { metadata: { binary_format_major_version: 3 } }), "version 3"],
      [writeMmdb(good, { metadata: { record_size: 20 } }), "20 bits"],
      [writeMmdb(good, { metadata: { ip_version: 5 } }), "IP version is 5"],
      [writeMmdb(good, { metadata: { node_count: 1_000_000 } }), "longer than the file"],
      [writeMmdb(good, { metadata: { node_count: "many" } }), "no node_count"],
    ];
    for (const [bytes, message] of bad) expect(() => new MmdbReader(bytes)).toThrow(message);
  });

  test("values that do not end, nest too deep or go in circles are errors, and bounded", () => {
    const start = writeMmdb({ "10.0.0.0/8": "x" });
    const at = Buffer.from(start).indexOf(Buffer.from([0x41, 0x78]));
    const withValue = (...value: number[]): MmdbReader => {
      const rest = start.slice(at + 2);
      return new MmdbReader(Buffer.concat([start.subarray(0, at), Uint8Array.from(value), rest]));
    };
    expect(look(withValue(0x41, 0x79), "10.0.0.1").value).toBe("y");
    const bad: Array<readonly [number[], string]> = [
      [[0x5f, 0xff, 0xff, 0xff], "does not end"],
      [[0xff, 0xff, 0xff, 0xff], "does not end"],
      [[0x20, 0x00], "pointed to by another"],
      // A map whose value is a pointer to the map.
      [[0xe1, 0x41, 0x61, 0x20, 0x00], "nested deeper"],
      // An array of two pointers to itself: 2^n values without the bound.
      [[0x02, 0x04, 0x20, 0x00, 0x20, 0x00], "nested deeper"],
      [[0x20, 0xff], "does not end"],
      [[0xe1, 0xa1, 0x01, 0xa1, 0x01], "not a string"],
      [[0xa3, 1, 2, 3], "3 bytes"],
      [[0x67, 0, 0, 0, 0, 0, 0, 0], "7 bytes"],
      [[0x02, 0x07], "boolean"],
      [[0x00, 0x05], "not known"],
    ];
    for (const [value, message] of bad) {
      const reader = withValue(...value);
      expect(() => look(reader, "10.0.0.1")).toThrow(message);
    }
  });

  test("a record of too many values is an error", () => {
    const list = Array.from({ length: 100 }, () => Array.from({ length: 100 }, (_, index) => index));
    expect(() => look(new MmdbReader(writeMmdb({ "10.0.0.0/8": list })), "10.0.0.1")).toThrow("more than 8192 values");
    expect(look(new MmdbReader(writeMmdb({ "10.0.0.0/8": list.slice(0, 80) })), "10.0.0.1").value).toHaveLength(80);
  });

  test("no change of bytes makes it throw anything else, or go on for ever", () => {
    const file = writeMmdb(
      { "10.0.0.0/8": { a: "x", list: [1, 2.5, { b: "x" }] }, "10.1.0.0/16": { a: "y" }, "2001:db8::/32": 7 },
      { recordSize: 28 },
    );
    const change = fc.tuple(fc.nat({ max: file.length - 1 }), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = file.slice();
        for (const [at, byte] of changes) bytes[at] = byte;
        try {
          const reader = new MmdbReader(bytes);
          for (const address of ["10.0.0.1", "10.1.0.1", "2001:db8::1", "192.0.2.1"]) look(reader, address);
        } catch (error) {
          expect(error).toBeInstanceOf(MmdbError);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

function holds(network: string, address: string): boolean {
  const { bytes, prefix } = parseNetwork(network);
  const other = parseNetwork(address).bytes;
  const bit = (from: Uint8Array, index: number): number => (from[index >> 3]! >> (7 - (index & 7))) & 1;
  return Array.from({ length: prefix }, (_, index) => bit(bytes, index) === bit(other, index)).every(Boolean);
}
