import { describe, expect, test } from "bun:test";
import { heapStats } from "bun:jsc";
import type { PickRequest } from "../contract/balancer.ts";
import type { Target } from "../contract/target.ts";
import { BALANCE_NAMES } from "./balancers.ts";
import { hashText } from "./hash.ts";
import { noteLatency } from "./target-load.ts";
import { balancerOf, requestOf, targetOf } from "./pool-for-tests.ts";

const PICKS = 100_000;
/** Half of the smallest object for each pick. */
const MOST = 4 * PICKS;

/**
 * Bytes of new blocks that the heap takes in one of several runs; the least, since anything else in the process allocates
 * too. (The bytes in use are counted only when garbage is collected, by which time these would be gone.) No more runs
 * than it takes to be below `enough`: a collection walks all that the tests before have left.
 */
function growth(run: () => void, enough = -Infinity): number {
  run();
  let least = Infinity;
  for (let round = 0; round < 5 && least >= enough; round++) {
    Bun.gc(true);
    const before = heapStats().heapCapacity;
    run();
    least = Math.min(least, heapStats().heapCapacity - before);
  }
  return least;
}

test("the measurement sees one small object for each pick", () => {
  const kept: { value: object } = { value: {} };
  const run = (): void => {
    for (let index = 0; index < PICKS; index++) kept.value = { index };
  };
  expect(growth(run)).toBeGreaterThan(8 * PICKS);
});

describe.each([...BALANCE_NAMES])("%s", (name) => {
  test.each([4, 1000])("allocates nothing at a pick among %i targets, nor when it is told of load", (count) => {
    const targets = Array.from({ length: count }, (_, index) =>
      targetOf(index, { tier: index % 2, maxConnections: 50 }),
    );
    for (let index = 0; index < count; index += 4) targets[index]!.down = true;
    const balancer = balancerOf(name, targets, { boundedLoad: 1.25 });
    const requests: PickRequest[] = Array.from({ length: 1024 }, (_, index) => {
      return index % 16 === 0 ? requestOf(hashText(`${index}`), targets[1]!) : requestOf(hashText(`${index}`));
    });
    const run = (): void => {
      let last: Target | null = null;
      for (let index = 0; index < PICKS; index++) {
        const request = requests[index & 1023]!;
        const target = index % 7 === 0 ? balancer.peek(request, index, null) : balancer.pick(request, index, null);
        if (last !== null) {
          noteLatency(last, 1 + (index & 7), index);
          last.active--;
          balancer.onLoad(last);
        }
        if (target !== null) {
          target.active++;
          balancer.onLoad(target);
        }
        last = target;
      }
      if (last !== null) last.active--;
    };
    expect(growth(run, MOST)).toBeLessThan(MOST);
  });
});
