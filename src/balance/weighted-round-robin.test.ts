import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Target } from "../contract/target.ts";
import { balancerOf, requestOf, targetsOf } from "./pool-for-tests.ts";

const FRESH = requestOf(0);

function sequence(targets: readonly Target[], picks: number): string[] {
  const balancer = balancerOf("weighted-round-robin", targets);
  return Array.from({ length: picks }, () => balancer.pick(FRESH, 0, null)!.address);
}

describe("weighted round robin", () => {
  test("is smooth: 5, 1, 1 never gives five of one in a row", () => {
    const order = sequence(targetsOf(5, 1, 1), 21).join("");
    expect(order).toBe("aaabaacaaabaacaaabaac");
  });

  test("property: every stretch as long as the sum of the weights has the exact shares", () => {
    const weights = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(weights, (weights) => {
        const sum = weights.reduce((total, weight) => total + weight, 0);
        const targets = targetsOf(...weights);
        const order = sequence(targets, 3 * sum);
        for (let start = 0; start < 2 * sum; start += Math.max(1, sum >> 2)) {
          const stretch = order.slice(start, start + sum);
          // Where turns coincide the order of equals may differ from one round to the next.
          for (const { address, weight } of targets) {
            const count = stretch.filter((one) => one === address).length;
            expect(Math.abs(count - weight)).toBeLessThanOrEqual(start % sum === 0 ? 0 : 1);
          }
        }
      }),
      { numRuns: 50, seed: 3 },
    );
  });

  test("property: between two turns of one target each other has its share, rounded up or down", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 12 }), (weights) => {
        const targets = targetsOf(...weights);
        const order = sequence(targets, 200);
        const turns = order.flatMap((address, index) => (address === "a" ? [index] : []));
        for (const [index, turn] of turns.slice(1).entries()) {
          const between = order.slice(turns[index]! + 1, turn);
          for (const { address, weight } of targets.slice(1)) {
            const share = weight / weights[0]!;
            const count = between.filter((one) => one === address).length;
            expect(count).toBeGreaterThanOrEqual(Math.floor(share - 1e-9));
            expect(count).toBeLessThanOrEqual(Math.ceil(share + 1e-9));
          }
        }
      }),
      { numRuns: 50, seed: 5 },
    );
  });

  test("keeps the shares of the others when one is down", () => {
    const targets = targetsOf(5, 3, 2);
    targets[0]!.down = true;
    const order = sequence(targets, 50);
    expect([order.filter((one) => one === "b").length, order.filter((one) => one === "c").length]).toEqual([30, 20]);
  });

  test("who was full does not get all the turns it missed at once", () => {
    const targets = targetsOf(1, 1);
    const balancer = balancerOf("weighted-round-robin", targets);
    Object.assign(targets[0]!, { active: 1, maxConnections: 1 });
    balancer.onLoad(targets[0]!);
    const next = (): string => balancer.pick(FRESH, 0, null)!.address;
    expect(Array.from({ length: 20 }, next).join("")).toBe("b".repeat(20));
    targets[0]!.active = 0;
    balancer.onLoad(targets[0]!);
    const order = Array.from({ length: 20 }, next).join("");
    expect(order).not.toContain("aaa");
    expect(order.slice(2)).toBe("ba".repeat(9));
  });

  test("a weight that rises bit by bit (slow start) has the share of its average", () => {
    const targets = targetsOf(1, 1);
    const balancer = balancerOf("weighted-round-robin", targets);
    let count = 0;
    for (let step = 1; step <= 100; step++) {
      targets[1]!.effectiveWeight = step / 100;
      balancer.update(targets, false);
      for (let pick = 0; pick < 5; pick++) count += balancer.pick(FRESH, 0, null)!.index;
    }
    // ∑ 5 w / (1 + w) over the steps.
    expect(Math.abs(count - 153.4)).toBeLessThan(3);
  });
});

describe("round robin", () => {
  test("who starts slowly lets turns pass", () => {
    const targets = targetsOf(1, 4, 1);
    targets[1]!.effectiveWeight = 1;
    const balancer = balancerOf("round-robin", targets);
    const order = Array.from({ length: 18 }, () => {
      const peeked = balancer.peek(FRESH, 0, null);
      const picked = balancer.pick(FRESH, 0, null)!;
      expect(peeked).toBe(picked);
      balancer.update(targets, false);
      return picked.address;
    }).join("");
    expect(order).toBe("acacacabcacacacabc");
  });

  test("when only those that start slowly are free, they take it", () => {
    const targets = targetsOf(1, 1);
    targets[1]!.effectiveWeight = 0.01;
    const balancer = balancerOf("round-robin", targets);
    expect(balancer.pick(requestOf(0, targets[0]!), 0, null)).toBe(targets[1]!);
  });

  test("a retry is out of turn", () => {
    const targets = targetsOf(1, 1, 1);
    const balancer = balancerOf("round-robin", targets);
    expect(balancer.pick(FRESH, 0, null)!.address).toBe("a");
    expect(balancer.pick(requestOf(0, targets[0]!), 0, null)!.address).toBe("b");
    expect(balancer.pick(FRESH, 0, null)!.address).toBe("b");
  });
});
