import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { seedOf, WeightedTurn } from "./weighted-turn.ts";

function make(...weights: readonly number[]): WeightedTurn {
  return new WeightedTurn(
    weights,
    weights.map((_, index) => seedOf(`member ${index}`)),
  );
}

function run(turn: WeightedTurn, count: number): number[] {
  return Array.from({ length: count }, () => turn.next());
}

const weights = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 8 });

describe("WeightedTurn", () => {
  test("spreads evenly", () => {
    expect(run(make(5, 1, 1), 7)).toEqual([0, 0, 1, 0, 2, 0, 0]);
    expect(run(make(1, 1, 1), 6)).toEqual([0, 1, 2, 0, 1, 2]);
    expect(run(make(0, 3), 4)).toEqual([1, 1, 1, 1]);
    expect(run(make(0, 0), 4)).toEqual([0, 1, 0, 1]);
    expect(run(make(7), 2)).toEqual([0, 0]);
  });

  test("every run as long as the sum has exactly the shares, wherever it begins", () => {
    fc.assert(
      fc.property(weights, fc.nat({ max: 50 }), (list, skipped) => {
        fc.pre(list.some((weight) => weight > 0));
        const turn = make(...list);
        run(turn, skipped);
        const sum = list.reduce((total, weight) => total + weight, 0);
        const picks = run(turn, sum);
        expect(list.map((_, index) => picks.filter((pick) => pick === index).length)).toEqual(list);
      }),
    );
  });

  test("at no time is anyone more than one pick per member away from its share", () => {
    fc.assert(
      fc.property(weights, (list) => {
        fc.pre(list.some((weight) => weight > 0));
        const turn = make(...list);
        const sum = list.reduce((total, weight) => total + weight, 0);
        const counts = list.map(() => 0);
        for (let picked = 1; picked <= 2 * sum; picked++) {
          const index = turn.next();
          counts[index] = counts[index]! + 1;
          for (const [at, weight] of list.entries()) {
            expect(Math.abs(counts[at]! - (picked * weight) / sum)).toBeLessThan(list.length);
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  test("to peek moves nothing", () => {
    const turn = make(3, 2);
    for (const pick of run(make(3, 2), 10)) {
      expect([turn.peek(), turn.peek(), turn.next()]).toEqual([pick, pick, pick]);
    }
  });

  test("by hash: shares by weight, and only who loses its pick moves", () => {
    const all = make(1, 2, 0, 5);
    const without = new WeightedTurn([1, 2], [seedOf("member 0"), seedOf("member 1")]);
    const counts = [0, 0, 0, 0];
    const total = 40_000;
    for (let hash = 0; hash < total; hash++) {
      const pick = all.byHash(seedOf(`network ${hash}`));
      counts[pick] = counts[pick]! + 1;
      if (pick < 2) expect(without.byHash(seedOf(`network ${hash}`))).toBe(pick);
    }
    expect(counts[2]).toBe(0);
    for (const [index, share] of [1 / 8, 2 / 8, 0, 5 / 8].entries()) {
      // Five standard deviations.
      expect(Math.abs(counts[index]! / total - share)).toBeLessThan(0.0125);
    }
  });
});
