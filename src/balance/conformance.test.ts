/** What every algorithm must do. A new one is tested here by being in `BALANCE_NAMES`. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Balancer } from "../contract/balancer.ts";
import type { Target } from "../contract/target.ts";
import type { TargetConsidered } from "../contract/trace-record.ts";
import { BALANCE_NAMES, createBalancer } from "./balancers.ts";
import { exchangeThatTried, targetsOf } from "./pool-for-tests.ts";

const NOW = 1000;
const FRESH = exchangeThatTried();

function pickOne(balancer: Balancer, targets: readonly Target[], exchange = FRESH): Target | null {
  return balancer.pick(targets, exchange, NOW, null, false);
}

/** How often each target is picked by exchanges that end at once. */
function spread(balancer: Balancer, targets: readonly Target[], picks: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let index = 0; index < picks; index++) {
    const address = pickOne(balancer, targets)?.address ?? "none";
    counts[address] = (counts[address] ?? 0) + 1;
  }
  return counts;
}

test("three algorithms, and no two instances share a position", () => {
  expect(BALANCE_NAMES).toEqual(["round-robin", "weighted-round-robin", "least-connections"]);
  for (const name of BALANCE_NAMES) {
    expect(createBalancer(name).name).toBe(name);
    expect(createBalancer(name)).not.toBe(createBalancer(name));
  }
});

