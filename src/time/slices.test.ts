import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { atOnce, copied, inSlices, nextTurn, type Slices, sortInSlices } from "./slices.ts";

/** Yields so often, and says when it goes on. */
function* steps(count: number, told: (step: number) => void): Slices<string> {
  for (let step = 0; step < count; step++) {
    told(step);
    yield;
  }
  return "done";
}

/** Takes the processor for so long, milliseconds. */
function spin(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end) {
    // Nothing but time.
  }
}

describe("long work", () => {
  test("is done in one go, or with turns of the event loop in between", async () => {
    const seen: number[] = [];
    expect(atOnce(steps(3, (step) => seen.push(step)))).toBe("done");
    expect(seen).toEqual([0, 1, 2]);
    let turns = 0;
    let working = true;
    const turn = (): void => {
      turns++;
      if (working) setImmediate(turn);
    };
    setImmediate(turn);
    expect(await inSlices(steps(20, () => spin(0.6)))).toBe("done");
    working = false;
    // A slice ends behind the step in which its millisecond is over: two of these.
    expect(turns).toBeGreaterThanOrEqual(9);
  });

  test("of several takes no more of a turn than one, and all come to their end", async () => {
    const order: string[] = [];
    const work = (name: string): Promise<string> =>
      inSlices(
        steps(4, () => {
          order.push(name);
          spin(1.1);
        }),
      );
    await Promise.all([work("a"), work("b"), work("c"), nextTurn()]);
    expect(order.join("")).toBe("abcabcabcabc");
  });

  test("that throws rejects, and leaves the other work alone", async () => {
    // eslint-disable-next-line require-yield
    const bad = function* (): Slices<never> {
      throw new RangeError("no");
    };
    const [failed, other] = await Promise.allSettled([inSlices(bad()), inSlices(steps(2, () => undefined))]);
    expect(failed).toMatchObject({ status: "rejected", reason: { message: "no" } });
    expect(other).toEqual({ status: "fulfilled", value: "done" });
  });
});

test("numbers are sorted stably, within the bounds that are given", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 999 }), { maxLength: 300 }),
      fc.nat(20),
      fc.nat(20),
      (all, from, rest) => {
        const to = Math.max(from, all.length - rest);
        if (to > all.length) return;
        const items = Int32Array.from(all);
        // By their tens alone, so that some are equal.
        const compare = (a: number, b: number): number => Math.trunc(a / 10) - Math.trunc(b / 10);
        atOnce(sortInSlices(items, from, to, compare));
        const wanted = [...all.slice(0, from), ...all.slice(from, to).toSorted(compare), ...all.slice(to)];
        expect([...items]).toEqual(wanted);
      },
    ),
  );
});

test("a copy has the first items and room for more", () => {
  const array = Uint32Array.from({ length: 100_000 }, (_, index) => index * 7);
  const copy = atOnce(copied(array, 99_999, 100_010));
  expect(copy).toHaveLength(100_010);
  expect(copy.subarray(0, 99_999)).toEqual(array.subarray(0, 99_999));
  expect(copy[99_999]).toBe(0);
});
