import type { PickRequest } from "../contract/balancer.ts";
import { isFull, type Target } from "../contract/target.ts";
import { Chooser } from "./chooser.ts";
import { Tournament } from "./tournament.ts";

/** More than any load, and less than that of a full target: who rests is used when nobody else can be. */
const RESTING = Number.MAX_VALUE;

/**
 * The target with the least load, equals in turn by weight. The subclass says what load is.
 *
 * Turns are an earliest-deadline schedule: a target of weight w has its turns at (k + phase) / w of a virtual time, and
 * the earliest is next. So between two turns of one target each other target of weight v has ⌊v/w⌋ or ⌈v/w⌉ of them,
 * and any W picks in a row (W the sum of whole weights) have exactly the shares of the weights. Phases are spread at
 * first: equal targets come in the order of the pool.
 *
 * A full target has infinite load and is last of all: however many are full, a pick looks at the first. One that starts
 * slowly rests between its turns: it has little to do, and would be the least loaded at once, whatever its weight.
 */
export abstract class TurnChooser extends Chooser {
  /** By slot. */
  protected weights: Float64Array = new Float64Array(0);
  readonly #tournament = new Tournament();
  /** Turns taken plus phase: the next turn is at `due / weight`. Divided again each time, so that no error adds up. */
  #due = new Float64Array(0);
  /** Virtual time: the turn of the latest pick. */
  #time = 0;
  #slots: ReadonlyMap<Target, number> = new Map();
  /** Of those that start slowly, who waits for a turn: load 0, all others ∞. Null: nobody starts slowly. */
  #resting: Tournament | null = null;
  /** Of the request at hand. */
  #tried: readonly Target[] = [];
  readonly #wasTried = (slot: number): boolean => this.#tried.includes(this.targets[slot]!);

  /** False: only turns count, and nobody needs to rest between them. */
  protected readonly goesByLoad: boolean = true;

  /** Of a target that is not full and does not rest; the least is picked. */
  protected abstract load(slot: number): number;
  /** The target in this slot is picked: what `load` answers may depend on that. */
  protected onTaken(_slot: number): void {}
  /** New slots: `from[slot]` is the slot before, -1 of who is new. */
  protected onSlots(_from: Int32Array): void {}

  override update(targets: readonly Target[]): void {
    const { length } = targets;
    const from = this.#slotsBefore(targets);
    const due = new Float64Array(length);
    const weights = new Float64Array(length);
    for (let slot = 0; slot < length; slot++) {
      const old = from[slot]!;
      weights[slot] = targets[slot]!.effectiveWeight;
      // What is left of the way to its turn stays as it is; who is new begins somewhere on the way.
      due[slot] = old < 0 ? (slot + 0.5) / length : Math.max(this.#due[old]! - this.#time * this.weights[old]!, 0);
    }
    this.targets = targets;
    this.weights = weights;
    this.#due = due;
    this.#time = 0;
    this.onSlots(from);
    const turns = due.map((turn, slot) => turn / weights[slot]!);
    this.#resting = this.goesByLoad ? restingOf(targets, turns) : null;
    const loads = new Float64Array(length);
    for (let slot = 0; slot < length; slot++) loads[slot] = this.#loadOf(slot);
    this.#tournament.build(loads, turns);
  }

  #slotsBefore(targets: readonly Target[]): Int32Array {
    const before = this.#slots;
    const slots = new Map<Target, number>();
    const from = new Int32Array(targets.length);
    for (const [slot, target] of targets.entries()) {
      from[slot] = before.get(target) ?? -1;
      slots.set(target, slot);
    }
    this.#slots = slots;
    return from;
  }

  override onLoad(slot: number): void {
    this.#tournament.setLoad(slot, this.#loadOf(slot));
  }

  #loadOf(slot: number): number {
    if (isFull(this.targets[slot]!)) return Infinity;
    return this.#resting !== null && this.#resting.load(slot) === 0 ? RESTING : this.load(slot);
  }

  find({ tried }: PickRequest): number {
    const slot = tried === null ? this.#tournament.first() : this.#firstUntried(tried);
    return slot < 0 || this.#tournament.load(slot) === Infinity ? -1 : slot;
  }

  #firstUntried(tried: readonly Target[]): number {
    this.#tried = tried;
    return this.#tournament.firstBut(this.#wasTried);
  }

  override take(slot: number): void {
    const weight = this.weights[slot]!;
    const turn = this.#tournament.turn(slot);
    let due = this.#due[slot]!;
    // Who let turns pass (it was full) has lost them: it would have them all at once. Only a rest ends a little late.
    if (turn >= this.#time) this.#time = turn;
    else due = this.#resting === null ? this.#time * weight : Math.max(due, this.#time * weight - 1);
    due++;
    this.#due[slot] = due;
    this.onTaken(slot);
    const next = due / weight;
    if (this.#resting === null) this.#tournament.set(slot, this.load(slot), next);
    else this.#takeSlowly(this.#resting, slot, next);
  }

  #takeSlowly(resting: Tournament, slot: number, next: number): void {
    const tournament = this.#tournament;
    if (isStartingSlowly(this.targets[slot]!)) resting.set(slot, 0, next);
    tournament.set(slot, this.#loadOf(slot), next);
    // Whose turn has come rests no longer.
    for (;;) {
      const woken = resting.first();
      if (woken < 0 || resting.load(woken) !== 0 || resting.turn(woken) > this.#time) return;
      resting.set(woken, Infinity, 0);
      tournament.set(woken, this.#loadOf(woken), tournament.turn(woken));
    }
  }

  /** In rounds, of which each has as many turns as the weights' sum. */
  protected untilTurn(slot: number): number {
    return Math.max(this.#tournament.turn(slot) - this.#time, 0);
  }
}

function isStartingSlowly({ effectiveWeight, weight }: Target): boolean {
  return effectiveWeight < weight;
}

function restingOf(targets: readonly Target[], turns: Float64Array): Tournament | null {
  if (!targets.some(isStartingSlowly)) return null;
  const resting = new Tournament();
  resting.build(
    Float64Array.from(targets, (target) => (isStartingSlowly(target) ? 0 : Infinity)),
    turns,
  );
  return resting;
}
