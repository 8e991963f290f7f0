import type { PathPattern } from "./path-pattern.ts";

/** A place in the tree of segments while it is built; `PathTrie` is what it becomes. */
export class PathTreeNode {
  readonly children = new Map<string, PathTreeNode>();
  /** For a segment of any text. */
  parameter: PathTreeNode | null = null;
  /** Candidates [first, prefixFirst) end here, [prefixFirst, end) end here with "*". */
  first = 0;
  prefixFirst = 0;
  end = 0;

  /** Takes candidate number `rank`, which ends here. They come in order: patterns without "*" before those with it. */
  addCandidate(rank: number, prefix: boolean): void {
    if (this.end === 0) {
      this.first = rank;
      this.prefixFirst = rank;
    }
    if (!prefix) this.prefixFirst = rank + 1;
    this.end = rank + 1;
  }
}

/** The place where a pattern ends below a root, made if need be. */
export function placeOf(root: PathTreeNode, pattern: PathPattern): PathTreeNode {
  let node = root;
  for (const { text, parameter } of pattern.segments) {
    if (parameter) {
      node.parameter ??= new PathTreeNode();
      node = node.parameter;
    } else {
      let child = node.children.get(text);
      if (child === undefined) {
        child = new PathTreeNode();
        node.children.set(text, child);
      }
      node = child;
    }
  }
  return node;
}
