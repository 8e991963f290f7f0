import type { Exchange } from "../contract/exchange.ts";
import type { Target } from "../contract/target.ts";
import { isOpen } from "./availability.ts";
import { Chooser } from "./chooser.ts";

/**
 * Each target in turn, whatever its weight. Only a target that starts slowly lets turns pass: with a part of 40 % it
 * takes two of five.
 */
export class RoundRobin extends Chooser {
  readonly scoreUnit = "turns until it is next";
  #position = 0;
  /** By slot: which part of its turns a target takes, and the parts that have come together. Null: all take all. */
  #parts: Float64Array | null = null;
  #credits = new Float64Array(0);

  override update(targets: readonly Target[]): void {
    const slots = new Map<Target, number>();
    for (const [slot, target] of targets.entries()) slots.set(target, slot);
    const credits = new Float64Array(targets.length);
    for (const [slot, target] of this.targets.entries()) {
      const now = slots.get(target);
      if (now !== undefined) credits[now] = this.#credits[slot]!;
    }
    this.#credits = credits;
    this.#position = this.#sameNext(slots);
    this.targets = targets;
    this.#parts = partsOf(targets);
  }

  /** The turn goes on at the target whose turn it was, or the first behind it that is still there. */
  #sameNext(slots: ReadonlyMap<Target, number>): number {
    const count = this.targets.length;
    for (let step = 0; step < count; step++) {
      const slot = slots.get(this.targets[(this.#position + step) % count]!);
      if (slot !== undefined) return slot;
    }
    return 0;
  }

  choose(exchange: Exchange, peek: boolean): Target | null {
    // A retry is out of turn: it would make the next request begin at the target that has just failed.
    const keep = peek || exchange.tried !== null;
    if (this.#parts !== null) {
      const target = this.#chooseByParts(this.#parts, exchange, keep);
      if (target !== null) return target;
    }
    const { targets } = this;
    const count = targets.length;
    let position = this.#position;
    for (let step = 0; step < count; step++) {
      const target = targets[position]!;
      position = position + 1 < count ? position + 1 : 0;
      if (!isOpen(target, exchange)) continue;
      if (!keep) this.#position = position;
      return target;
    }
    return null;
  }

  /** One round. Null: who would have had a turn is full or tried. */
  #chooseByParts(parts: Float64Array, exchange: Exchange, keep: boolean): Target | null {
    const { targets } = this;
    const credits = this.#credits;
    const count = targets.length;
    let position = this.#position;
    for (let step = 0; step < count; step++) {
      const slot = position;
      const target = targets[slot]!;
      position = position + 1 < count ? position + 1 : 0;
      if (!isOpen(target, exchange)) continue;
      const credit = credits[slot]! + parts[slot]!;
      const takes = credit >= FULL_CREDIT;
      if (!keep) credits[slot] = takes ? credit - 1 : credit;
      if (!takes) continue;
      if (!keep) this.#position = position;
      return target;
    }
    return null;
  }

  score(slot: number): number {
    const count = this.targets.length;
    return (slot - this.#position + count) % count;
  }
}

/** Ten tenths are one. */
const FULL_CREDIT = 1 - 1e-9;

/** Relative to the greatest, so that somebody takes every turn. */
function partsOf(targets: readonly Target[]): Float64Array | null {
  const parts = Float64Array.from(targets, ({ effectiveWeight, weight }) => Math.min(effectiveWeight / weight, 1));
  let greatest = 0;
  for (const part of parts) greatest = Math.max(greatest, part);
  if (parts.every((part) => part === greatest)) return null;
  return parts.map((part) => part / greatest);
}
