import type { PickRequest } from "../contract/balancer.ts";
import { isFull, type Target } from "../contract/target.ts";
import { isOpen, Chooser } from "./chooser.ts";

/** Places looked at behind the key's own, before every target is. */
const WALK = 64;

/**
 * The target that the request's key leads to. The subclass lays the targets out on places and says at which one a key
 * begins. Who is full, tried or has its bounded load is passed, and whoever holds the next place is taken, so that the
 * keys of one target spread over all others.
 *
 * Bounded load (Mirrokni, Thorup and Zadimoghaddam, "Consistent hashing with bounded loads"): a target takes at most
 * ⌈c × (exchanges in the tier, this one included) × its share of the weights⌉. When only those that have their bound
 * are open, the bound is given up.
 */
export abstract class HashChooser extends Chooser {
  readonly scoreUnit = "places behind the key's";
  /** The slot that holds each place. */
  protected owners: Int32Array = new Int32Array(0);
  protected weights: Float64Array = new Float64Array(0);
  /** c; 0: no limit. */
  readonly #bound: number;
  #weightSum = 0;
  /** By slot: `active` as last told, and the sum. */
  #active = new Int32Array(0);
  #total = 0;
  /** By slot: places from the key's to its first one; for the explanation only. */
  #distances = new Int32Array(0);

  constructor(bound: number) {
    super();
    this.#bound = bound;
  }

  /** Lays `targets` with `weights` out on `owners`. */
  protected abstract layOut(): void;
  /** Where the key begins. */
  protected abstract place(key: number): number;

  override update(targets: readonly Target[]): void {
    const weights = Float64Array.from(targets, ({ effectiveWeight }) => effectiveWeight);
    const same =
      targets.length === this.targets.length &&
      targets.every((target, slot) => target === this.targets[slot] && weights[slot] === this.weights[slot]);
    this.targets = targets;
    this.#active = Int32Array.from(targets, ({ active }) => active);
    this.#total = this.#active.reduce((sum, active) => sum + active, 0);
    if (same) return;
    this.weights = weights;
    this.#weightSum = weights.reduce((sum, weight) => sum + weight, 0);
    this.layOut();
  }

  override onLoad(slot: number): void {
    const { active } = this.targets[slot]!;
    this.#total += active - this.#active[slot]!;
    this.#active[slot] = active;
  }

  find(request: PickRequest): number {
    if (this.targets.length === 0) return -1;
    const place = this.place(request.key >>> 0);
    const own = this.owners[place]!;
    this.moved = false;
    if (this.#takes(own, request, this.#bound)) return own;
    let slot = this.#walk(place, request, this.#bound);
    if (slot < 0 && this.#bound > 0) slot = this.#walk(place, request, 0);
    this.moved = slot !== own;
    return slot;
  }

  #takes(slot: number, request: PickRequest, bound: number): boolean {
    const target = this.targets[slot]!;
    if (request.tried === null ? isFull(target) : !isOpen(target, request)) return false;
    return bound === 0 || target.active < this.#mostOf(slot, bound);
  }

  #mostOf(slot: number, bound: number): number {
    const most = (bound * (this.#total + 1) * this.weights[slot]!) / this.#weightSum;
    // Rounding must not make a whole number one more.
    return Math.ceil(most - 1e-9);
  }

  /** The first that takes it; -1: nobody. */
  #walk(from: number, request: PickRequest, bound: number): number {
    const { owners } = this;
    let place = from;
    let slot = owners[from]!;
    for (let step = Math.min(WALK, owners.length); step > 0; step--) {
      slot = owners[place]!;
      if (this.#takes(slot, request, bound)) return slot;
      place = place + 1 < owners.length ? place + 1 : 0;
    }
    // Most cannot be used. From here on every target once, still beginning where the key says.
    const count = this.targets.length;
    for (let step = 0; step < count; step++) {
      slot = slot + 1 < count ? slot + 1 : 0;
      if (this.#takes(slot, request, bound)) return slot;
    }
    return -1;
  }

  override beginScores(request: PickRequest): void {
    const { owners } = this;
    const distances = new Int32Array(this.targets.length).fill(-1);
    let place = this.place(request.key >>> 0);
    let unseen = distances.length;
    for (let step = 0; step < owners.length && unseen > 0; step++) {
      const slot = owners[place]!;
      if (distances[slot] === -1) {
        distances[slot] = step;
        unseen--;
      }
      place = place + 1 < owners.length ? place + 1 : 0;
    }
    this.#distances = distances;
  }

  /** -1: it holds no place (more targets than places). */
  score(slot: number): number {
    return this.#distances[slot]!;
  }
}
