/**
 * The names of a zone: each once, in one arena of bytes, found by hash with open addressing. Every name between a name
 * and the apex is there too, so that an empty non-terminal (RFC 4592 §2.2.2) is a node like any other.
 */
import { LOWER } from "../wire/name.ts";
import { hashLabel, hashWildcard, ROOT_HASH } from "../wire/name-hash.ts";
import { doubled, GrowingBytes } from "./growing.ts";

export const NO_NODE = -1;
/** Of the zone's apex. */
export const APEX = 0;

/** Numbers a slot has; the last is spare, so that a slot never lies in two cache lines. */
const SLOT = 4;
/** Number of a slot to its place. */
const SLOT_SHIFT = 2;
const SLOT_NODE = 1;
const SLOT_NAME = 2;

/** A finished table's arrays, in which it can go to another thread. */
export interface NameArrays {
  readonly count: number;
  readonly apexLength: number;
  readonly parent: Int32Array;
  readonly start: Uint32Array;
  readonly length: Uint8Array;
  readonly hash: Int32Array;
  readonly slots: Int32Array;
  readonly names: Uint8Array;
}

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
   * two, at least twice the count.
   */
  #slots: Int32Array;
  readonly #apexLength: number;
  /** Of the name that is being added: where its labels begin, and the hash of each suffix. */
  readonly #labels = new Uint8Array(128);
  readonly #hashes = new Int32Array(128);

  /** `apex` in lower case; `capacity`: names expected. */
  constructor(apex: Uint8Array, capacity = 64) {
    const size = roomFor(capacity);
    this.parent = new Int32Array(size);
    this.#start = new Uint32Array(size);
    this.#length = new Uint8Array(size);
    this.#hash = new Int32Array(size);
    this.#slots = new Int32Array(slotsFor(size));
    this.#names = new GrowingBytes(size * 16);
    this.#apexLength = apex.length;
    this.#append(apex, 0, apex.length, this.#hashSuffixes(apex, 0), NO_NODE);
  }

  /** The table that these arrays are of; it is not to be added to. */
  static from(arrays: NameArrays): NameTable {
    const table = new NameTable(arrays.names.subarray(0, arrays.apexLength), 0);
    table.count = arrays.count;
    table.parent = arrays.parent;
    table.#start = arrays.start;
    table.#length = arrays.length;
    table.#hash = arrays.hash;
    table.#slots = arrays.slots;
    table.#names.bytes = arrays.names;
    table.#names.length = arrays.names.length;
    return table;
  }

  /** The arrays themselves, no copies. */
  arrays(): NameArrays {
    return {
      count: this.count,
      apexLength: this.#apexLength,
      parent: this.parent,
      start: this.#start,
      length: this.#length,
      hash: this.#hash,
      slots: this.#slots,
      names: this.#names.bytes,
    };
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

  /** The name's bytes: a view of the arena that holds until the next `add`. */
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

  /** The node of a whole name in any case, made if need be, with all those between it and the apex; `NO_NODE` when it is not in the zone. */
  add(name: Uint8Array, length: number): number {
    for (let at = 0; at < length; at++) name[at] = LOWER[name[at]!]!;
    const hash = this.#hashSuffixes(name, 0);
    const found = this.find(name, 0, length, hash);
    if (found !== NO_NODE) return found;
    return this.#isInZone(name, length) ? this.#addBelow(name, length, 0) : NO_NODE;
  }

  /** Gives back what was taken in advance. */
  trim(): void {
    this.parent = this.parent.slice(0, this.count);
    this.#start = this.#start.slice(0, this.count);
    this.#length = this.#length.slice(0, this.count);
    this.#hash = this.#hash.slice(0, this.count);
    this.#names.bytes = this.#names.bytes.slice(0, this.#names.length);
    if (slotsFor(this.count) < this.#slots.length) this.#placeAll(slotsFor(this.count));
  }

  #isInZone(name: Uint8Array, length: number): boolean {
    const start = length - this.#apexLength;
    if (start < 0) return false;
    const labels = this.#labels;
    for (let index = 0; ; index++) {
      const at = labels[index]!;
      if (at === start) return this.#equals(this.#start[APEX]!, name, start, this.#apexLength);
      if (at > start || name[at] === 0) return false;
    }
  }

  /** `label`: number of the label at which the name begins; its suffix up to the apex is known to be in the zone. */
  #addBelow(name: Uint8Array, length: number, label: number): number {
    const start = this.#labels[label]!;
    const size = length - start;
    const hash = this.#hashes[label]!;
    const found = this.find(name, start, size, hash);
    if (found !== NO_NODE) return found;
    const parent = this.#addBelow(name, length, label + 1);
    return this.#append(name, start, length, hash, parent);
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

  /** Fills `#labels` and `#hashes` for a lower-case name; answers the hash of the whole. */
  #hashSuffixes(name: Uint8Array, start: number): number {
    const labels = this.#labels;
    const hashes = this.#hashes;
    let count = 0;
    let at = start;
    while (name[at] !== 0) {
      labels[count++] = at;
      at += name[at]! + 1;
    }
    labels[count] = at;
    let hash = ROOT_HASH;
    hashes[count] = hash;
    for (let index = count - 1; index >= 0; index--) {
      hash = hashLabel(hash, name, labels[index]!);
      hashes[index] = hash;
    }
    return hash;
  }

  /** Whether the name at `from` in the arena is this one. A whole name tells its own length: its bytes are enough. */
  #equals(from: number, bytes: Uint8Array, start: number, length: number): boolean {
    const names = this.#names.bytes;
    for (let index = 0; index < length; index++) if (names[from + index] !== bytes[start + index]) return false;
    return true;
  }

  #place(node: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    const hash = this.#hash[node]!;
    let slot = (hash << SLOT_SHIFT) & mask;
    while (slots[slot + SLOT_NODE] !== 0) slot = (slot + SLOT) & mask;
    slots[slot] = hash;
    slots[slot + SLOT_NODE] = node + 1;
    slots[slot + SLOT_NAME] = this.#start[node]!;
  }

  #grow(): void {
    this.parent = doubled(this.parent);
    this.#start = doubled(this.#start);
    this.#length = doubled(this.#length);
    this.#hash = doubled(this.#hash);
    this.#placeAll(this.#slots.length * 2);
  }

  #placeAll(length: number): void {
    this.#slots = new Int32Array(length);
    for (let node = 0; node < this.count; node++) this.#place(node);
  }
}

/** A power of two. */
function roomFor(count: number): number {
  let size = 64;
  while (size < count) size *= 2;
  return size;
}

function slotsFor(count: number): number {
  return roomFor(count) * 2 * SLOT;
}
