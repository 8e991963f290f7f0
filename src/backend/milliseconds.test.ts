import { expect, test } from "bun:test";
import { toMilliseconds } from "./milliseconds.ts";

test.each([
  [250, 250],
  ["250ms", 250],
  ["1.5s", 1500],
  ["2m", 120_000],
  [0, 0],
])("%p is %p milliseconds", (written, milliseconds) => {
  expect(toMilliseconds(written, "timeout", 0)).toBe(milliseconds);
});

test.each(["", "1", "s", "1 s", "-1s", "1h", "61m", -1, Number.NaN, Infinity])("%p is refused by name", (written) => {
  expect(() => toMilliseconds(written, "checks.a.timeout", 0)).toThrow("checks.a.timeout must be milliseconds");
});

test("less than the least is refused", () => {
  expect(() => toMilliseconds(0, "timeout", 1)).toThrow("from 1 ms");
});
