import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { compareNames } from "./compare-names-for-tests.ts";
import {
  formatName,
  isAtOrBelow,
  labelOffsets,
  lowerName,
  MAX_NAME,
  nameLength,
  parseName,
  ROOT,
  sameName,
} from "./name.ts";
import { anyName } from "./arbitraries-for-tests.ts";

function name(text: string, origin?: Uint8Array): Uint8Array {
  const parsed = parseName(text, origin);
  if (typeof parsed === "string") throw new Error(`${text} ${parsed}`);
  return parsed;
}

function wire(...labels: readonly string[]): Uint8Array {
  return Buffer.concat([...labels.map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`)), ROOT]);
}

describe("presentation form", () => {
  test.each([
    [".", wire()],
    ["www.Example.COM.", wire("www", "Example", "COM")],
    [String.raw`a\.b.test.`, wire("a.b", "test")],
    [String.raw`a\046b.test.`, wire("a.b", "test")],
    [String.raw`\000\255.test.`, Uint8Array.of(2, 0, 255, 4, 0x74, 0x65, 0x73, 0x74, 0)],
    [String.raw`\@.test.`, wire("@", "test")],
    ["*.test.", wire("*", "test")],
    ["_dns._udp.test.", wire("_dns", "_udp", "test")],
  ])("%s", (text, expected) => {
    expect([...name(text)]).toEqual([...expected]);
  });

  test("a name without a final dot is completed by the origin", () => {
    const origin = name("example.test.");
    expect(formatName(name("www", origin))).toBe("www.example.test.");
    expect(formatName(name("@", origin))).toBe("example.test.");
    expect(formatName(name(String.raw`www\.`, origin))).toBe(String.raw`www\..example.test.`);
    expect(formatName(name("www"))).toBe("www.");
  });

  test.each([
    ["", "is empty"],
    ["..", "has an empty label"],
    [".test.", "has an empty label"],
    ["a..test.", "has an empty label"],
    [`${"a".repeat(64)}.test.`, "has a label of more than 63 bytes"],
    [String.raw`a\256.`, String.raw`has an escape that is neither \DDD (000 to 255) nor \ and a character`],
    [String.raw`a\25`, String.raw`has an escape that is neither \DDD (000 to 255) nor \ and a character`],
    ["a\\", String.raw`has an escape that is neither \DDD (000 to 255) nor \ and a character`],
    ["ex☃mple.", "has a character outside Latin-1: write internationalised names as xn--…"],
    [`${"a.".repeat(127)}b.`, "is longer than 255 bytes"],
  ])("%s is refused", (text, problem) => {
    expect(parseName(text)).toBe(problem);
  });

  test("the longest names there are", () => {
    expect(name("a.".repeat(127))).toHaveLength(MAX_NAME);
    const long = `${`${"a".repeat(63)}.`.repeat(3)}${"b".repeat(61)}.`;
    expect(name(long)).toHaveLength(MAX_NAME);
    expect(parseName(`${`${"a".repeat(63)}.`.repeat(3)}${"b".repeat(62)}.`)).toBe("is longer than 255 bytes");
    expect(parseName("b", name("a.".repeat(127)))).toBe("is longer than 255 bytes");
  });

  test("every name survives its presentation form", () => {
    fc.assert(
      fc.property(anyName, (bytes) => {
        expect([...name(formatName(bytes))]).toEqual([...bytes]);
      }),
    );
  });
});

describe("comparison", () => {
  test("canonical order: the example of RFC 4034 §6.1", () => {
    const sorted = [
      "example.",
      "a.example.",
      "yljkjljk.a.example.",
      "Z.a.example.",
      "zABC.a.EXAMPLE.",
      "z.example.",
      String.raw`\001.z.example.`,
      "*.z.example.",
      String.raw`\200.z.example.`,
    ];
    const shuffled = [4, 0, 8, 2, 6, 1, 7, 3, 5].map((index) => name(sorted[index]!));
    expect(shuffled.toSorted(compareNames).map((one) => formatName(one))).toEqual(sorted);
    expect(compareNames(name("Z.a.example."), name("z.A.EXAMPLE."))).toBe(0);
  });

  test("letters are the same in either case, other bytes are not", () => {
    expect(sameName(name("WWW.Test."), name("www.tEST."))).toBe(true);
    expect(sameName(name("[.test."), name("{.test."))).toBe(false);
    expect(sameName(name(String.raw`a\.b.test.`), name("a.b.test."))).toBe(false);
    expect(formatName(lowerName(name("WWW.TeSt.")))).toBe("www.test.");
  });

  test("below means by whole labels", () => {
    const apex = name("example.test.");
    expect(isAtOrBelow(name("Example.test."), apex)).toBe(true);
    expect(isAtOrBelow(name("a.b.example.TEST."), apex)).toBe(true);
    expect(isAtOrBelow(name("anexample.test."), apex)).toBe(false);
    expect(isAtOrBelow(name("test."), apex)).toBe(false);
    expect(isAtOrBelow(apex, ROOT)).toBe(true);
    // The bytes of the apex at the end of a label are no label boundary.
    expect(isAtOrBelow(name(String.raw`x\007example\004test\000.other.`), apex)).toBe(false);
  });

  test("the order is the same both ways, and agrees with equality", () => {
    fc.assert(
      fc.property(anyName, anyName, (a, b) => {
        expect(Math.sign(compareNames(a, b))).toBe(0 - Math.sign(compareNames(b, a)));
        expect(compareNames(a, b) === 0).toBe(sameName(a, b));
      }),
    );
  });
});

test("lengths and labels", () => {
  const bytes = Buffer.concat([Buffer.from("xx"), name("www.example.test."), Buffer.from("yy")]);
  expect(nameLength(bytes, 2)).toBe(18);
  expect(labelOffsets(name("www.example.test."))).toEqual([0, 4, 12]);
  expect(labelOffsets(ROOT)).toEqual([]);
});
