import { hashText } from "./hash.ts";
import { HashChooser } from "./hash-chooser.ts";
import { sortPoints } from "./sort-points.ts";

/**
 * Points on a ring of 2^32, beyond which all targets get half as many for each unit of weight: a ring of that size is
 * made in some ten milliseconds.
 */
const MAX_POINTS = 1 << 19;

/**
 * Consistent hashing as Karger and others describe it: a target has points on a ring in proportion to its weight, a key
 * belongs to the first point at or behind its hash. Who joins takes keys from all others, who leaves gives them to all
 * others, and nothing else moves.
 */
export class RingHash extends HashChooser {
  readonly #virtualNodes: number;
  /** In ascending order; `owners` holds whose they are. */
  #points: Uint32Array = new Uint32Array(0);
  /** First point of each of 2^bits equal parts of the ring: about one point in each, so that a search is a few steps. */
  #parts = new Int32Array(0);
  #shift = 31;

  constructor(bound: number, virtualNodes: number) {
    super(bound);
    this.#virtualNodes = virtualNodes;
  }

  protected layOut(): void {
    const counts = this.#pointCounts();
    const size = counts.reduce((sum, count) => sum + count, 0);
    const points = new Uint32Array(size);
    const owners = new Int32Array(size);
    let next = 0;
    for (const [slot, { address }] of this.targets.entries()) {
      const start = hashText(address);
      const step = hashText(address, STEP_SEED) | 1;
      for (let index = 0; index < counts[slot]!; index++) {
        points[next] = mix(start + Math.imul(index, step));
        owners[next] = slot;
        next++;
      }
    }
    sortPoints(points, owners);
    this.#points = points;
    this.owners = owners;
    this.#divide();
  }

  /** The first points of a target stay where they are when it gets more. */
  #pointCounts(): Int32Array {
    let perUnit = this.#virtualNodes;
    for (;;) {
      const counts = Int32Array.from(this.weights, (weight) => Math.max(Math.round(weight * perUnit), 1));
      const size = counts.reduce((sum, count) => sum + count, 0);
      if (size <= MAX_POINTS || size === counts.length) return counts;
      perUnit /= 2;
    }
  }

  #divide(): void {
    const points = this.#points;
    const bits = Math.max(1, 32 - Math.clz32(points.length));
    const parts = new Int32Array(1 << bits);
    this.#shift = 32 - bits;
    let point = 0;
    for (let part = 0; part < parts.length; part++) {
      while (point < points.length && points[point]! >>> this.#shift < part) point++;
      parts[part] = point;
    }
    this.#parts = parts;
  }

  protected place(key: number): number {
    const points = this.#points;
    let point = this.#parts[key >>> this.#shift]!;
    while (point < points.length && points[point]! < key) point++;
    return point < points.length ? point : 0;
  }
}

const STEP_SEED = 0x5bd1e995;

/** MurmurHash3's finisher: a sequence in steps becomes points without a pattern. */
function mix(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
