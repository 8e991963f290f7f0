/**
 * The names of a zone: each once, in one arena of bytes, found by hash with open addressing. Every name between a name
 * and the apex is there too, so that an empty non-terminal (RFC 4592 §2.2.2) is a node like any other. Names are added,
 * then the table is finished, and then they are found: zones share a finished table, which never changes.
 */
import { LOWER } from "../wire/name.ts";
import { hashLabel, hashName, hashWildcard } from "../wire/name-hash.ts";
import { copied, unset, zeroes } from "../../time/large-arrays.ts";
import { atOnce, type Slices } from "../../time/slices.ts";
import { GrowingBytes, isWaste, trimmed } from "./growing.ts";

export const NO_NODE = -1;
/** Of the zone's apex. */
export const APEX = 0;

/** Numbers a slot has; the last is spare, so that a slot never lies in two cache lines. */
const SLOT = 4;
/** Number of a slot to its place. */
const SLOT_SHIFT = 2;
const SLOT_NODE = 1;
const SLOT_NAME = 2;

/** Names between two pauses while they are placed: each may be the first in its page of memory, which takes microseconds. */
const FEW = 64;

export class NameTable {
  /** Nodes, the apex first; a parent always comes before its children. */
  count = 0;
  parent: Int32Array;
  readonly #names: GrowingBytes;
  #start: Uint32Array;
  #length: Uint8Array;
  #hash: Int32Array;
  /**
   * By hash, `SLOT` numbers a slot: the hash, the node + 1 (0: free), where the name begins. They lie side by side so that
   * a lookup in a large zone waits for memory twice: for the slot and for the name. The number of slots is a power of
   * two, at least twice the count. One that is free until the table is finished.
   */
  #slots: Int32Array = new Int32Array(SLOT);
  /**
   * The same while names are added: the node + 1 alone. A name that is added is mostly found missing, and a table of a
   * quarter of the size is in reach of the processor's page tables. Empty when the table is finished.
   */
  #nodes: Int32Array;
  readonly #apexLength: number;
  /** Of the name that is being added: where its labels begin, and the hash of each suffix. */
  readonly #labels = new Uint8Array(128);
  readonly #hashes = new Int32Array(128);

  /** `apex` in lower case; `capacity`: names expected. */
  constructor(apex: Uint8Array, capacity = 64) {
    const size = roomFor(capacity);
    this.parent = unset(Int32Array, size);
    this.#start = unset(Uint32Array, size);
    this.#length = unset(Uint8Array, size);
    this.#hash = unset(Int32Array, size);
    this.#nodes = new Int32Array(slotsFor(size));
    this.#names = new GrowingBytes(size * 16);
    this.#apexLength = apex.length;
    this.#append(apex, 0, apex.length, hashName(apex), NO_NODE);
  }

  /** The node of the name at bytes [start, start + length), in lower case, with this hash; `NO_NODE` when there is none. */
  find(bytes: Uint8Array, start: number, length: number, hash: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = (hash << SLOT_SHIFT) & mask; ; slot = (slot + SLOT) & mask) {
      const node = slots[slot + SLOT_NODE]! - 1;
      if (node < 0) return NO_NODE;
      if (slots[slot] === hash && this.#equals(slots[slot + SLOT_NAME]!, bytes, start, length)) return node;
    }
  }

  /** The node of `*` directly below a node. */
  wildcardOf(node: number): number {
    const hash = hashWildcard(this.#hash[node]!);
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = (hash << SLOT_SHIFT) & mask; ; slot = (slot + SLOT) & mask) {
      const child = slots[slot + SLOT_NODE]! - 1;
      if (child < 0) return NO_NODE;
      if (slots[slot] === hash && this.parent[child] === node && this.isWildcard(child)) return child;
    }
  }

  isWildcard(node: number): boolean {
    const start = this.#start[node]!;
    return this.#names.bytes[start] === 1 && this.#names.bytes[start + 1] === 0x2a;
  }

  /** All names, one behind the other; other bytes after the next `add`. */
  get bytes(): Uint8Array {
    return this.#names.bytes;
  }

  /** Where a name begins in `bytes`. */
  startOf(node: number): number {
    return this.#start[node]!;
  }

  /** The name's bytes: a view that holds until the next `add`. Not for every name of a zone: a view is much to collect. */
  name(node: number): Uint8Array {
    const start = this.#start[node]!;
    return this.#names.bytes.subarray(start, start + this.#length[node]!);
  }

  hashOf(node: number): number {
    return this.#hash[node]!;
  }

  lengthOf(node: number): number {
    return this.#length[node]!;
  }

  /** Names can be found, and no more added. */
  get isFinished(): boolean {
    return this.#nodes.length === 0;
  }

