import { describe, expect, test } from "bun:test";
import type { Balancer } from "../contract/balancer.ts";
import type { Target } from "../contract/target.ts";
import type { TargetConsidered } from "../contract/trace-record.ts";
import { BALANCE_NAMES } from "./balancers.ts";
import { hashText } from "./hash.ts";
import { balancerOf, requestOf, targetOf } from "./pool-for-tests.ts";
import { arrange } from "./tiers.ts";

const PICKS = 20_000;
const KEYS = Array.from({ length: PICKS }, (_, index) => hashText(`key-${index}`));

/** `sizes[tier]` targets each. */
function tiersOf(...sizes: readonly number[]): Target[] {
  const tiers = sizes.flatMap((size, tier) => Array.from({ length: size }, () => tier));
  return tiers.map((tier, index) => targetOf(index, { tier }));
}

function sharesByTier(balancer: Balancer): Record<number, number> {
  const counts: Record<number, number> = {};
  for (let index = 0; index < PICKS; index++) {
    const { tier } = balancer.pick(requestOf(KEYS[index]!), 0, null)!;
    counts[tier] = (counts[tier] ?? 0) + 1;
  }
  return Object.fromEntries(Object.entries(counts).map(([tier, count]) => [tier, count / PICKS]));
}

function takeDown(targets: readonly Target[], ...indexes: readonly number[]): void {
  for (const index of indexes) targets[index]!.down = true;
}

describe("shares of the tiers", () => {
  function untils(targets: readonly Target[], panic = false): Array<[number, number]> {
    return arrange(targets, panic).tiers.map(({ tier, until }) => [tier, Number(until.toFixed(6))]);
  }

  test("the first takes all while 1/1.4 of it is up", () => {
    const targets = tiersOf(10, 2);
    expect(untils(targets)).toEqual([
      [0, 1],
      [1, 1],
    ]);
    takeDown(targets, 0, 1);
    expect(untils(targets)[0]).toEqual([0, 1]);
    takeDown(targets, 2);
    expect(untils(targets)[0]).toEqual([0, 0.98]);
  });

  test("what the second cannot bear either goes to the third", () => {
    const targets = tiersOf(4, 4, 4);
    takeDown(targets, 0, 1, 2, 4, 5, 6);
    expect(untils(targets)).toEqual([
      [0, 0.35],
      [1, 0.7],
      [2, 1],
    ]);
  });

  test("what nobody can bear is shared in proportion", () => {
    const targets = tiersOf(10, 10);
    takeDown(targets, 0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 18);
    expect(untils(targets)).toEqual([
      [0, 0.666667],
      [1, 1],
    ]);
  });

  test("go by weight; who is drained is missing, who has left or has no weight was never there", () => {
    const targets = tiersOf(3, 1);
    Object.assign(targets[0]!, { weight: 3, effectiveWeight: 3, draining: true });
    expect(untils(targets)[0]).toEqual([0, 0.56]);
    Object.assign(targets[0]!, { removed: true });
    expect(untils(targets)[0]).toEqual([0, 1]);
    Object.assign(targets[0]!, { removed: false, draining: false, weight: 0, effectiveWeight: 0 });
    expect(untils(targets)[0]).toEqual([0, 1]);
  });

  test("a slow start does not make its tier smaller", () => {
    const targets = tiersOf(2, 1);
    for (const target of targets) target.effectiveWeight = 0.1;
    expect(untils(targets)[0]).toEqual([0, 1]);
  });

  test("in a panic who is down counts as up", () => {
    const targets = tiersOf(4, 1);
    takeDown(targets, 0, 1, 2);
    expect(untils(targets)[0]).toEqual([0, 0.35]);
    expect(untils(targets, true)[0]).toEqual([0, 1]);
    expect(arrange(targets, true).panic).toBe(true);
    expect(arrange(tiersOf(4, 1), true).panic).toBe(false);
  });
});

