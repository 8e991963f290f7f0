import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { isLater, nextSerial } from "./serial.ts";

const anySerial = fc.integer({ min: 0, max: 2 ** 32 - 1 });

describe("RFC 1982", () => {
  test.each([
    [1, 0, true],
    [0, 1, false],
    [0, 0, false],
    [0, 2 ** 32 - 1, true],
    [2 ** 31 - 1, 0, true],
    [2 ** 31, 0, false],
    [0, 2 ** 31, false],
    [100, 2 ** 32 - 100, true],
  ])("%i after %i: %p", (a, b, expected) => {
    expect(isLater(a, b)).toBe(expected);
  });
});

test("the next serial is later than the one before, whatever the clock says", () => {
  fc.assert(
    fc.property(anySerial, fc.integer({ min: 0, max: 2 ** 40 }), (before, seconds) => {
      const next = nextSerial(before, seconds);
      expect(isLater(next, before)).toBe(true);
      expect(next).toBeLessThan(2 ** 32);
    }),
  );
  expect(nextSerial(null, 1_700_000_000.9)).toBe(1_700_000_000);
  expect(nextSerial(5, 1_700_000_000)).toBe(1_700_000_000);
  expect(nextSerial(2_026_112_001, 1_700_000_000)).toBe(2_026_112_002);
  expect(nextSerial(2 ** 32 - 1, 2 ** 31)).toBe(0);
});
