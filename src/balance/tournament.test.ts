import { expect, test } from "bun:test";
import fc from "fast-check";
import { Tournament } from "./tournament.ts";

function naive(
  loads: readonly number[],
  turns: readonly number[],
  skipped: readonly number[],
): [number, number] | null {
  let best: [number, number] | null = null;
  for (const [slot, load] of loads.entries()) {
    if (skipped.includes(slot)) continue;
    const turn = turns[slot]!;
    if (best === null || load < best[0] || (load === best[0] && turn < best[1])) best = [load, turn];
  }
  return best;
}

const load = fc.constantFrom(-Infinity, 0, 1, 2, 3, Infinity);
const turn = fc.integer({ min: 0, max: 5 });

test("property: the first is the least, whatever changes and is skipped, with few slots and many", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(load, turn), { maxLength: 40 }),
      fc.array(fc.tuple(fc.nat(39), load, turn), { maxLength: 60 }),
      fc.array(fc.nat(39), { maxLength: 6 }),
      (start, changes, skipped) => {
        const loads = start.map(([one]) => one);
        const turns = start.map(([, one]) => one);
        const tournament = new Tournament();
        tournament.build(Float64Array.from(loads), Float64Array.from(turns));
        const check = (): void => {
          const key = (slot: number): [number, number] | null =>
            slot < 0 ? null : [tournament.load(slot), tournament.turn(slot)];
          expect(key(tournament.first())).toEqual(naive(loads, turns, []));
          const but = tournament.firstBut((slot) => skipped.includes(slot));
          expect(skipped.includes(but)).toBe(false);
          expect(key(but)).toEqual(naive(loads, turns, skipped));
        };
        check();
        for (const [slot, newLoad, newTurn] of changes) {
          if (slot >= loads.length) continue;
          loads[slot] = newLoad;
          turns[slot] = newTurn;
          tournament.set(slot, newLoad, newTurn);
          check();
        }
      },
    ),
    { numRuns: 200, seed: 7 },
  );
});
