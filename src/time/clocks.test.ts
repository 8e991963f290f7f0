import { expect, test } from "bun:test";
import type { EpochMilliseconds, Nanoseconds, WheelMilliseconds } from "../contract/time.ts";
import { inMilliseconds, inNanoseconds, wheelTime } from "./clocks.ts";

test("spans are the same in both units", () => {
  expect(inMilliseconds(1_500_000)).toBe(1.5);
  expect(inNanoseconds(1.5)).toBe(1_500_000);
  expect(wheelTime(2_000_000)).toBe(2);
});

test("the compiler tells the clocks apart, and takes plain numbers for any", () => {
  const monotonic: Nanoseconds = 1;
  const wheel: WheelMilliseconds = 2;
  const wall: EpochMilliseconds = 3;
  // @ts-expect-error A point of the wheel's clock is no point of the monotonic one …
  const first: Nanoseconds = wheel;
  // @ts-expect-error … nor of the wall's …
  const second: EpochMilliseconds = wheel;
  // @ts-expect-error … and none of the others is one of the wheel's.
  const third: WheelMilliseconds = wall;
  // @ts-expect-error Nor the other way.
  const fourth: EpochMilliseconds = monotonic;
  expect([first, second, third, fourth]).toEqual([2, 2, 3, 1]);
});
