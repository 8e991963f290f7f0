import { expect, test } from "bun:test";
import fc from "fast-check";
import { httpDate, parseHttpDate } from "./http-date.ts";

const NOW = Date.UTC(2026, 10, 20);
const EXAMPLE = Date.UTC(1994, 10, 6, 8, 49, 37);

test.each(["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"])(
  "%s",
  (text) => {
    expect(parseHttpDate(text, NOW)).toBe(EXAMPLE);
  },
);

test("what is written is read again", () => {
  const seconds = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) / 1000 });
  fc.assert(fc.property(seconds, (time) => parseHttpDate(httpDate(time * 1000 + 999), NOW) === time * 1000));
});

test("a two-digit year is at most 50 years ahead", () => {
  expect(parseHttpDate("Friday, 20-Nov-76 00:00:00 GMT", NOW)).toBe(Date.UTC(2076, 10, 20));
  expect(parseHttpDate("Friday, 20-Nov-77 00:00:00 GMT", NOW)).toBe(Date.UTC(1977, 10, 20));
});

test.each([
  "",
  "0",
  "Sun, 06 Nov 1994 08:49:37",
  "Sun, 06 Nov 1994 08:49:37 UTC",
  "Sun, 6 Nov 1994 08:49:37 GMT",
  "Sun, 06 nov 1994 08:49:37 GMT",
  "Sun, 31 Feb 1994 08:49:37 GMT",
  "Sun, 06 Nov 1994 24:00:00 GMT",
  "2026-01-01T00:00:00Z",
])("%p is not a date", (text) => {
  expect(parseHttpDate(text, NOW)).toBeNull();
});
