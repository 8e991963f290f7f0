import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { formatDuration, formatSize, parseDuration, parseSize } from "./units.ts";

describe("durations", () => {
  test.each([
    [0, 0],
    ["0", 0],
    ["250ms", 250],
    ["10s", 10_000],
    ["10 s", 10_000],
    ["1.5m", 90_000],
    ["1h", 3_600_000],
    ["1.5d", 129_600_000],
    ["0s", 0],
  ])("%p is %p ms", (written, milliseconds) => {
    expect(parseDuration(written)).toBe(milliseconds);
  });

  test.each([30, 1500, -1, 1.5, Number.NaN, Infinity, "", "10", "10x", "s", "-1s", "1h30m", "10S", " 10s", "1e3s"])(
    "%p is none",
    (written) => {
      expect(parseDuration(written)).toBeNull();
    },
  );

  test("what is formatted is read back", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e10 }), (milliseconds) => {
        expect(parseDuration(formatDuration(milliseconds))).toBe(milliseconds);
      }),
    );
  });
});

describe("sizes", () => {
  test.each([
    [0, 0],
    ["0", 0],
    ["10B", 10],
    ["64KB", 65_536],
    ["64kb", 65_536],
    ["64KiB", 65_536],
    ["64k", 65_536],
    ["1.5 MB", 1_572_864],
    ["1GB", 2 ** 30],
    ["2TB", 2 ** 41],
  ])("%p is %p bytes", (written, bytes) => {
    expect(parseSize(written)).toBe(bytes);
  });

  test.each([4096, -1, 0.5, "", "10", "KB", "10XB", "10KBs", "1,5MB"])("%p is none", (written) => {
    expect(parseSize(written)).toBeNull();
  });

  test("what is formatted is read back", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 45 }), (bytes) => {
        expect(parseSize(formatSize(bytes))).toBe(bytes);
      }),
    );
    expect([formatSize(0), formatSize(8192), formatSize(Infinity)]).toEqual(["0", "8KB", "no limit"]);
  });
});
