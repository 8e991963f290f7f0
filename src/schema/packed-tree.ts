/**
 * A tree of places as one array of numbers, which goes from thread to thread without a copy and is unpacked where somebody
 * asks. Of thousands of routes hardly any is ever asked for.
 */
import type { SourceEntry, SourceNode } from "./source.ts";

export interface PackedTree {
  /** A node after the other, each with what is in it: kind, place, and of an object or a list its end and its entries. */
  readonly numbers: Int32Array;
  /** Keys of objects, each once. */
  readonly keys: readonly string[];
}

const OTHER = 0;
const ARRAY = 1;
const OBJECT = 2;
/** Nothing is known of the item. */
const NOTHING = 3;

export function packTree(tree: SourceNode): PackedTree {
  const numbers: number[] = [];
  const keys = new Map<string, number>();
  const pack = (node: SourceNode | undefined): void => {
    if (node === undefined) {
      numbers.push(NOTHING);
    } else if (node.kind === "other") {
      numbers.push(OTHER, node.at);
    } else {
      const start = numbers.push(node.kind === "array" ? ARRAY : OBJECT, node.at, 0) - 1;
      if (node.kind === "array") for (const item of node.items) pack(item);
      else {
        for (const { key, keyAt, value } of node.entries) {
          let number = keys.get(key);
          if (number === undefined) keys.set(key, (number = keys.size));
          numbers.push(number, keyAt);
          pack(value);
        }
      }
      numbers[start] = numbers.length;
    }
  };
  pack(tree);
  return { numbers: Int32Array.from(numbers), keys: [...keys.keys()] };
}

export function unpackTree(packed: PackedTree): SourceNode {
  return nodeAt(packed, 0)!;
}

function nodeAt(packed: PackedTree, start: number): SourceNode | undefined {
  const { numbers } = packed;
  const kind = numbers[start]!;
  const at = numbers[start + 1]!;
  if (kind === NOTHING) return undefined;
  if (kind === OTHER) return { kind: "other", at };
  if (kind === ARRAY) {
    let items: ReadonlyArray<SourceNode | undefined> | null = null;
    return {
      kind: "array",
      at,
      get items() {
        return (items ??= itemsOf(packed, start));
      },
    };
  }
  let entries: readonly SourceEntry[] | null = null;
  return {
    kind: "object",
    at,
    get entries() {
      return (entries ??= entriesOf(packed, start));
    },
  };
}

function itemsOf(packed: PackedTree, start: number): Array<SourceNode | undefined> {
  const items: Array<SourceNode | undefined> = [];
  const end = packed.numbers[start + 2]!;
  for (let at = start + 3; at < end; at = endOf(packed, at)) items.push(nodeAt(packed, at));
  return items;
}

function entriesOf(packed: PackedTree, start: number): SourceEntry[] {
  const { numbers, keys } = packed;
  const entries: SourceEntry[] = [];
  const end = numbers[start + 2]!;
  for (let at = start + 3; at < end; at = endOf(packed, at + 2)) {
    entries.push({ key: keys[numbers[at]!]!, keyAt: numbers[at + 1]!, value: nodeAt(packed, at + 2)! });
  }
  return entries;
}

function endOf({ numbers }: PackedTree, start: number): number {
  const kind = numbers[start]!;
  if (kind === NOTHING) return start + 1;
  return kind === OTHER ? start + 2 : numbers[start + 2]!;
}
