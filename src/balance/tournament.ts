/** Up to so many slots are looked through, which costs less than a tree. */
const FEW = 8;

/**
 * Finds the slot with the least load, of equals the one whose turn is earliest. A tournament tree: each slot is a leaf,
 * each node above holds the better of its two, the root the best. When a slot's load changes, only the nodes between it
 * and the root are played again, one comparison each, and no further than the change is felt. Unlike in a heap the way
 * does not depend on the comparisons, so that the processor does not wait for them: with 10,000 slots half a heap's cost.
 */
export class Tournament {
  #size = 0;
  #few = true;
  /** A power of two. */
  #leaves = 0;
  /** By slot; leaves without a slot behind them, which lose to all. */
  #loads = new Float64Array(0);
  #turns = new Float64Array(0);
  /** The best slot at each node. Below node n: 2n and 2n + 1; the root is 1, the leaves begin at `leaves`. */
  #winners = new Int32Array(0);

  /** New slots with these loads and turns. */
  build(loads: Float64Array, turns: Float64Array): void {
    const size = loads.length;
    this.#size = size;
    this.#few = size <= FEW;
    const leaves = size < 2 ? 1 : 1 << (32 - Math.clz32(size - 1));
    this.#leaves = leaves;
    this.#loads = new Float64Array(leaves).fill(Infinity);
    this.#turns = new Float64Array(leaves).fill(Infinity);
    this.#loads.set(loads);
    this.#turns.set(turns);
    if (this.#few) return;
    const winners = new Int32Array(2 * leaves);
    for (let slot = 0; slot < leaves; slot++) winners[leaves + slot] = slot;
    for (let node = leaves - 1; node > 0; node--)
      winners[node] = this.#better(winners[2 * node]!, winners[2 * node + 1]!);
    this.#winners = winners;
  }

  load(slot: number): number {
    return this.#loads[slot]!;
  }

  turn(slot: number): number {
    return this.#turns[slot]!;
  }

  /** -1: there is no slot. */
  first(): number {
    if (!this.#few) return this.#winners[1]!;
    const loads = this.#loads;
    const turns = this.#turns;
    const size = this.#size;
    if (size === 0) return -1;
    let first = 0;
    let least = loads[0]!;
    for (let slot = 1; slot < size; slot++) {
      const load = loads[slot]!;
      if (load < least || (load === least && turns[slot]! < turns[first]!)) {
        first = slot;
        least = load;
      }
    }
    return first;
  }

  /** The first of those that are not skipped, -1: there is none. What is looked at is little when few are skipped. */
  firstBut(skips: (slot: number) => boolean): number {
    if (!this.#few) return this.#firstBelow(1, skips);
    let first = -1;
    for (let slot = 0; slot < this.#size; slot++) {
      if (!skips(slot)) first = first < 0 ? slot : this.#better(first, slot);
    }
    return first;
  }

  #firstBelow(node: number, skips: (slot: number) => boolean): number {
    const slot = this.#winners[node]!;
    if (slot >= this.#size) return -1;
    if (!skips(slot)) return slot;
    if (node >= this.#leaves) return -1;
    const left = this.#firstBelow(2 * node, skips);
    const right = this.#firstBelow(2 * node + 1, skips);
    return left < 0 || right < 0 ? Math.max(left, right) : this.#better(left, right);
  }

  #better(slot: number, other: number): number {
    const load = this.#loads[slot]!;
    const otherLoad = this.#loads[other]!;
    return otherLoad < load || (otherLoad === load && this.#turns[other]! < this.#turns[slot]!) ? other : slot;
  }

  /** The slot has another load or turn. */
  set(slot: number, load: number, turn: number): void {
    this.#loads[slot] = load;
    this.#turns[slot] = turn;
    if (!this.#few) this.#replay(slot, load, turn);
  }

  /** The slot has another load, and its turn as before. */
  setLoad(slot: number, load: number): void {
    if (this.#loads[slot] === load) return;
    this.#loads[slot] = load;
    if (!this.#few) this.#replay(slot, load, this.#turns[slot]!);
  }

  #replay(slot: number, load: number, turn: number): void {
    const winners = this.#winners;
    const loads = this.#loads;
    const turns = this.#turns;
    let winner = slot;
    let least = load;
    let earliest = turn;
    let node = this.#leaves + slot;
    while (node > 1) {
      const other = winners[node ^ 1]!;
      const otherLoad = loads[other]!;
      if (otherLoad < least || (otherLoad === least && turns[other]! < earliest)) {
        winner = other;
        least = otherLoad;
        earliest = turns[other]!;
      }
      node >>= 1;
      // Another one wins here as it did before: nothing changes above.
      if (winner !== slot && winners[node] === winner) return;
      winners[node] = winner;
    }
  }
}
