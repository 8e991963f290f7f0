/** What every algorithm must do. A new one is tested here by being in `BALANCE_NAMES`. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { BalanceName, Balancer } from "../contract/balancer.ts";
import type { Target } from "../contract/target.ts";
import type { TargetConsidered } from "../contract/trace-record.ts";
import { BALANCE_NAMES, createBalancer } from "./balancers.ts";
import { hashText } from "./hash.ts";
import { balancePlan, balancerOf, diceOf, equalTargets, requestOf, targetsOf } from "./pool-for-tests.ts";

const NOW = 1000;
const TURNS: readonly BalanceName[] = ["round-robin", "weighted-round-robin", "least-connections", "least-time"];
const DICE: readonly BalanceName[] = ["random", "power-of-two-choices"];
const KEYED: readonly BalanceName[] = ["ip-hash", "ring-hash", "maglev"];
const KEYS: readonly number[] = Array.from({ length: 20_000 }, (_, index) => hashText(`192.0.2.${index}`));

function pickOne(balancer: Balancer, key = 1, ...tried: readonly Target[]): Target | null {
  return balancer.pick(requestOf(key, ...tried), NOW, null);
}

/** How often each target is picked by exchanges with different keys that end at once. */
function spread(balancer: Balancer, picks: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let index = 0; index < picks; index++) {
    const address = pickOne(balancer, KEYS[index % KEYS.length])?.address ?? "none";
    counts[address] = (counts[address] ?? 0) + 1;
  }
  return counts;
}

function whoIsPicked(balancer: Balancer): string {
  return Object.keys(spread(balancer, 200)).toSorted().join("");
}

function setActive(balancer: Balancer, target: Target, active: number): void {
  target.active = active;
  balancer.onLoad(target);
}

/** Σ (observed - expected)² / expected, for shares in these proportions. */
function chiSquared(counts: readonly number[], proportions: readonly number[]): number {
  const picks = counts.reduce((sum, count) => sum + count, 0);
  const sum = proportions.reduce((total, part) => total + part, 0);
  return counts.reduce((total, count, index) => {
    const expected = (picks * proportions[index]!) / sum;
    return total + (count - expected) ** 2 / expected;
  }, 0);
}

/** Three degrees of freedom: exceeded by one honest run in a thousand. */
const CRITICAL = 16.27;

test("every algorithm is in one of the groups, and no two instances share a position", () => {
  expect([...BALANCE_NAMES].toSorted()).toEqual([...TURNS, ...DICE, ...KEYED].toSorted());
  for (const name of BALANCE_NAMES) {
    const balancer = createBalancer(balancePlan(name), Math.random);
    expect(balancer.name).toBe(name);
    expect(balancer.reason).toBe(name);
    expect(pickOne(balancer)).toBeNull();
  }
});

describe("equal targets have equal shares", () => {
  test.each([...TURNS])("%s: in turn", (name) => {
    const balancer = balancerOf(name, equalTargets(4));
    expect(spread(balancer, 400)).toEqual({ a: 100, b: 100, c: 100, d: 100 });
    expect(Array.from({ length: 8 }, () => pickOne(balancer)!.address).join("")).toBe("abcdabcd");
  });

  test.each([...DICE])("%s: within what dice do", (name) => {
    const counts = spread(balancerOf(name, equalTargets(4)), 20_000);
    expect(chiSquared(Object.values(counts), [1, 1, 1, 1])).toBeLessThan(CRITICAL);
  });

  test.each([...KEYED])("%s: of the keys", (name) => {
    const counts = spread(balancerOf(name, equalTargets(4)), 20_000);
    // Points on a ring are not evenly spaced: with 160 of them a share varies by some 8 %.
    if (name !== "ring-hash") expect(chiSquared(Object.values(counts), [1, 1, 1, 1])).toBeLessThan(CRITICAL);
    for (const count of Object.values(counts)) expect(Math.abs(count / 5000 - 1)).toBeLessThan(0.25);
  });
});

