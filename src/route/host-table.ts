/**
 * Host names to the roots of their path trees. One pass over the host's bytes, from its end, hashes the whole name and
 * each of its suffixes, so that the exact name and every wildcard above it cost one probe each.
 */
import { LOWER } from "../bytes/byte-compare.ts";
import type { HostPattern } from "./host-pattern.ts";
import type { Slices } from "../time/slices.ts";

const DOT = 0x2e;

/** Numbers per row: one name with what is known of it. A power of two, so that no row lies in two cache lines. */
const STRIDE = 8;
const HASH = 0;
const NAME_START = 1;
/** 0 marks an empty row. */
const NAME_LENGTH = 2;
/** Roots for the name itself and for the names below it; `NO_ROOT` where there is no such pattern. */
const EXACT = 3;
const WILDCARD = 4;

const NO_ROOT = -1;
const NO_ROW = -1;

export interface HostRoot {
  readonly pattern: HostPattern;
  readonly root: number;
}

export class HostTable {
  /** Roots that the last `find` found, in order of precedence. */
  readonly found: Int32Array;
  foundCount = 0;

  /** Root for any host. */
  private anyRoot = NO_ROOT;
  private readonly rows: Int32Array;
  private readonly slotMask: number;
  private readonly names: Buffer;
  private namesLength = 0;
  /** Of a wildcard. */
  private readonly mostLabels: number;
  /** Roots of the wildcards met, the shortest suffix first. */
  private readonly wildcards: Int32Array;

  private constructor(hosts: readonly HostRoot[]) {
    let slots = 2;
    while (slots < hosts.length * 2) slots *= 2;
    this.slotMask = slots - 1;
    this.rows = new Int32Array(slots * STRIDE);
    this.names = Buffer.alloc(hosts.reduce((sum, { pattern }) => sum + pattern.name.length, 0));
    let mostLabels = 0;
    for (const { pattern } of hosts) {
      if (pattern.kind === "wildcard") mostLabels = Math.max(mostLabels, pattern.labels);
    }
    this.mostLabels = mostLabels;
    this.wildcards = new Int32Array(mostLabels);
    this.found = new Int32Array(mostLabels + 2);
  }

  /** No two patterns have the same text. */
  static *of(hosts: readonly HostRoot[]): Slices<HostTable> {
    const table = new HostTable(hosts);
    for (const { pattern, root } of hosts) {
      if (pattern.kind === "any") table.anyRoot = root;
      else table.rows[table.rowOf(pattern.name) + (pattern.kind === "exact" ? EXACT : WILDCARD)] = root;
      yield;
    }
    return table;
  }

  /** Fills `found` with the roots for host [start, end), the most specific first. */
  find(bytes: Buffer, start: number, end: number): void {
    this.foundCount = 0;
    if (this.namesLength > 0) this.findNames(bytes, start, end > start && bytes[end - 1] === DOT ? end - 1 : end);
    if (this.anyRoot !== NO_ROOT) this.found[this.foundCount++] = this.anyRoot;
  }

  private findNames(bytes: Buffer, start: number, end: number): void {
    const { rows, wildcards, found, mostLabels } = this;
    let hash = SEED;
    let labels = 1;
    let wildcardCount = 0;
    for (let at = end - 1; at >= start; at--) {
      const byte = LOWER[bytes[at]!]!;
      if (byte === DOT) {
        if (labels <= mostLabels && at > start) {
          const row = this.look(bytes, at + 1, end, hash);
          if (row !== NO_ROW && rows[row + WILDCARD] !== NO_ROOT) wildcards[wildcardCount++] = rows[row + WILDCARD]!;
        }
        labels++;
      }
      hash = Math.imul(hash ^ byte, PRIME);
    }
    const row = this.look(bytes, start, end, hash);
    if (row !== NO_ROW && rows[row + EXACT] !== NO_ROOT) found[this.foundCount++] = rows[row + EXACT]!;
    while (wildcardCount > 0) found[this.foundCount++] = wildcards[--wildcardCount]!;
  }

  /** The row of name [start, end), whose bytes have this hash, or `NO_ROW`. */
  private look(bytes: Buffer, start: number, end: number, hash: number): number {
    const { rows, slotMask } = this;
    for (let slot = finish(hash) & slotMask; ; slot = (slot + 1) & slotMask) {
      const row = slot * STRIDE;
      const length = rows[row + NAME_LENGTH]!;
      if (length === 0) return NO_ROW;
      if (
        length === end - start &&
        rows[row + HASH] === hash &&
        this.isName(rows[row + NAME_START]!, bytes, start, end)
      )
        return row;
    }
  }

  private isName(name: number, bytes: Buffer, start: number, end: number): boolean {
    const { names } = this;
    for (let at = start; at < end; at++) {
      if (LOWER[bytes[at]!] !== names[name + at - start]) return false;
    }
    return true;
  }

  /** The row of a name while the table is filled, made if need be. */
  private rowOf(text: string): number {
    const { rows, slotMask } = this;
    const name = Buffer.from(text, "latin1");
    let hash = SEED;
    for (let at = name.length - 1; at >= 0; at--) hash = Math.imul(hash ^ name[at]!, PRIME);
    const present = this.look(name, 0, name.length, hash);
    if (present !== NO_ROW) return present;
    let slot = finish(hash) & slotMask;
    while (rows[slot * STRIDE + NAME_LENGTH] !== 0) slot = (slot + 1) & slotMask;
    rows.set([hash, this.namesLength, name.length, NO_ROOT, NO_ROOT], slot * STRIDE);
    name.copy(this.names, this.namesLength);
    this.namesLength += name.length;
    return slot * STRIDE;
  }
}

/** FNV-1a. */
const SEED = 0x811c9dc5 | 0;
const PRIME = 0x01000193;

/** Brings the upper bits down, which the mask would cut off. */
function finish(hash: number): number {
  return hash ^ (hash >>> 15);
}