describe.each([...BALANCE_NAMES])("%s", (name) => {
  test("gives equal targets equal shares, in turn", () => {
    const balancer = createBalancer(name);
    const targets = targetsOf(1, 1, 1, 1);
    expect(spread(balancer, targets, 400)).toEqual({ a: 100, b: 100, c: 100, d: 100 });
    const order = Array.from({ length: 8 }, () => pickOne(balancer, targets)!.address).join("");
    expect(order).toBe("abcdabcd");
    expect(balancer.lastReason).toBe(balancer.reason);
  });

  test("has only one target to pick", () => {
    const balancer = createBalancer(name);
    const targets = targetsOf(3);
    expect(spread(balancer, targets, 5)).toEqual({ a: 5 });
    expect(balancer.lastReason).toBe("only-target");
  });

  test("passes over what is down, draining, full or was tried", () => {
    const balancer = createBalancer(name);
    const targets = targetsOf(1, 1, 1, 1, 1);
    targets[0]!.downUntil = NOW + 1;
    targets[1]!.draining = true;
    targets[2]!.maxConnections = 2;
    targets[2]!.active = 2;
    for (let index = 0; index < 20; index++) {
      expect(pickOne(balancer, targets, exchangeThatTried(targets[3]!))!.address).toBe("e");
      expect(balancer.lastReason).toBe("retry-elsewhere");
    }
  });

  test("takes a target back when its rest is over or a connection is free", () => {
    const balancer = createBalancer(name);
    const targets = targetsOf(1, 1);
    targets[0]!.downUntil = NOW;
    targets[1]!.maxConnections = 1;
    expect(Object.keys(spread(balancer, targets, 4))).toEqual(["a", "b"]);
  });

  test("has no target when all are draining, full or tried", () => {
    const balancer = createBalancer(name);
    const targets = targetsOf(1, 1, 1);
    targets[0]!.draining = true;
    targets[1]!.maxConnections = 1;
    targets[1]!.active = 1;
    expect(pickOne(balancer, targets, exchangeThatTried(targets[2]!))).toBeNull();
    expect(pickOne(balancer, [])).toBeNull();
    targets[1]!.active = 0;
    expect(pickOne(balancer, targets, exchangeThatTried(targets[2]!))!.address).toBe("b");
  });

  test("panic: when nothing is up, what is down is used in turn", () => {
    const balancer = createBalancer(name);
    const targets = targetsOf(1, 1, 1, 1);
    for (const target of targets) target.downUntil = NOW + 500;
    targets[3]!.draining = true;
    expect(spread(balancer, targets, 30)).toEqual({ a: 10, b: 10, c: 10 });
    expect(balancer.lastReason).toBe("panic");
    expect(pickOne(balancer, targets, exchangeThatTried(targets[0]!, targets[1]!))!.address).toBe("c");
    expect(balancer.lastReason).toBe("panic");
    targets[1]!.downUntil = 0;
    expect(spread(balancer, targets, 5)).toEqual({ b: 5 });
    expect(balancer.lastReason).toBe(balancer.reason);
  });

  test("no panic while a target that is up is only full: its turn can be waited for", () => {
    const balancer = createBalancer(name);
    const targets = targetsOf(1, 1);
    targets[0]!.downUntil = NOW + 500;
    targets[1]!.maxConnections = 1;
    targets[1]!.active = 1;
    expect(pickOne(balancer, targets)).toBeNull();
  });

  test("panic does not overfill a target", () => {
    const balancer = createBalancer(name);
    const targets = targetsOf(1, 1);
    for (const target of targets) target.downUntil = NOW + 500;
    targets[0]!.maxConnections = 1;
    targets[0]!.active = 1;
    expect(spread(balancer, targets, 4)).toEqual({ b: 4 });
  });

  test("goes on when the pool becomes smaller or larger", () => {
    const balancer = createBalancer(name);
    spread(balancer, targetsOf(1, 1, 1, 1, 1), 4);
    expect(Object.keys(spread(balancer, targetsOf(1, 1), 4)).toSorted()).toEqual(["a", "b"]);
    expect(spread(balancer, targetsOf(1, 1, 1), 6)).toEqual({ a: 2, b: 2, c: 2 });
  });

  test("notes every candidate with its score and what stands against it", () => {
    const balancer = createBalancer(name);
    const targets = targetsOf(1, 1, 1, 1, 1, 1);
    targets[0]!.downUntil = NOW + 250;
    targets[0]!.failures = 3;
    targets[1]!.draining = true;
    targets[2]!.maxConnections = 2;
    targets[2]!.active = 2;
    const notes: TargetConsidered[] = [];
    const picked = balancer.pick(targets, exchangeThatTried(targets[3]!), NOW, notes, false);
    expect(picked!.address).toBe("e");
    expect(notes.map(({ target, verdict, detail }) => [target, verdict, detail])).toEqual([
      ["a", "down", "rests for another 250 ms after 3 failed connects"],
      ["b", "draining", "takes no new requests"],
      ["c", "full", "2 of at most 2 connections are in use"],
      ["d", "tried-before", "this exchange failed there before"],
      ["e", "picked", ""],
      ["f", "passed-over", ""],
    ]);
    for (const { score, scoreUnit } of notes) {
      expect(Number.isFinite(score)).toBe(true);
      expect(scoreUnit).not.toBe("");
    }
  });

  test("notes no pick when there is none", () => {
    const targets = targetsOf(1, 1);
    for (const target of targets) target.draining = true;
    const notes: TargetConsidered[] = [];
    expect(createBalancer(name).pick(targets, FRESH, NOW, notes, false)).toBeNull();
    expect(notes.map(({ verdict }) => verdict)).toEqual(["draining", "draining"]);
  });

  const state = fc.record({
    weight: fc.integer({ min: 1, max: 256 }),
    active: fc.integer({ min: 0, max: 4 }),
    down: fc.boolean(),
    draining: fc.boolean(),
    maxConnections: fc.integer({ min: 0, max: 3 }),
    tried: fc.boolean(),
  });

  test("property: a peek changes nothing and foretells the pick, with notes or without; no pick breaks a rule", () => {
    fc.assert(
      fc.property(fc.array(state, { maxLength: 6 }), fc.integer({ min: 0, max: 9 }), (states, before) => {
        const targets = targetsOf(...states.map(({ weight }) => weight));
        const balancer = createBalancer(name);
        spread(balancer, targets, before);
        for (const [index, { active, down, draining, maxConnections }] of states.entries()) {
          Object.assign(targets[index]!, { active, downUntil: down ? NOW + 1 : 0, draining, maxConnections });
        }
        const exchange = exchangeThatTried(...targets.filter((_, index) => states[index]!.tried));
        const snapshot = structuredClone(targets);
        const notes: TargetConsidered[] = [];
        const noted = balancer.pick(targets, exchange, NOW, notes, true);
        const reason = balancer.lastReason;
        const peeked = balancer.pick(targets, exchange, NOW, null, true);
        expect(targets).toEqual(snapshot);
        expect(notes.map(({ target }) => target)).toEqual(targets.map(({ address }) => address));
        expect(notes.filter(({ verdict }) => verdict === "picked").map(({ target }) => target)).toEqual(
          noted === null ? [] : [noted.address],
        );

        const picked = balancer.pick(targets, exchange, NOW, null, false);
        expect(peeked).toBe(picked);
        expect(noted).toBe(picked);
        expect(balancer.lastReason).toBe(reason);

        const open = states.filter(({ tried, draining }) => !tried && !draining);
        const hasRoom = ({ active, maxConnections }: (typeof states)[number]): boolean =>
          maxConnections === 0 || active < maxConnections;
        const anyUp = open.some(({ down }) => !down);
        expect(picked !== null).toBe(open.some((one) => hasRoom(one) && (!anyUp || !one.down)));
        if (picked === null) return;
        const chosen = states[targets.indexOf(picked)]!;
        expect(chosen.tried || chosen.draining || !hasRoom(chosen)).toBe(false);
        expect(chosen.down).toBe(!anyUp);
        expect(balancer.lastReason === "panic").toBe(!anyUp);
      }),
      { numRuns: 300, seed: 4 },
    );
  });

  test.each([10, 10_000])("with %i targets it looks at each no more than twice, round robin at one alone", (count) => {
    let looks = 0;
    const targets = targetsOf(...Array.from({ length: count }, () => 1));
    for (const target of targets) {
      Object.defineProperty(target, "draining", {
        get: () => {
          looks++;
          return false;
        },
      });
    }
    const balancer = createBalancer(name);
    pickOne(balancer, targets);
    looks = 0;
    for (let index = 0; index < 4; index++) pickOne(balancer, targets);
    expect(looks / 4).toBeLessThanOrEqual(name === "round-robin" ? 1 : 2 * count);
  });
});