describe("weights are honoured, fractional ones too", () => {
  test("round robin does not know them", () => {
    expect(spread(balancerOf("round-robin", targetsOf(5, 1, 1)), 21)).toEqual({ a: 7, b: 7, c: 7 });
  });

  test.each(["weighted-round-robin", "least-connections"] as const)("%s: exact shares", (name) => {
    expect(spread(balancerOf(name, targetsOf(256, 128, 1)), 385 * 3)).toEqual({ a: 768, b: 384, c: 3 });
    expect(spread(balancerOf(name, targetsOf(1.5, 0.25, 0.25)), 8000)).toEqual({ a: 6000, b: 1000, c: 1000 });
  });

  test.each(["least-connections", "least-time"] as const)("%s: open exchanges in proportion", (name) => {
    const targets = targetsOf(5, 3, 2);
    const balancer = balancerOf(name, targets);
    for (let index = 0; index < 1000; index++) {
      const target = pickOne(balancer)!;
      setActive(balancer, target, target.active + 1);
    }
    expect(targets.map(({ active }) => active)).toEqual([500, 300, 200]);
  });

  test.each([...DICE, "ip-hash", "maglev"] as const)("%s: in proportion", (name) => {
    const { a, b, c, d } = spread(balancerOf(name, targetsOf(4, 3, 2.5, 0.5)), 20_000);
    expect(chiSquared([a!, b!, c!, d!], [4, 3, 2.5, 0.5])).toBeLessThan(CRITICAL);
  });

  test("ring-hash: in proportion to the points", () => {
    const weights = [4, 3, 2.5, 0.5];
    const counts = spread(balancerOf("ring-hash", targetsOf(...weights)), 20_000);
    for (const [index, name] of ["a", "b", "c", "d"].entries()) {
      expect(Math.abs(counts[name]! / (2000 * weights[index]!) - 1)).toBeLessThan(0.25);
    }
  });
});

