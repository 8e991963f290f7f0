import { expect, test } from "bun:test";
import { packTree, unpackTree } from "./packed-tree.ts";
import { readText } from "./read-text.ts";
import { Source } from "./source.ts";

const YAML = `listeners: []
pools: &pools
  a: { targets: [one, two] }
routes:
  - match: { path: /a }
    respond: {}
  - 5
again: *pools
`;

test("a tree that was packed finds the same places", () => {
  for (const text of [YAML, "5", '{"a": [1, {"b": []}], "c": {}}']) {
    const read = readText("yaml", text);
    if ("faults" in read) throw new Error(read.faults[0]?.message);
    const packed = packTree(read.tree!);
    expect(unpackTree(structuredClone(packed))).toEqual(read.tree!);
    const source = new Source("t", text);
    source.setTree(unpackTree(packed));
    if (text === YAML) {
      expect(source.locate(["routes", 0, "match", "path"])).toMatchObject({ line: 5, column: 20 });
      expect(source.locate(["routes", 1])).toMatchObject({ line: 7, column: 5 });
      expect(source.locate(["again", "a", "targets", 1])).toMatchObject({ line: 3, column: 23 });
      expect(source.locate(["routes"], "key")).toMatchObject({ line: 4, column: 1 });
    }
  }
});
