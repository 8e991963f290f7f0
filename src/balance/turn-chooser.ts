import type { PickRequest } from "../contract/balancer.ts";
import { isFull, type Target } from "../contract/target.ts";
import { Chooser } from "./chooser.ts";
import { Tournament } from "./tournament.ts";

/**
 * The target with the least load, equals in turn by weight. The subclass says what load is.
 *
 * Turns are an earliest-deadline schedule: a target of weight w has its turns at (k + phase) / w of a virtual time, and
 * the earliest is next. So between two turns of one target each other target of weight v has ⌊v/w⌋ or ⌈v/w⌉ of them,
 * and any W picks in a row (W the sum of whole weights) have exactly the shares of the weights. Phases are spread at
 * first: equal targets come in the order of the pool.
 *
 * A full target has infinite load and is last of all: however many are full, a pick looks at the first.
 */
export abstract class TurnChooser extends Chooser {
  /** By slot. */
  protected weights: Float64Array = new Float64Array(0);
  readonly #tournament = new Tournament();
  /** Turns taken plus phase: the next turn is at `due / weight`. Divided anew each time, so that no error adds up. */
  #due = new Float64Array(0);
  /** Virtual time: the turn of the latest pick. */
  #time = 0;
  #slots: ReadonlyMap<Target, number> = new Map();
  /** Of the request at hand. */
  #tried: readonly Target[] = [];
  readonly #wasTried = (slot: number): boolean => this.#tried.includes(this.targets[slot]!);

  /** Of a target that is not full; the least is picked. */
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
    const loads = new Float64Array(length);
    for (let slot = 0; slot < length; slot++) loads[slot] = this.#loadOf(slot);
    this.#tournament.build(
      loads,
      due.map((turns, slot) => turns / weights[slot]!),
    );
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
    const tournament = this.#tournament;
    const load = this.#loadOf(slot);
    if (load !== tournament.load(slot)) tournament.set(slot, load, tournament.turn(slot));
  }

  #loadOf(slot: number): number {
    return isFull(this.targets[slot]!) ? Infinity : this.load(slot);
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
    // Who let turns pass (it was full) has lost them: it would have them all at once.
    if (turn < this.#time) due = this.#time * weight;
    else this.#time = turn;
    due++;
    this.#due[slot] = due;
    this.onTaken(slot);
    this.#tournament.set(slot, this.load(slot), due / weight);
  }

  /** In rounds, of which each has as many turns as the weights' sum. */
  protected untilTurn(slot: number): number {
    return Math.max(this.#tournament.turn(slot) - this.#time, 0);
  }
}
