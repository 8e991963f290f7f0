import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { algorithmNumber } from "./algorithm.ts";
import { base32HexDecode, base32HexEncode } from "./base32hex.ts";
import { certificateTypeNumber } from "./certificate-type.ts";
import { RecordType, typeName, typeNumber } from "./record-type.ts";
import { readTypeBitmap, writeTypeBitmap } from "./type-bitmap.ts";

describe("base32hex", () => {
  test.each([
    ["", ""],
    ["f", "co"],
    ["fo", "cpng"],
    ["foo", "cpnmu"],
    ["foob", "cpnmuog"],
    ["fooba", "cpnmuoj1"],
    ["foobar", "cpnmuoj1e8"],
  ])("RFC 4648 §10: %s", (text, encoded) => {
    expect(base32HexEncode(Buffer.from(text))).toBe(encoded);
    expect(base32HexDecode(encoded.toUpperCase())).toEqual(new Uint8Array(Buffer.from(text)));
  });

  test("bytes and back", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(base32HexDecode(base32HexEncode(bytes))).toEqual(bytes);
      }),
    );
  });

  test.each(["w", "c", "cp!", "cpn", "cp"])("%s is none", (text) => {
    expect(base32HexDecode(text)).toBeNull();
  });
});

describe("type bitmaps", () => {
  test("types and back, in order and each once", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 30 }), (types) => {
        const into = new Uint8Array(10_000);
        const end = writeTypeBitmap(types, into, 3);
        expect(readTypeBitmap(into, 3, end)).toEqual([...new Set(types)].toSorted((a, b) => a - b));
      }),
    );
  });

  test.each([
    ["no length", [0]],
    ["an empty window", [0, 0]],
    ["a window that is too long", [0, 33, ...Array.from({ length: 33 }, () => 1)]],
    ["a window that is cut off", [0, 4, 1, 1]],
    ["windows out of order", [1, 1, 1, 0, 1, 1]],
    ["a window twice", [0, 1, 1, 0, 1, 1]],
    ["a trailing zero", [0, 2, 1, 0]],
  ])("%s is none", (_what, bytes) => {
    expect(readTypeBitmap(Uint8Array.from(bytes), 0, bytes.length)).toBeNull();
  });
});

test("mnemonics in either case, and numbers (RFC 3597 §5)", () => {
  expect([typeNumber("aaaa"), typeNumber("TYPE28"), typeNumber("type0")]).toEqual([28, 28, 0]);
  expect([typeNumber("TYPE65536"), typeNumber("TYPE"), typeNumber("TYPE1x"), typeNumber("")]).toEqual(
    Array.from({ length: 4 }, () => undefined),
  );
  expect([typeName(RecordType.HTTPS), typeName(65_280)]).toEqual(["HTTPS", "TYPE65280"]);
  expect([algorithmNumber("ed25519"), algorithmNumber("13"), algorithmNumber("256"), algorithmNumber("x")]).toEqual([
    15, 13, -1, -1,
  ]);
  expect([certificateTypeNumber("pgp"), certificateTypeNumber("65535"), certificateTypeNumber("65536")]).toEqual([
    3, 65_535, -1,
  ]);
});
