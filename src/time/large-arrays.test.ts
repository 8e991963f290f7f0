import { expect, test } from "bun:test";
import { copied, filled, unset, zeroes } from "./large-arrays.ts";
import { atOnce } from "./slices.ts";

test("a copy has the first items and room for more", () => {
  const array = Uint32Array.from({ length: 100_000 }, (_, index) => index * 7);
  const copy = atOnce(copied(array, 99_999, 100_010));
  expect(copy).toHaveLength(100_010);
  expect(copy.subarray(0, 99_999)).toEqual(array.subarray(0, 99_999));
});

test("zeroes are zeroes, whatever lay there before", () => {
  for (const length of [0, 7, 16_385, 1_000_000]) {
    unset(Uint32Array, length).fill(7);
    const array = atOnce(zeroes(Uint32Array, length));
    expect(array).toHaveLength(length);
    expect(array.every((item) => item === 0)).toBe(true);
  }
});

test("an array is filled whole, its last piece too", () => {
  for (const length of [0, 7, 16_385, 1_000_000]) {
    const array = atOnce(filled(Int32Array, length, -1));
    expect(array).toHaveLength(length);
    expect(array.every((item) => item === -1)).toBe(true);
  }
});

test("a large array is made in pieces", () => {
  let pieces = 0;
  for (const work = zeroes(Int32Array, 1_000_000); work.next().done !== true;) pieces++;
  expect(pieces).toBeGreaterThan(50);
});
