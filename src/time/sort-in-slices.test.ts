import { expect, test } from "bun:test";
import fc from "fast-check";
import { atOnce } from "./slices.ts";
import { sortInSlices } from "./sort-in-slices.ts";

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

test("many numbers are sorted without a long step", () => {
  const items = Int32Array.from({ length: 20_001 }, (_, index) => (index * 7_919) % 20_011);
  let compared = 0;
  let most = 0;
  const work = sortInSlices(items, 1, items.length, (a, b) => {
    compared++;
    return a - b;
  });
  for (let before = 0; work.next().done !== true; before = compared) most = Math.max(most, compared - before);
  expect([...items.subarray(1)]).toEqual([...items.subarray(1)].toSorted((a, b) => a - b));
  expect(most).toBeLessThan(2_048);
});
