import { describe, expect, test } from "bun:test";
import { evaluatePreconditions } from "./conditional.ts";
import type { Validators } from "./validators.ts";

const MODIFIED = Date.UTC(2026, 0, 2, 3, 4, 5);
const NOW = MODIFIED + 60_000;
const SAME = "Fri, 02 Jan 2026 03:04:05 GMT";
const BEFORE = "Fri, 02 Jan 2026 03:04:04 GMT";
const AFTER = "Fri, 02 Jan 2026 03:04:06 GMT";
const STRONG: Validators = { etag: '"a"', lastModified: MODIFIED, strong: true };
const WEAK: Validators = { etag: 'W/"a"', lastModified: MODIFIED, strong: false };

function evaluate(fields: Record<string, string>, validators = STRONG): string {
  return evaluatePreconditions((name) => fields[name], validators, NOW);
}

describe("If-Match", () => {
  test.each([
    ['"a"', "proceed"],
    ['"b", "a"', "proceed"],
    ["*", "proceed"],
    ['"b"', "failed"],
    ['W/"a"', "failed"],
    ["a", "failed"],
    ["", "failed"],
  ])("%p", (value, expected) => {
    expect(evaluate({ "if-match": value })).toBe(expected);
  });

  test("a weak tag never matches, * does", () => {
    expect(evaluate({ "if-match": 'W/"a"' }, WEAK)).toBe("failed");
    expect(evaluate({ "if-match": "*" }, WEAK)).toBe("proceed");
  });

  test("makes If-Unmodified-Since void, and goes before If-None-Match", () => {
    expect(evaluate({ "if-match": '"a"', "if-unmodified-since": BEFORE })).toBe("proceed");
    expect(evaluate({ "if-match": '"b"', "if-none-match": '"a"' })).toBe("failed");
    expect(evaluate({ "if-match": '"a"', "if-none-match": '"a"' })).toBe("not-modified");
  });
});

test.each([
  [BEFORE, "failed"],
  [SAME, "proceed"],
  [AFTER, "proceed"],
  ["nonsense", "proceed"],
])("If-Unmodified-Since %p: %p", (value, expected) => {
  expect(evaluate({ "if-unmodified-since": value })).toBe(expected);
});

describe("If-None-Match", () => {
  test.each([
    ['"a"', "not-modified"],
    ['W/"a"', "not-modified"],
    ['"b" ,\t"a"', "not-modified"],
    ['"b",,, W/"a"', "not-modified"],
    ['"x,y", "a"', "not-modified"],
    ["*", "not-modified"],
    ['"b"', "proceed"],
    ['"b" "a"', "proceed"],
    ["a", "proceed"],
    ['"a', "proceed"],
  ])("%p", (value, expected) => {
    expect(evaluate({ "if-none-match": value })).toBe(expected);
    expect(evaluate({ "if-none-match": value }, WEAK)).toBe(expected);
  });

  test("makes If-Modified-Since void", () => {
    expect(evaluate({ "if-none-match": '"b"', "if-modified-since": AFTER })).toBe("proceed");
  });
});

test.each([
  [BEFORE, "proceed"],
  [SAME, "not-modified"],
  [AFTER, "not-modified"],
  ["nonsense", "proceed"],
])("If-Modified-Since %p: %p", (value, expected) => {
  expect(evaluate({ "if-modified-since": value })).toBe(expected);
});

describe("If-Range", () => {
  test.each([
    ['"a"', STRONG, "proceed"],
    ['"b"', STRONG, "proceed-whole"],
    ['W/"a"', STRONG, "proceed-whole"],
    ['W/"a"', WEAK, "proceed-whole"],
    [SAME, STRONG, "proceed"],
    [SAME, WEAK, "proceed-whole"],
    [BEFORE, STRONG, "proceed-whole"],
    [AFTER, STRONG, "proceed-whole"],
    ["nonsense", STRONG, "proceed-whole"],
  ])("%p of %p", (value, validators, expected) => {
    expect(evaluate({ "if-range": value }, validators)).toBe(expected);
  });
});