describe.each([...BALANCE_NAMES])("%s", (name) => {
  test("has only one target to pick, or none", () => {
    const balancer = balancerOf(name, targetsOf(3));
    expect(spread(balancer, 5)).toEqual({ a: 5 });
    expect(balancer.lastReason).toBe("only-target");
    balancer.update([], false);
    expect(pickOne(balancer)).toBeNull();
    expect(balancer.peek(requestOf(1), NOW, [])).toBeNull();
  });

  test("passes over what is down, draining, removed, full, without weight or was tried", () => {
    const targets = equalTargets(7);
    const balancer = balancerOf(name, targets);
    targets[0]!.down = true;
    targets[1]!.draining = true;
    targets[4]!.removed = targets[4]!.draining = true;
    targets[5]!.effectiveWeight = targets[5]!.weight = 0;
    balancer.update(targets, false);
    targets[2]!.maxConnections = 2;
    setActive(balancer, targets[2]!, 2);
    for (let index = 0; index < 50; index++) {
      expect(pickOne(balancer, KEYS[index], targets[3]!)!.address).toBe("g");
      expect(balancer.lastReason).toBe("retry-elsewhere");
    }
    setActive(balancer, targets[2]!, 0);
    targets[0]!.down = false;
    balancer.update(targets, false);
    expect(whoIsPicked(balancer)).toBe("acdg");
    expect([balancer.reason, "hash-next"]).toContain(balancer.lastReason);
  });

  test("has no target when all are draining, full or tried", () => {
    const targets = equalTargets(3);
    targets[0]!.draining = true;
    targets[1]!.maxConnections = 1;
    const balancer = balancerOf(name, targets);
    setActive(balancer, targets[1]!, 1);
    expect(pickOne(balancer, 1, targets[2]!)).toBeNull();
    setActive(balancer, targets[1]!, 0);
    expect(pickOne(balancer, 1, targets[2]!)!.address).toBe("b");
    targets[1]!.draining = targets[2]!.draining = true;
    balancer.update(targets, false);
    expect(pickOne(balancer)).toBeNull();
  });

  test("finds the one target that is free among hundreds that are full", () => {
    const targets = equalTargets(400);
    const balancer = balancerOf(name, targets);
    for (const target of targets) {
      target.maxConnections = 1;
      if (target.index !== 333) setActive(balancer, target, 1);
    }
    for (let index = 0; index < 20; index++) expect(pickOne(balancer, KEYS[index])).toBe(targets[333]!);
    setActive(balancer, targets[333]!, 1);
    expect(pickOne(balancer)).toBeNull();
    setActive(balancer, targets[7]!, 0);
    expect(pickOne(balancer)).toBe(targets[7]!);
  });

  test("panic: when nothing is up, what is down is used, evenly, and it is said", () => {
    const targets = equalTargets(4);
    for (const target of targets) target.down = true;
    targets[3]!.draining = true;
    const balancer = balancerOf(name, targets);
    expect(whoIsPicked(balancer)).toBe("abc");
    expect(balancer.lastReason).toBe("panic");
    expect(pickOne(balancer, 1, targets[0]!, targets[1]!)!.address).toBe("c");
    expect(balancer.lastReason).toBe("panic");
    targets[0]!.maxConnections = 1;
    setActive(balancer, targets[0]!, 1);
    expect(whoIsPicked(balancer)).toBe("bc");
    targets[1]!.down = false;
    balancer.update(targets, false);
    expect(spread(balancer, 5)).toEqual({ b: 5 });
    expect(balancer.lastReason).toBe(balancer.reason);
  });

  test("no panic while a target that is up is only full: its turn can be waited for", () => {
    const targets = equalTargets(2);
    targets[0]!.down = true;
    targets[1]!.maxConnections = 1;
    targets[1]!.active = 1;
    const balancer = balancerOf(name, targets);
    expect(pickOne(balancer)).toBeNull();
  });

  test("panic as the pool declares it: those that are down are used like the others", () => {
    const targets = equalTargets(4);
    targets[0]!.down = targets[1]!.down = true;
    const balancer = balancerOf(name, targets);
    expect(whoIsPicked(balancer)).toBe("cd");
    balancer.update(targets, true);
    expect(whoIsPicked(balancer)).toBe("abcd");
    expect(balancer.lastReason).toBe("panic");
  });

  test("goes on when the pool becomes smaller or larger, and forgets who has left", () => {
    const targets = equalTargets(5);
    const balancer = balancerOf(name, targets);
    spread(balancer, 4);
    const few = targets.slice(3);
    for (const [index, target] of few.entries()) target.index = index;
    balancer.update(few, false);
    expect(whoIsPicked(balancer)).toBe("de");
    // What has left gives its connections back, under an index that is another's now.
    targets[0]!.active = 40;
    balancer.onLoad(targets[0]!);
    expect(whoIsPicked(balancer)).toBe("de");
    const more = equalTargets(3);
    balancer.update(more, false);
    expect(whoIsPicked(balancer)).toBe("abc");
  });

  test("shares hold while updates come all the time", () => {
    const targets = equalTargets(4);
    const balancer = balancerOf(name, targets);
    const counts = new Map(targets.map(({ address }) => [address, 0]));
    for (let index = 0; index < 8000; index++) {
      if (index % 3 === 0) balancer.update([...targets], false);
      const { address } = pickOne(balancer, KEYS[index])!;
      counts.set(address, counts.get(address)! + 1);
    }
    for (const count of counts.values()) {
      if (TURNS.includes(name)) expect(count).toBe(2000);
      else expect(Math.abs(count / 2000 - 1)).toBeLessThan(0.25);
    }
  });

  test("a change of weight takes effect at once", () => {
    const targets = targetsOf(4, 4);
    const balancer = balancerOf(name, targets);
    spread(balancer, 101);
    targets[1]!.effectiveWeight = 1;
    balancer.update(targets, false);
    for (const target of targets) setActive(balancer, target, 0);
    const counts = { a: 0, b: 0 };
    for (let index = 0; index < 4000; index++) {
      const target = pickOne(balancer, KEYS[index])!;
      counts[target.address as "a" | "b"]++;
      // Under load, since at rest the least expected time is always that of the heavier one.
      if (name === "least-time") setActive(balancer, target, target.active + 1);
    }
    expect(Math.abs(counts.a / 3200 - 1)).toBeLessThan(0.06);
  });

  test.each([10, 10_000])("with %i targets it looks at no more than three", (count) => {
    let looks = 0;
    const targets = equalTargets(count).map(
      (target) =>
        new Proxy(target, {
          get: (of, property) => {
            if (property === "maxConnections") looks++;
            return Reflect.get(of, property) as unknown;
          },
        }),
    );
    const balancer = balancerOf(name, targets);
    for (let index = 0; index < 4; index++) pickOne(balancer, KEYS[index]);
    looks = 0;
    for (let index = 0; index < 100; index++) {
      const target = pickOne(balancer, KEYS[index])!;
      setActive(balancer, target, target.active + 1);
    }
    // One for the pick (two of power of two choices, and draws that hit one twice), one for what `onLoad` is told.
    expect(looks / 100).toBeLessThanOrEqual(3.5);
  });

  const state = fc.record({
    weight: fc.constantFrom(0, 0.3, 1, 2, 7, 256),
    active: fc.integer({ min: 0, max: 4 }),
    down: fc.boolean(),
    draining: fc.boolean(),
    maxConnections: fc.integer({ min: 0, max: 3 }),
    tried: fc.boolean(),
    tier: fc.integer({ min: 0, max: 2 }),
    backup: fc.boolean(),
    latency: fc.constantFrom(0, 1, 500),
  });

  test("property: a peek changes nothing and foretells the pick, with notes or without; no pick breaks a rule", () => {
    fc.assert(
      fc.property(
        fc.array(state, { maxLength: 12 }),
        fc.nat(9),
        fc.nat({ max: 0xffff_ffff }),
        fc.boolean(),
        fc.boolean(),
        (states, before, key, panic, bounded) => {
          const targets = targetsOf(...states.map(({ weight }) => weight));
          const plan = balancePlan(name, { boundedLoad: bounded ? 1.25 : 0, tableSize: 251, virtualNodes: 10 });
          const balancer = createBalancer(plan, diceOf(key));
          balancer.update(targets, false);
          spread(balancer, before);
          for (const [index, { active, down, draining, maxConnections, tier, backup, latency }] of states.entries()) {
            Object.assign(targets[index]!, { active, down, draining, maxConnections, tier, backup, latency });
          }
          balancer.update(targets, panic);
          const request = requestOf(key, ...targets.filter((_, index) => states[index]!.tried));
          const snapshot = JSON.stringify(targets);
          for (let round = 0; round < 3; round++) {
            const notes: TargetConsidered[] = [];
            const noted = balancer.peek(request, NOW, notes);
            const reason = balancer.lastReason;
            const peeked = balancer.peek(request, NOW, null);
            expect(notes.map(({ target }) => target)).toEqual(targets.map(({ address }) => address));
            expect(notes.filter(({ verdict }) => verdict === "picked").map(({ target }) => target)).toEqual(
              noted === null ? [] : [noted.address],
            );
            for (const { score } of notes) expect(Number.isFinite(score)).toBe(true);
            const picked = balancer.pick(request, NOW, null);
            expect(peeked).toBe(picked);
            expect(noted).toBe(picked);
            if (picked !== null) expect(balancer.lastReason).toBe(reason);

            const serving = states.filter(({ weight, draining }) => weight > 0 && !draining);
            const up = serving.filter(({ down }) => !down);
            const upPrimaries = up.some(({ backup }) => !backup);
            const isOpen = ({ tried, active, maxConnections }: (typeof states)[number]): boolean =>
              !tried && (maxConnections === 0 || active < maxConnections);
            const usable = serving.filter(
              ({ down, backup }) => up.length === 0 || (backup === !upPrimaries && (panic || !down)),
            );
            expect(picked !== null).toBe(usable.some(isOpen));
            if (picked === null) continue;
            const chosen = states[picked.index]!;
            expect(usable.includes(chosen) && isOpen(chosen)).toBe(true);
            expect(balancer.lastReason === "panic").toBe(usable.length > 0 && balancerPanics(serving, up, panic));
          }
          expect(JSON.stringify(targets)).toBe(snapshot);
        },
      ),
      { numRuns: 200, seed: 4 },
    );
  });
});

function balancerPanics(serving: readonly unknown[], up: readonly unknown[], panic: boolean): boolean {
  return up.length === 0 || (panic && up.length < serving.length);
}
