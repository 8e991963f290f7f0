import { describe, expect, test } from "bun:test";
import type { BalanceName, Balancer } from "../contract/balancer.ts";
import type { BalancePlan } from "../contract/plan.ts";
import type { Target } from "../contract/target.ts";
import type { TargetConsidered } from "../contract/trace-record.ts";
import { hashText } from "./hash.ts";
import { balancerOf, requestOf, targetOf } from "./pool-for-tests.ts";

const KEYED: readonly BalanceName[] = ["ip-hash", "ring-hash", "maglev"];
const COUNT = 50_000;
const KEYS = Array.from({ length: COUNT }, (_, index) => hashText(`session-${index}`));

function addressed(count: number): Target[] {
  return Array.from({ length: count }, (_, index) => targetOf(index, { address: `10.0.0.${index + 1}:8080` }));
}

function numbered(targets: readonly Target[]): Target[] {
  for (const [index, target] of targets.entries()) target.index = index;
  return [...targets];
}

function pick(balancer: Balancer, key: number): Target | null {
  return balancer.pick(requestOf(key), 0, null);
}

function owners(balancer: Balancer): Array<Target | null> {
  return KEYS.map((key) => pick(balancer, key));
}

/** Keys that have another target now, in the share that each of `count` targets has. */
function moved(before: ReadonlyArray<Target | null>, after: ReadonlyArray<Target | null>, count: number): number {
  return before.filter((target, index) => target !== after[index]).length / (COUNT / count);
}

