import { describe, expect, test } from "bun:test";
import { atOnce, inSlices, type Slices } from "./slices.ts";

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
    await Promise.all([work("a"), work("b"), work("c")]);
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
