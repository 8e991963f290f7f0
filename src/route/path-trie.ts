/**
 * Paths as trees of segments, one tree per host pattern, all in one table of numbers.
 *
 * A node is a row of 32 bytes. Static children stand at the place that the hash of (node, segment) gives, by open
 * addressing, so a step costs one probe however many children there are; a child that is found is verified by its
 * bytes. So a segment touches two or three cache lines, with ten routes as with ten thousand.
 */
import type { PathTreeNode } from "./path-tree.ts";
import type { Slices } from "../time/slices.ts";

const SLASH = 0x2f;

/** Numbers per row; a node is named by its row's place in the table. */
const STRIDE = 8;
const HASH = 0;
/** The parent, plus one: 0 marks an empty row. */
const PARENT = 1;
const SEGMENT_START = 2;
const SEGMENT_LENGTH = 3;
/** Child for a segment of any text, or 0. */
export const PARAMETER = 4;
/** Candidates [FIRST, PREFIX_FIRST) are of patterns that end here, [PREFIX_FIRST, END) of those that end here with "*". */
export const FIRST = 5;
export const PREFIX_FIRST = 6;
export const END = 7;

/** What `child` answers when there is none. */
export const NO_CHILD = -1;

export class PathTrie {
  readonly rows: Int32Array;
  /** Of the trees given, in their order. */
  readonly roots: number[] = [];
  /** End of the segment that `child` was asked for last. */
  segmentEnd = 0;
  private readonly slotMask: number;
  /** Texts of all static segments, one behind the other. */
  private readonly segments: Buffer;
  private segmentsLength = 0;
  /** Next free row behind the hashed ones, for roots and parameters. */
  private freeRow: number;

  private constructor(size: TrieSize) {
    let slots = 2;
    while (slots < size.statics * 2) slots *= 2;
    this.slotMask = slots - 1;
    this.freeRow = slots;
    this.rows = new Int32Array((slots + size.others) * STRIDE);
    this.segments = Buffer.alloc(size.text);
  }

  static *of(trees: readonly PathTreeNode[]): Slices<PathTrie> {
    const size: TrieSize = { statics: 0, others: trees.length, text: 0 };
    for (const tree of trees) yield* addSize(tree, size);
    const trie = new PathTrie(size);
    for (const tree of trees) {
      const row = trie.freeRow++ * STRIDE;
      trie.roots.push(row);
      yield* trie.layOut(tree, row);
    }
    return trie;
  }

  /**
   * The static child for the segment that begins at `at`, or `NO_CHILD`. Leaves the segment's end in `segmentEnd`:
   * the next slash, or `end`.
   */
  child(node: number, bytes: Buffer, at: number, end: number): number {
    let hash = seed(node);
    let stop = at;
    for (; stop < end; stop++) {
      const byte = bytes[stop]!;
      if (byte === SLASH) break;
      hash = Math.imul(hash ^ byte, PRIME);
    }
    this.segmentEnd = stop;
    hash = finish(hash);
    const { rows, slotMask } = this;
    for (let slot = hash & slotMask; ; slot = (slot + 1) & slotMask) {
      const row = slot * STRIDE;
      const parent = rows[row + PARENT]!;
      if (parent === 0) return NO_CHILD;
      if (rows[row + HASH] !== hash || parent !== node + 1) continue;
      if (rows[row + SEGMENT_LENGTH] === stop - at && this.isSegment(rows[row + SEGMENT_START]!, bytes, at, stop))
        return row;
    }
  }

  private isSegment(segment: number, bytes: Buffer, start: number, end: number): boolean {
    const { segments } = this;
    for (let at = start; at < end; at++) {
      if (bytes[at] !== segments[segment + at - start]) return false;
    }
    return true;
  }

  /** Fills the row and lays out what is below it. */
  private *layOut(tree: PathTreeNode, row: number): Slices<void> {
    const { rows } = this;
    yield;
    rows[row + FIRST] = tree.first;
    rows[row + PREFIX_FIRST] = tree.prefixFirst;
    rows[row + END] = tree.end;
    if (tree.parameter !== null) {
      const parameter = this.freeRow++ * STRIDE;
      rows[row + PARAMETER] = parameter;
      yield* this.layOut(tree.parameter, parameter);
    }
    for (const [text, child] of tree.children) {
      yield* this.layOut(child, this.claimSlot(row, Buffer.from(text, "latin1")));
    }
  }

  /** Takes the row for a static child that is not there yet. */
  private claimSlot(parent: number, segment: Buffer): number {
    const { rows, slotMask } = this;
    const hash = hashSegment(parent, segment);
    let slot = hash & slotMask;
    while (rows[slot * STRIDE + PARENT] !== 0) slot = (slot + 1) & slotMask;
    const row = slot * STRIDE;
    rows[row + HASH] = hash;
    rows[row + PARENT] = parent + 1;
    rows[row + SEGMENT_START] = this.segmentsLength;
    rows[row + SEGMENT_LENGTH] = segment.length;
    segment.copy(this.segments, this.segmentsLength);
    this.segmentsLength += segment.length;
    return row;
  }
}

interface TrieSize {
  statics: number;
  /** Roots and parameters. */
  others: number;
  /** Bytes. */
  text: number;
}

/** Counts the nodes below a root and the bytes of their texts. */
function* addSize(tree: PathTreeNode, size: TrieSize): Slices<void> {
  yield;
  if (tree.parameter !== null) {
    size.others++;
    yield* addSize(tree.parameter, size);
  }
  for (const [text, child] of tree.children) {
    size.statics++;
    size.text += text.length;
    yield* addSize(child, size);
  }
}

/** FNV-1a's prime; the hash begins with the node, so that equal segments of different nodes do not meet. */
const PRIME = 0x01000193;

function seed(node: number): number {
  return Math.imul(node, 0x9e3779b1) ^ 0x811c9dc5;
}

/** Brings the upper bits down, which the mask would cut off. */
function finish(hash: number): number {
  return hash ^ (hash >>> 15);
}

function hashSegment(node: number, segment: Buffer): number {
  let hash = seed(node);
  for (const byte of segment) hash = Math.imul(hash ^ byte, PRIME);
  return finish(hash);
}
