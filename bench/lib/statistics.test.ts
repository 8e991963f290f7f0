import { describe, expect, test } from "bun:test";
import { median, pairedDifference, pairedMinimum, pairedRatio } from "./statistics.ts";

describe("statistics", () => {
  test("the median is the middle value, or the mean of the two in the middle", () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBeNaN();
  });

  test("a paired ratio is not moved by drift that meets both", () => {
    expect(pairedRatio([1, 10, 100], [2, 20, 200])).toBe(0.5);
  });

  test("pairs without a partner are left out", () => {
    expect(pairedDifference([5, 6, 1000], [1, 2])).toBe(4);
    expect(pairedMinimum([5, 1], [2, 3])).toEqual([2, 1]);
  });
});
