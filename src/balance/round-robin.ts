import type { PickRequest } from "../contract/balancer.ts";
import type { Target } from "../contract/target.ts";
import { isOpen, Chooser } from "./chooser.ts";

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

  find(request: PickRequest): number {
    if (this.#parts !== null) {
      const slot = this.#findByParts(this.#parts, request);
      if (slot >= 0) return slot;
    }
    const { targets } = this;
    const count = targets.length;
    let slot = this.#position;
    for (let step = 0; step < count; step++) {
      if (isOpen(targets[slot]!, request)) return slot;
      slot = slot + 1 < count ? slot + 1 : 0;
    }
    return -1;
  }

  /** Within one round. -1: who would have had a turn is full or tried. */
  #findByParts(parts: Float64Array, request: PickRequest): number {
    const { targets } = this;
    const count = targets.length;
    let slot = this.#position;
    for (let step = 0; step < count; step++) {
      if (isOpen(targets[slot]!, request) && this.#credits[slot]! + parts[slot]! >= FULL_CREDIT) return slot;
      slot = slot + 1 < count ? slot + 1 : 0;
    }
    return -1;
  }

  override take(slot: number, request: PickRequest): void {
    // A retry is out of turn: it would make the next request begin at the target that has just failed.
    if (request.tried !== null) return;
    if (this.#parts !== null) this.#credit(this.#parts, slot, request);
    this.#position = slot + 1 < this.targets.length ? slot + 1 : 0;
  }

  /** Those on the way to `taken` had a turn of which they took no part. */
  #credit(parts: Float64Array, taken: number, request: PickRequest): void {
    const { targets } = this;
    const credits = this.#credits;
    const count = targets.length;
    let slot = this.#position;
    for (let step = 0; step < count; step++) {
      if (isOpen(targets[slot]!, request)) credits[slot]! += parts[slot]!;
      if (slot === taken) break;
      slot = slot + 1 < count ? slot + 1 : 0;
    }
    credits[taken] = Math.max(credits[taken]! - 1, 0);
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