describe("weights", () => {
  test("round robin does not know them", () => {
    expect(spread(createBalancer("round-robin"), targetsOf(5, 1, 1), 21)).toEqual({ a: 7, b: 7, c: 7 });
  });

  test("weighted round robin: exact shares, smoothly mixed", () => {
    const balancer = createBalancer("weighted-round-robin");
    const targets = targetsOf(5, 1, 1);
    expect(Array.from({ length: 14 }, () => pickOne(balancer, targets)!.address).join("")).toBe("aabacaaaabacaa");
    expect(spread(balancer, targetsOf(256, 128, 1), 385 * 3)).toEqual({ a: 768, b: 384, c: 3 });
  });

  test("weighted round robin keeps the shares of the others when one is down", () => {
    const targets = targetsOf(5, 3, 2);
    targets[0]!.downUntil = NOW + 1;
    expect(spread(createBalancer("weighted-round-robin"), targets, 50)).toEqual({ b: 30, c: 20 });
  });

  test("least connections: open exchanges in proportion to the weights", () => {
    const balancer = createBalancer("least-connections");
    const targets = targetsOf(5, 3, 2);
    for (let index = 0; index < 1000; index++) pickOne(balancer, targets)!.active++;
    expect(targets.map(({ active }) => active)).toEqual([500, 300, 200]);
  });

  test("least connections: the least loaded for its weight, compared exactly", () => {
    const balancer = createBalancer("least-connections");
    const targets = targetsOf(3, 2, 1);
    Object.assign(targets[0]!, { active: 2 });
    Object.assign(targets[1]!, { active: 1 });
    Object.assign(targets[2]!, { active: 1 });
    expect(spread(balancer, targets, 3)).toEqual({ b: 3 });
    const notes: TargetConsidered[] = [];
    balancer.pick(targets, FRESH, NOW, notes, true);
    expect(notes.map(({ score }) => score)).toEqual([2 / 3, 1 / 2, 1]);
  });
});