describe.each([...KEYED])("%s", (name) => {
  const build = (targets: readonly Target[], options: Partial<BalancePlan> = {}): Balancer =>
    balancerOf(name, targets, options);

  test("a key stays at its target", () => {
    const balancer = build(addressed(10));
    const first = owners(balancer);
    expect(owners(balancer)).toEqual(first);
    expect(owners(build(addressed(10))).map((target) => target!.address)).toEqual(first.map((one) => one!.address));
    expect(balancer.lastReason).toBe(balancer.reason);
  });

  test.each([5, 10, 50])("of %i targets one leaves: its keys move, and few others", (count) => {
    const targets = addressed(count);
    const balancer = build(targets);
    const before = owners(balancer);
    const gone = targets[2]!;
    const its = before.filter((target) => target === gone).length;
    balancer.update(numbered(targets.filter((target) => target !== gone)), false);
    const after = owners(balancer);
    const others = moved(before, after, count) - its / (COUNT / count);
    // A ring moves nothing but what it must; Maglev a few keys beyond it.
    if (name === "ring-hash") expect(others).toBe(0);
    else expect(others * (COUNT / count)).toBeLessThan(0.02 * COUNT);
    expect(moved(before, after, count)).toBeLessThanOrEqual(name === "ring-hash" ? 1.2 : 1.05 + 0.02 * count);
    // They spread over all who are left.
    const heirs = new Set(after.filter((_, index) => before[index] === gone));
    expect(heirs.size).toBeGreaterThan(0.8 * (count - 1));
  });

  test.each([5, 10, 50])("beside %i targets one joins: it takes its share, and few others move", (count) => {
    const targets = addressed(count + 1);
    const balancer = build(targets.slice(0, count));
    const before = owners(balancer);
    balancer.update(targets, false);
    const after = owners(balancer);
    const toOthers = before.filter(
      (target, index) => after[index] !== target && after[index] !== targets[count],
    ).length;
    if (name === "ring-hash") expect(toOthers).toBe(0);
    else expect(toOthers).toBeLessThan(0.02 * COUNT);
    const share = moved(before, after, count + 1);
    expect(share).toBeGreaterThan(0.8);
    expect(share).toBeLessThanOrEqual(name === "ring-hash" ? 1.2 : 1.05 + 0.02 * (count + 1));
  });

  test("a target that is down and comes back has its keys again", () => {
    const targets = addressed(8);
    const balancer = build(targets);
    const before = owners(balancer);
    targets[3]!.down = true;
    balancer.update(targets, false);
    expect(owners(balancer)).not.toContain(targets[3]!);
    targets[3]!.down = false;
    balancer.update(targets, false);
    expect(owners(balancer)).toEqual(before);
  });

  test("a weight that grows takes keys, and none move between the others", () => {
    const targets = addressed(8);
    const balancer = build(targets);
    const before = owners(balancer);
    targets[0]!.weight = targets[0]!.effectiveWeight = 2;
    balancer.update(targets, false);
    const after = owners(balancer);
    const between = after.filter((target, index) => target !== before[index] && target !== targets[0]).length;
    if (name === "ring-hash") expect(between).toBe(0);
    else expect(between).toBeLessThan(0.02 * COUNT);
    const its = after.filter((target) => target === targets[0]).length;
    expect(Math.abs(its / (COUNT * (2 / 9)) - 1)).toBeLessThan(0.2);
  });

  test("the order in which targets are known does not matter", () => {
    const targets = addressed(8);
    const before = owners(build(targets));
    expect(owners(build(numbered(targets.toReversed())))).toEqual(before);
  });

  test("bounded load: nobody gets more than its bound, whatever the keys are", () => {
    const targets = addressed(8);
    targets[7]!.weight = targets[7]!.effectiveWeight = 2;
    const balancer = build(targets, { boundedLoad: 1.25 });
    // Everybody asks for the same few things.
    for (let total = 1; total <= 500; total++) {
      const target = pick(balancer, KEYS[total % 3]!)!;
      target.active++;
      balancer.onLoad(target);
      expect(target.active).toBeLessThanOrEqual(Math.ceil((1.25 * total * target.weight) / 9));
    }
    expect(balancer.lastReason).toBe("hash-next");
    expect(targets.every(({ active }) => active > 0)).toBe(true);
  });

  test("bounded load: a key whose target has room stays there", () => {
    const targets = addressed(8);
    const free = owners(build(targets));
    const balancer = build(targets, { boundedLoad: 1.25 });
    expect(owners(balancer)).toEqual(free);
    expect(balancer.lastReason).toBe(balancer.reason);
  });

  test("bounded load is given up when only those that have their bound are not full", () => {
    const targets = addressed(4);
    const balancer = build(targets, { boundedLoad: 1.25 });
    for (const target of targets.slice(1)) Object.assign(target, { active: 1, maxConnections: 1 });
    targets[0]!.active = 50;
    for (const target of targets) balancer.onLoad(target);
    for (const key of KEYS.slice(0, 50)) expect(pick(balancer, key)).toBe(targets[0]!);
  });

  test("who is full hands its key to the next, and says so", () => {
    const targets = addressed(4);
    const balancer = build(targets);
    const key = KEYS[5]!;
    const own = pick(balancer, key)!;
    expect(balancer.lastReason).toBe(balancer.reason);
    Object.assign(own, { active: 1, maxConnections: 1 });
    balancer.onLoad(own);
    const next = pick(balancer, key)!;
    expect(next).not.toBe(own);
    expect(pick(balancer, key)).toBe(next);
    expect(balancer.lastReason).toBe("hash-next");
  });

  test("the explanation counts places: the key's own has 0", () => {
    const targets = addressed(6);
    const balancer = build(targets);
    for (const key of KEYS.slice(0, 20)) {
      const notes: TargetConsidered[] = [];
      const { address } = balancer.peek(requestOf(key), 0, notes)!;
      expect(notes.filter(({ score }) => score === 0).map(({ target }) => target)).toEqual([address]);
      expect(notes.every(({ score }) => score >= 0)).toBe(true);
    }
  });
});

test("a ring for very many targets keeps within its size, and everybody has a place", () => {
  const targets = addressed(10_000);
  const balancer = balancerOf("ring-hash", targets);
  const begun = performance.now();
  balancer.update(targets.slice(0, 9999), false);
  expect(performance.now() - begun).toBeLessThan(1000);
  const notes: TargetConsidered[] = [];
  balancer.peek(requestOf(KEYS[0]!), 0, notes);
  expect(notes.slice(0, 9999).every(({ score }) => score >= 0)).toBe(true);
});

test("more targets than places in Maglev's table: some hold none, and keys still find one", () => {
  const balancer = balancerOf("maglev", addressed(300), { tableSize: 251 });
  const found = new Set(owners(balancer));
  expect(found.size).toBe(251);
  expect(found.has(null)).toBe(false);
});
