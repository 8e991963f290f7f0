import { expect, test } from "bun:test";
import { compareHostPatterns, parseHostPattern } from "./host-pattern.ts";

test.each([
  ["shop.test", "exact", "shop.test", 2],
  ["Shop.TEST.", "exact", "shop.test", 2],
  ["*.Shop.test", "wildcard", "*.shop.test", 2],
  ["*.test", "wildcard", "*.test", 1],
  ["localhost", "exact", "localhost", 1],
  ["127.0.0.1", "exact", "127.0.0.1", 4],
  ["[::1]", "exact", "[::1]", 1],
  ["a_b.xn--bcher-kva.test", "exact", "a_b.xn--bcher-kva.test", 3],
] as const)("reads %p", (pattern, kind, text, labels) => {
  expect(parseHostPattern(pattern)).toMatchObject({ kind, text, labels });
  expect(parseHostPattern(text)).toEqual(parseHostPattern(pattern));
});

test.each([
  "",
  ".",
  "*",
  "*.",
  "*.*.test",
  "a.*.test",
  "*a.test",
  "a..test",
  ".test",
  "a.test:80",
  "a.test/",
  "::1",
  "*.[::1]",
  "[::1]:80",
  "bücher.test",
  "a b",
])("refuses %p by name", (pattern) => {
  expect(() => parseHostPattern(pattern)).toThrow(RangeError);
  expect(() => parseHostPattern(pattern)).toThrow(`"${pattern}"`);
});

test("compareHostPatterns: an order", () => {
  const ordered = ["a.a.test", "z.test", "*.a.a.test", "*.a.test", "*.b.test", "*.test"].map(parseHostPattern);
  expect(ordered.toReversed().toSorted(compareHostPatterns)).toEqual(ordered);
});
