import { expect, test } from "bun:test";
import { count, faultSentence, formatAge, formatBytes, formatLimit, formatMs, ordinal, percent } from "./words.ts";

test("formatMs keeps about three digits", () => {
  expect(
    [0, 0.0004, 0.042, 0.9994, 0.9996, 3.251, 9.996, 42.04, 99.96, 317.4, 999.6, 1234, 99_940, 99_960, -2].map(
      formatMs,
    ),
  ).toEqual([
    "0 µs",
    "0 µs",
    "42 µs",
    "999 µs",
    "1.00 ms",
    "3.25 ms",
    "10.0 ms",
    "42.0 ms",
    "100 ms",
    "317 ms",
    "1.00 s",
    "1.23 s",
    "99.94 s",
    "100 s",
    "-2.00 ms",
  ]);
});

test("formatLimit writes round numbers roundly", () => {
  expect([250, 1000, 1500, 60_000, 1234].map(formatLimit)).toEqual(["250 ms", "1 s", "1.5 s", "60 s", "1234 ms"]);
});

test("formatBytes uses powers of 1024", () => {
  expect(
    [0, 1, 1023, 1024, 1290, 10_240, 1024 ** 2 - 1, 1024 ** 2, 5 * 1024 ** 3, 3 * 1024 ** 5].map(formatBytes),
  ).toEqual(["0 bytes", "1 byte", "1023 bytes", "1.0 KB", "1.3 KB", "10 KB", "1.0 MB", "1.0 MB", "5.0 GB", "3072 TB"]);
});

test("count and ordinal", () => {
  expect([count(0, "route"), count(1, "route"), count(2, "retry", "retries")]).toEqual([
    "0 routes",
    "1 route",
    "2 retries",
  ]);
  expect([1, 2, 3, 4, 11, 12, 13, 21, 102, 111].map(ordinal)).toEqual([
    "1st",
    "2nd",
    "3rd",
    "4th",
    "11th",
    "12th",
    "13th",
    "21st",
    "102nd",
    "111th",
  ]);
});

test("percent says 100 only for the whole", () => {
  expect([percent(1, 1), percent(999, 1000), percent(1, 3), percent(1, 0), percent(0, 5)]).toEqual([100, 99, 33, 0, 0]);
});

test("faultSentence keeps one full stop", () => {
  expect(faultSentence("It broke.", "")).toBe("It broke.");
  expect(faultSentence("It broke.", "ECONNREFUSED")).toBe("It broke (ECONNREFUSED).");
});

test("formatAge takes the one unit that a person needs", () => {
  expect([-5, 400, 42_000, 119_000, 300_000, 7_300_000, 200_000_000].map(formatAge)).toEqual([
    "0 s",
    "0 s",
    "42 s",
    "119 s",
    "5 min",
    "2 h",
    "2 d",
  ]);
});