describe.each([...BALANCE_NAMES])("%s", (name) => {
  test("the second tier takes what the first cannot bear", () => {
    const targets = tiersOf(4, 2);
    const balancer = balancerOf(name, targets);
    expect(sharesByTier(balancer)).toEqual({ 0: 1 });
    expect(balancer.lastReason).not.toBe("spill");
    takeDown(targets, 0, 1);
    balancer.update(targets, false);
    const shares = sharesByTier(balancer);
    expect(Math.abs(shares[0]! - 0.7)).toBeLessThan(0.02);
    expect(Math.abs(shares[1]! - 0.3)).toBeLessThan(0.02);
    const spilled = KEYS.find((key) => balancer.pick(requestOf(key), 0, null)!.tier === 1)!;
    expect(balancer.lastReason).toBe("spill");
    const keyed = name === "ip-hash" || name === "ring-hash" || name === "maglev";
    if (keyed) {
      for (let again = 0; again < 5; again++) expect(balancer.pick(requestOf(spilled), 0, null)!.tier).toBe(1);
    }
    takeDown(targets, 2, 3);
    balancer.update(targets, false);
    expect(sharesByTier(balancer)).toEqual({ 1: 1 });
    expect(balancer.lastReason).toBe("spill");
  });

  test("the next tier takes what finds the first full, and the first what finds the next full", () => {
    const targets = tiersOf(2, 2);
    for (const target of targets) target.maxConnections = 1;
    const balancer = balancerOf(name, targets);
    const order: number[] = [];
    for (let index = 0; index < 4; index++) {
      const target = balancer.pick(requestOf(KEYS[index]!), 0, null)!;
      target.active = 1;
      balancer.onLoad(target);
      order.push(target.tier);
    }
    expect(order).toEqual([0, 0, 1, 1]);
    expect(balancer.lastReason).toBe("spill");
    expect(balancer.pick(requestOf(1), 0, null)).toBeNull();
    targets[0]!.active = 0;
    targets[1]!.down = true;
    balancer.update(targets, false);
    for (let index = 0; index < 20; index++) {
      expect(balancer.pick(requestOf(KEYS[index]!), 0, null)).toBe(targets[0]!);
    }
  });

  test("a retry goes to the next tier when the first has no other", () => {
    const targets = tiersOf(1, 1);
    const balancer = balancerOf(name, targets);
    expect(balancer.pick(requestOf(1, targets[0]!), 0, null)).toBe(targets[1]!);
    expect(balancer.lastReason).toBe("retry-elsewhere");
  });

  test("backups only when nobody else is up, in any tier", () => {
    const targets = tiersOf(1, 1, 1);
    targets[1]!.backup = true;
    targets[0]!.down = true;
    const balancer = balancerOf(name, targets);
    expect(sharesByTier(balancer)).toEqual({ 2: 1 });
    targets[2]!.down = true;
    balancer.update(targets, false);
    expect(sharesByTier(balancer)).toEqual({ 1: 1 });
    expect(balancer.lastReason).toBe("spill");
    balancer.update(targets, true);
    expect(sharesByTier(balancer)).toEqual({ 1: 1 });
    targets[1]!.down = true;
    balancer.update(targets, false);
    expect(Object.keys(sharesByTier(balancer))).toEqual(["0", "1", "2"]);
    expect(balancer.lastReason).toBe("panic");
  });

  test("a pool of backups alone is a pool like any other", () => {
    const balancer = balancerOf(name, [targetOf(0, { backup: true }), targetOf(1, { backup: true })]);
    expect(balancer.pick(requestOf(1), 0, null)).not.toBeNull();
    expect(balancer.lastReason).toBe(balancer.reason);
  });

  test("a tier's own order goes on when the other tiers change", () => {
    const targets = tiersOf(4, 1);
    const balancer = balancerOf(name, targets, { tableSize: 1021 });
    const counts = [0, 0, 0, 0, 0];
    for (let index = 0; index < 4000; index++) {
      targets[4]!.down = index % 2 === 0;
      balancer.update(targets, false);
      counts[balancer.pick(requestOf(KEYS[index]!), 0, null)!.index]!++;
    }
    for (const count of counts.slice(0, 4)) expect(Math.abs(count / 1000 - 1)).toBeLessThan(0.25);
  });

  test("the explanation says which tier takes the request", () => {
    const targets = [...tiersOf(1, 1), targetOf(2, { backup: true })];
    const notes: TargetConsidered[] = [];
    balancerOf(name, targets).peek(requestOf(1), 0, notes);
    expect(notes.map(({ verdict, detail }) => [verdict, detail])).toEqual([
      ["picked", ""],
      ["unchosen-tier", "priority 1: priority 0 takes this request"],
      ["unchosen-tier", "backup of priority 0: priority 0 takes this request"],
    ]);
  });
});

test("what spills is evenly mixed, not in bursts", () => {
  const targets = tiersOf(2, 2);
  takeDown(targets, 0);
  const balancer = balancerOf("round-robin", targets);
  const tiers = Array.from({ length: 1000 }, () => balancer.pick(requestOf(0), 0, null)!.tier).join("");
  expect(tiers).not.toContain("00000");
  expect(tiers).not.toContain("11");
  expect(Math.abs(tiers.replaceAll("0", "").length - 300)).toBeLessThanOrEqual(2);
});
