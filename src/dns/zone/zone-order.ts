/**
 * The names of a zone in canonical order (RFC 4034 §6.1), in which NSEC links them. That order is the tree walked from the
 * apex with the children of each name sorted by label, so labels are compared only with their siblings.
 */
import { copied, unset, zeroes } from "../../time/large-arrays.ts";
import { type Slices, STRIDE } from "../../time/slices.ts";
import { sortInSlices } from "../../time/sort-in-slices.ts";
import { APEX, type NameTable, NO_NODE } from "./name-table.ts";
import type { ZoneData } from "./zone-data.ts";

/** A zone that is signed, and the next version of it, may have the very names of the one before: they are sorted once. */
const known = new WeakMap<NameTable, ZoneOrder>();

export class ZoneOrder {
  /** Nodes in canonical order, the apex first. */
  readonly order: Int32Array;
  /** By node: its place in `order`. */
  readonly position: Int32Array;
  /** By node: one past the place of the last name below it. */
  readonly end: Int32Array;
  readonly #names: NameTable;
  /** Children by label: those of a node are [childStart[node], childStart[node + 1]). */
  #childStart: Uint32Array = new Uint32Array(0);
  readonly #children: Int32Array;
  /** First bytes of each node's own label, so that most comparisons touch no name. */
  readonly #prefix: Float64Array;

  private constructor(names: NameTable) {
    this.#names = names;
    const { count } = names;
    this.#prefix = unset(Float64Array, count);
    this.#children = unset(Int32Array, Math.max(0, count - 1));
    this.order = unset(Int32Array, count);
    this.position = unset(Int32Array, count);
    this.end = unset(Int32Array, count);
  }

  static *of({ names }: ZoneData): Slices<ZoneOrder> {
    const before = known.get(names);
    if (before !== undefined) return before;
    const order = new ZoneOrder(names);
    yield* order.#sort();
    yield* order.#walk();
    known.set(names, order);
    return order;
  }

  *#sort(): Slices<void> {
    const names = this.#names;
    const { count, parent, bytes } = names;
    const start = yield* zeroes(Uint32Array, count + 1);
    this.#childStart = start;
    const prefix = this.#prefix;
    for (let node = 0; node < count; node++) {
      prefix[node] = labelPrefix(bytes, names.startOf(node));
      if (node > APEX) start[parent[node]! + 1]!++;
      if (node % STRIDE === 0) yield;
    }
    for (let node = 0; node < count; node++) {
      start[node + 1]! += start[node]!;
      if (node % STRIDE === 0) yield;
    }
    const place = yield* copied(start, count + 1);
    for (let node = 1; node < count; node++) {
      this.#children[place[parent[node]!]!++] = node;
      if (node % STRIDE === 0) yield;
    }
    const byLabel = (a: number, b: number): number =>
      prefix[a]! - prefix[b]! || compareLabels(bytes, names.startOf(a), bytes, names.startOf(b));
    for (let node = 0; node < count; node++) {
      if (node % STRIDE === 0) yield;
      const [from, to] = [start[node]!, start[node + 1]!];
      if (to - from > 1) yield* sortInSlices(this.#children, from, to, byLabel);
    }
  }

  /** Each node before its children, and these one after the other with all that is below them. */
  *#walk(): Slices<void> {
    const { parent } = this.#names;
    /** By node: the child that comes next. */
    const following = yield* copied(this.#childStart, this.#childStart.length);
    let next = 0;
    let node = APEX;
    this.order[next] = node;
    this.position[node] = next++;
    for (;;) {
      if (next % STRIDE === 0) yield;
      const index = following[node]!;
      if (index < this.#childStart[node + 1]!) {
        following[node] = index + 1;
        node = this.#children[index]!;
        this.order[next] = node;
        this.position[node] = next++;
        continue;
      }
      this.end[node] = next;
      if (node === APEX) return;
      node = parent[node]!;
    }
  }

  /**
   * The place of the last name before one that does not exist: `encloser` is the nearest name above it that does, and
   * its label below that one begins at `at` (lower case).
   */
  before(encloser: number, name: Uint8Array, at: number): number {
    const names = this.#names;
    const wanted = labelPrefix(name, at);
    let low = this.#childStart[encloser]!;
    let high = this.#childStart[encloser + 1]!;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const child = this.#children[middle]!;
      const order = this.#prefix[child]! - wanted || compareLabels(names.bytes, names.startOf(child), name, at);
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return low === this.#childStart[encloser]! ? this.position[encloser]! : this.end[this.#children[low - 1]!]! - 1;
  }

  /** By place: the nearest node at or before it that has this type of RRset in `zone`; `NO_NODE` when none has. */
  *nearestWith(zone: ZoneData, type: number): Slices<Int32Array> {
    const nearest = unset(Int32Array, this.order.length);
    let last = NO_NODE;
    for (let place = 0; place < nearest.length; place++) {
      const node = this.order[place]!;
      if (zone.findSet(node, type) >= 0) last = node;
      nearest[place] = last;
      if (place % STRIDE === 0) yield;
    }
    return nearest;
  }
}

/** The first six bytes of the label at `at` as a number that orders as they do. */
function labelPrefix(name: Uint8Array, at: number): number {
  const length = name[at]!;
  let prefix = 0;
  for (let index = 1; index <= 6; index++) prefix = prefix * 256 + (index <= length ? name[at + index]! : 0);
  return prefix;
}

/** Lower-case labels as strings of bytes, the shorter first when it begins the longer. */
function compareLabels(a: Uint8Array, at: number, b: Uint8Array, bt: number): number {
  const length = Math.min(a[at]!, b[bt]!);
  for (let index = 1; index <= length; index++) {
    const order = a[at + index]! - b[bt + index]!;
    if (order !== 0) return order;
  }
  return a[at]! - b[bt]!;
}
