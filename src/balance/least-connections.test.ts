import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { TargetConsidered } from "../contract/trace-record.ts";
import { balancerOf, equalTargets, requestOf, targetsOf } from "./pool-for-tests.ts";

const FRESH = requestOf(0);

describe("least connections", () => {
  test("the least loaded for its weight, compared exactly, and its score is shown", () => {
    const targets = targetsOf(3, 2, 1);
    for (const [index, active] of [2, 1, 1].entries()) targets[index]!.active = active;
    const balancer = balancerOf("least-connections", targets);
    for (let index = 0; index < 3; index++) expect(balancer.pick(FRESH, 0, null)).toBe(targets[1]!);
    const notes: TargetConsidered[] = [];
    balancer.peek(FRESH, 0, notes);
    expect(notes.map(({ score }) => score)).toEqual([2 / 3, 1 / 2, 1]);
  });

  test("property: whatever has happened before, nobody who is free has less to do", () => {
    const weights = fc.array(fc.constantFrom(0.5, 1, 2, 3, 256), { minLength: 1, maxLength: 30 });
    const events = fc.array(fc.tuple(fc.nat(29), fc.integer({ min: 0, max: 5 }), fc.boolean()), { maxLength: 60 });
    fc.assert(
      fc.property(weights, events, (weights, events) => {
        const targets = targetsOf(...weights);
        for (const target of targets) target.maxConnections = 4;
        const balancer = balancerOf("least-connections", targets);
        for (const [index, active, update] of events) {
          const changed = targets[index % targets.length]!;
          changed.active = active;
          if (update) balancer.update(targets, false);
          else balancer.onLoad(changed);
          const free = targets.filter((target) => target.active < 4);
          const picked = balancer.pick(FRESH, 0, null);
          expect(picked === null).toBe(free.length === 0);
          if (picked === null) continue;
          const least = Math.min(...free.map((target) => target.active / target.weight));
          expect(picked.active / picked.weight).toBe(least);
        }
      }),
      { numRuns: 200, seed: 11 },
    );
  });
});

describe("power of two choices", () => {
  test("of two targets it always takes the less busy", () => {
    const targets = targetsOf(200, 1);
    targets[0]!.active = 400;
    targets[1]!.active = 1;
    const balancer = balancerOf("power-of-two-choices", targets);
    for (let index = 0; index < 100; index++) expect(balancer.pick(FRESH, 0, null)).toBe(targets[1]!);
  });

  test("the busiest of many is never taken, and the load stays even", () => {
    const targets = equalTargets(10);
    const balancer = balancerOf("power-of-two-choices", targets);
    for (let index = 0; index < 1000; index++) {
      const most = Math.max(...targets.map(({ active }) => active));
      const busiest = targets.filter(({ active }) => active === most);
      const target = balancer.pick(FRESH, 0, null)!;
      if (busiest.length === 1) expect(target).not.toBe(busiest[0]!);
      target.active++;
      balancer.onLoad(target);
    }
    for (const { active } of targets) expect(Math.abs(active - 100)).toBeLessThanOrEqual(5);
  });
});
