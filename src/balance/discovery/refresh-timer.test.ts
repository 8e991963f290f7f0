import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { RefreshTimer } from "./refresh-timer.ts";

const bounds = { minimum: 1000, maximum: 300_000 };

/** The first time, in steps of a tick, at which it is due. */
function dueAfter(timer: RefreshTimer, from: number): number {
  let now = from;
  while (!timer.isDue(now)) now += 100;
  return now - from;
}

describe("when a name is asked for again", () => {
  test("at once at first, then when the TTL is over", () => {
    const timer = new RefreshTimer(bounds, () => 0);
    expect(timer.isDue(0)).toBe(true);
    timer.answered(5000, 30);
    expect(timer.isDue(34_999)).toBe(false);
    expect(timer.isDue(35_000)).toBe(true);
  });

  test("the TTL is held within the bounds", () => {
    const timer = new RefreshTimer(bounds, () => 0);
    timer.answered(0, 0);
    expect(dueAfter(timer, 0)).toBe(1000);
    timer.answered(0, 86_400);
    expect(dueAfter(timer, 0)).toBe(300_000);
    timer.answered(0, Infinity);
    expect(dueAfter(timer, 0)).toBe(300_000);
  });

  test("failures back off from minimum to maximum; an answer forgets them", () => {
    const timer = new RefreshTimer(bounds, () => 1);
    const waits: number[] = [];
    for (let failure = 0; failure < 11; failure++) {
      timer.failed(0);
      waits.push(dueAfter(timer, 0));
    }
    expect(waits).toEqual([2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000, 300_000]);
    timer.answered(0, 5);
    timer.failed(0);
    expect(dueAfter(timer, 0)).toBe(2000);
  });

  test("the back-off is spread over its second half, and never leaves the bounds", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 10_000 }),
        fc.integer({ min: 0, max: 600_000 }),
        fc.integer({ min: 1, max: 80 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (minimum, more, failures, dice) => {
          const timer = new RefreshTimer({ minimum, maximum: minimum + more }, () => dice);
          for (let failure = 0; failure < failures; failure++) timer.failed(0);
          expect(timer.isDue(minimum - 1)).toBe(false);
          expect(timer.isDue(minimum + more)).toBe(true);
        },
      ),
    );
    const low = new RefreshTimer(bounds, () => 0);
    low.failed(0);
    low.failed(0);
    expect(dueAfter(low, 0)).toBe(2000);
  });

  test("an answer in part is asked again soon, and not later than its TTL", () => {
    const timer = new RefreshTimer(bounds, () => 1);
    timer.answeredInPart(0, 60);
    expect(dueAfter(timer, 0)).toBe(2000);
    for (let time = 0; time < 10; time++) timer.answeredInPart(0, 60);
    expect(dueAfter(timer, 0)).toBe(60_000);
  });

  test("a minimum of nothing does not ask in every turn", () => {
    const timer = new RefreshTimer({ minimum: 0, maximum: 0 }, () => 0);
    timer.answered(0, 0);
    expect(timer.isDue(99)).toBe(false);
    expect(timer.isDue(100)).toBe(true);
  });
});
