import { describe, expect, test } from "bun:test";
import { isPrime, nearestPrime } from "./prime.ts";

describe("primes", () => {
  test("up to 100", () => {
    const found = Array.from({ length: 101 }, (_, number) => number).filter(isPrime);
    expect(found).toEqual([
      2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
    ]);
  });

  test.each([
    [0, 2],
    [1, 2],
    [2, 2],
    [9, 11],
    [24, 23],
    [65_536, 65_537],
    [5_000_000, 4_999_999],
  ])("nearest to %d is %d", (number, nearest) => {
    expect(nearestPrime(number)).toBe(nearest);
  });
});
