import { describe, expect, test } from "bun:test";
import fc from "fast-check";

import { TICK, TimerNode, TimerWheel } from "./wheel.ts";

class Node extends TimerNode {
  readonly fired: number[] = [];
  readonly wheel: TimerWheel;
  again = 0;

  constructor(wheel: TimerWheel) {
    super();
    this.wheel = wheel;
  }

  override onDeadline(): void {
    this.fired.push(this.wheel.now);
    if (this.again > 0) this.wheel.set(this, this.again);
  }
}

function run(wheel: TimerWheel, until: number): void {
  while (wheel.now < until) wheel.advance(wheel.now + TICK);
}

describe("TimerWheel", () => {
  test("fires once, not before its time and at most two ticks late", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400_000 }), (delay) => {
        const wheel = new TimerWheel();
        const node = new Node(wheel);
        wheel.set(node, delay);
        run(wheel, delay + 4 * TICK);
        expect(node.fired).toHaveLength(1);
        expect(node.fired[0]).toBeGreaterThanOrEqual(delay);
        expect(node.fired[0]).toBeLessThanOrEqual(1 + delay + 3 * TICK);
      }),
      { numRuns: 30 },
    );
  });

  test("a later deadline replaces an earlier one and a nearer one a later one", () => {
    const wheel = new TimerWheel();
    const later = new Node(wheel);
    wheel.set(later, 500);
    wheel.set(later, 5_000);
    const nearer = new Node(wheel);
    wheel.set(nearer, 60_000);
    wheel.set(nearer, 300);
    run(wheel, 1_000);
    expect(later.fired).toEqual([]);
    expect(nearer.fired).toHaveLength(1);
    run(wheel, 6_000);
    expect(later.fired).toHaveLength(1);
  });

  test("none after 0 or remove; a node can set itself again", () => {
    const wheel = new TimerWheel();
    const cleared = new Node(wheel);
    wheel.set(cleared, 200);
    wheel.set(cleared, 0);
    const removed = new Node(wheel);
    wheel.set(removed, 200);
    wheel.remove(removed);
    const repeating = new Node(wheel);
    repeating.again = 1_000;
    wheel.set(repeating, 1_000);
    run(wheel, 10_500);
    expect(cleared.fired).toEqual([]);
    expect(removed.fired).toEqual([]);
    expect(repeating.fired.length).toBeGreaterThanOrEqual(8);
    expect(wheel.size).toBe(1);
  });

  test("a jump of the clock fires everything that is due once", () => {
    const wheel = new TimerWheel();
    const nodes = Array.from({ length: 50 }, () => new Node(wheel));
    nodes.forEach((node, index) => wheel.set(node, 1_000 * (index + 1)));
    wheel.advance(1_000_000);
    expect(nodes.every((node) => node.fired.length === 1)).toBe(true);
    expect(wheel.size).toBe(0);
  });

  test("one that another removes in the same tick does not fire", () => {
    const wheel = new TimerWheel();
    const second = new Node(wheel);
    class First extends TimerNode {
      override onDeadline(): void {
        wheel.remove(second);
      }
    }
    wheel.set(new First(), 500);
    wheel.set(second, 500);
    run(wheel, 2_000);
    expect(second.fired).toEqual([]);
    expect(wheel.size).toBe(0);
  });
});
