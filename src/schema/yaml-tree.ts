/** YAML nodes as a tree of places. */
import { isAlias, isMap, isScalar, isSeq } from "yaml";
import type { Document, Node, Pair } from "yaml";
import type { SourceEntry, SourceNode } from "./source.ts";

/** The tree of a document without errors; an alias has the places of its anchor. */
export function yamlTree(document: Document.Parsed): SourceNode | null {
  return document.contents === null ? null : convert(document.contents, document, new Set());
}

/** `open`: the nodes around this one, since an alias may point to one of them. */
function convert(node: Node, document: Document.Parsed, open: ReadonlySet<Node>): SourceNode {
  const at = node.range?.[0] ?? 0;
  if (open.has(node)) return { kind: "other", at };
  const inner = new Set(open).add(node);
  if (isAlias(node)) {
    const anchor = node.resolve(document);
    return anchor === undefined ? { kind: "other", at } : convert(anchor, document, inner);
  }
  if (isMap(node)) {
    return { kind: "object", at, entries: node.items.map((pair) => entryOf(pair, document, inner)) };
  }
  if (isSeq(node)) {
    return { kind: "array", at, items: node.items.map((item) => convert(item as Node, document, inner)) };
  }
  return { kind: "other", at };
}

function entryOf(pair: Pair, document: Document.Parsed, open: ReadonlySet<Node>): SourceEntry {
  const key = pair.key as Node;
  const keyAt = key.range?.[0] ?? 0;
  const value =
    pair.value === null ? { kind: "other" as const, at: keyAt } : convert(pair.value as Node, document, open);
  return { key: isScalar(key) ? String(key.value) : "", keyAt, value };
}
