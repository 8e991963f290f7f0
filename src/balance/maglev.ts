import { hashText } from "./hash.ts";
import { HashChooser } from "./hash-chooser.ts";

const SKIP_SEED = 0x5bd1e995;

/**
 * Maglev (Eisenbud and others, "Maglev: A Fast and Reliable Software Network Load Balancer", 2016, §3.4): a table whose
 * places are shared out almost exactly by weight, so that a key is one look. Each target has its own order of all places;
 * in turn, as often as its weight says, each takes the first in its order that is free. When a target joins or leaves,
 * its own share of the places changes hands, and a few others.
 */
export class Maglev extends HashChooser {
  readonly #size: number;

  /** `size`: places, a prime; a hundred times the number of targets keeps the shares within about 1 %. */
  constructor(bound: number, size: number) {
    super(bound);
    this.#size = size;
  }

  protected layOut(): void {
    const { targets, weights } = this;
    const size = this.#size;
    const owners = new Int32Array(size).fill(-1);
    this.owners = owners;
    const count = targets.length;
    if (count === 0) return;
    const next = Int32Array.from(targets, ({ address }) => hashText(address) % size);
    const skip = Int32Array.from(targets, ({ address }) => (hashText(address, SKIP_SEED) % (size - 1)) + 1);
    // The same table at every edge, in whatever order it learned of the targets.
    const order = Int32Array.from(targets.keys()).sort((a, b) => compare(targets[a]!.address, targets[b]!.address));
    const greatest = weights.reduce((most, weight) => Math.max(most, weight), 0);
    const parts = weights.map((weight) => weight / greatest);
    const credits = new Float64Array(count);
    let free = size;
    while (free > 0) {
      for (let turn = 0; turn < count && free > 0; turn++) {
        const slot = order[turn]!;
        credits[slot] = credits[slot]! + parts[slot]!;
        if (credits[slot]! < FULL_CREDIT) continue;
        credits[slot] = credits[slot]! - 1;
        let place = next[slot]!;
        while (owners[place]! >= 0) place = (place + skip[slot]!) % size;
        owners[place] = slot;
        next[slot] = place;
        free--;
      }
    }
  }

  protected place(key: number): number {
    return key % this.#size;
  }
}

/** Ten tenths are one. */
const FULL_CREDIT = 1 - 1e-9;

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