  /** The node of a whole name in any case, made if need be, with all those between it and the apex; `NO_NODE` when it is not in the zone. */
  add(name: Uint8Array, length: number): number {
    if (this.isFinished) throw new Error("a name is added to a table that is finished");
    for (let at = 0; at < length; at++) name[at] = LOWER[name[at]!]!;
    const depth = this.#depthInZone(name, length);
    if (depth < 0) return NO_NODE;
    const labels = this.#labels;
    const hashes = this.#hashes;
    hashes[depth] = this.#hash[APEX]!;
    for (let label = depth - 1; label >= 0; label--) {
      hashes[label] = hashLabel(hashes[label + 1]!, name, labels[label]!);
    }
    // From the name up to the nearest that is there, and down again.
    let label = 0;
    let node = APEX;
    for (; label < depth; label++) {
      const found = this.#seek(name, labels[label]!, length - labels[label]!, hashes[label]!);
      if (found === NO_NODE) continue;
      node = found;
      break;
    }
    while (--label >= 0) node = this.#append(name, labels[label]!, length, hashes[label]!, node);
    return node;
  }

  /** Makes the names ready to be found, and gives back what was taken in advance, unless it is little. */
  *finish(): Slices<void> {
    if (this.isFinished) return;
    if (isWaste(this.#start.length, this.count)) yield* this.#resize(this.count);
    this.#names.bytes = yield* trimmed(this.#names.bytes, this.#names.length);
    const slots = yield* zeroes(Int32Array, slotsFor(this.count) * SLOT);
    const mask = slots.length - 1;
    for (let node = 0; node < this.count; node++) {
      const hash = this.#hash[node]!;
      let slot = (hash << SLOT_SHIFT) & mask;
      while (slots[slot + SLOT_NODE] !== 0) slot = (slot + SLOT) & mask;
      slots[slot] = hash;
      slots[slot + SLOT_NODE] = node + 1;
      slots[slot + SLOT_NAME] = this.#start[node]!;
      if (node % FEW === 0) yield;
    }
    this.#slots = slots;
    this.#nodes = new Int32Array(0);
  }

  /** Makes room for so many more names of `bytes` bytes in all, in slices: a table that grows of itself stops for that. */
  *reserve(names: number, bytes: number): Slices<void> {
    if (this.isFinished) return;
    yield* this.#names.reserve(bytes);
    if (this.count + names <= this.#start.length) return;
    let size = this.#start.length;
    while (size < this.count + names) size *= 2;
    yield* this.#resize(size);
    if (slotsFor(size) > this.#nodes.length) yield* this.#placeAll(slotsFor(size));
  }

  *#resize(size: number): Slices<void> {
    if (size === this.#start.length) return;
    const { count } = this;
    this.parent = yield* copied(this.parent, count, size);
    this.#start = yield* copied(this.#start, count, size);
    this.#length = yield* copied(this.#length, count, size);
    this.#hash = yield* copied(this.#hash, count, size);
  }

  /** Labels of a lower-case name below the apex, noted in `#labels`; -1: it is not in the zone. */
  #depthInZone(name: Uint8Array, length: number): number {
    const apex = length - this.#apexLength;
    const labels = this.#labels;
    let depth = 0;
    let at = 0;
    while (at < apex && name[at] !== 0) {
      labels[depth++] = at;
      at += name[at]! + 1;
    }
    return at === apex && this.#equals(this.#start[APEX]!, name, at, this.#apexLength) ? depth : -1;
  }

  #append(name: Uint8Array, start: number, end: number, hash: number, parent: number): number {
    if (this.count === this.#start.length) this.#grow();
    const node = this.count++;
    this.#start[node] = this.#names.append(name, start, end);
    this.#length[node] = end - start;
    this.#hash[node] = hash;
    this.parent[node] = parent;
    this.#place(node);
    return node;
  }

  /** Whether the name at `from` in the arena is this one. A whole name tells its own length: its bytes are enough. */
  #equals(from: number, bytes: Uint8Array, start: number, length: number): boolean {
    const names = this.#names.bytes;
    for (let index = 0; index < length; index++) if (names[from + index] !== bytes[start + index]) return false;
    return true;
  }

  /** As `find`, while names are added. */
  #seek(bytes: Uint8Array, start: number, length: number, hash: number): number {
    const nodes = this.#nodes;
    const mask = nodes.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const node = nodes[slot]! - 1;
      if (node < 0) return NO_NODE;
      if (this.#hash[node] === hash && this.#equals(this.#start[node]!, bytes, start, length)) return node;
    }
  }

  #place(node: number): void {
    const nodes = this.#nodes;
    const mask = nodes.length - 1;
    let slot = this.#hash[node]! & mask;
    while (nodes[slot] !== 0) slot = (slot + 1) & mask;
    nodes[slot] = node + 1;
  }

  #grow(): void {
    atOnce(this.#resize(this.#start.length * 2));
    atOnce(this.#placeAll(this.#nodes.length * 2));
  }

  *#placeAll(length: number): Slices<void> {
    this.#nodes = yield* zeroes(Int32Array, length);
    for (let node = 0; node < this.count; node++) {
      this.#place(node);
      if (node % FEW === 0) yield;
    }
  }
}

/** A power of two. */
function roomFor(count: number): number {
  let size = 64;
  while (size < count) size *= 2;
  return size;
}

function slotsFor(count: number): number {
  return roomFor(count) * 2;
}
