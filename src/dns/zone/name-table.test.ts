import { expect, test } from "bun:test";
import { atOnce } from "../../time/slices.ts";
import { parseName } from "../wire/name.ts";
import { hashLabel, ROOT_HASH } from "../wire/name-hash.ts";
import { NameTable, NO_NODE } from "./name-table.ts";

const APEX = parseName("shop.test") as Uint8Array;

function name(text: string): Uint8Array {
  return new Uint8Array(parseName(text, APEX) as Uint8Array);
}

function hashOf(bytes: Uint8Array): number {
  const labels: number[] = [];
  for (let at = 0; bytes[at] !== 0; at += bytes[at]! + 1) labels.push(at);
  return labels.toReversed().reduce((hash, at) => hashLabel(hash, bytes, at), ROOT_HASH);
}

function find(table: NameTable, text: string): number {
  const bytes = name(text);
  return table.find(bytes, 0, bytes.length, hashOf(bytes));
}

test.each([
  ["that grew while it was filled", 1],
  ["with room for all from the start", 40_000],
  ["with far too much room", 1_000_000],
])("a table %s finds every name, and no other", (_what, capacity) => {
  const table = new NameTable(APEX, capacity);
  const nodes = Array.from({ length: 20_000 }, (_, index) =>
    table.add(name(`h${index}.Sub`), name(`h${index}.Sub`).length),
  );
  expect(atOnce(table.finish())).toBeUndefined();
  for (let again = 0; again < 2; again++) {
    expect(table.count).toBe(20_002);
    expect(find(table, "shop.test.")).toBe(0);
    expect(find(table, "sub")).toBe(1);
    for (let index = 0; index < nodes.length; index++) expect(find(table, `h${index}.sub`)).toBe(nodes[index]!);
    for (const other of ["h20000.sub", "h1", "test.", "h1.sub.other.test.", "*.sub"])
      expect(find(table, other)).toBe(NO_NODE);
    expect(table.wildcardOf(1)).toBe(NO_NODE);
    // Zones share a table: it is finished for all of them, and stays as it is.
    atOnce(table.reserve(100_000, 1_000_000));
    atOnce(table.finish());
  }
  expect(() => table.add(name("more"), name("more").length)).toThrow("finished");
});

test("what was added is known before the table is finished", () => {
  const table = new NameTable(APEX);
  const nodes = ["a.b", "b", "A.B", "c.b", "*.b"].map((text) => table.add(name(text), name(text).length));
  expect(nodes).toEqual([2, 1, 2, 3, 4]);
  expect(find(table, "b")).toBe(NO_NODE);
  atOnce(table.finish());
  expect([find(table, "b"), table.wildcardOf(1)]).toEqual([1, 4]);
});

test("names are told apart by their labels, not by their letters", () => {
  const table = new NameTable(APEX);
  const names = ["a.b", String.raw`a\.b`, "ab", String.raw`\001a.b`];
  const nodes = names.map((text) => table.add(name(text), name(text).length));
  expect(new Set(nodes).size).toBe(names.length);
  atOnce(table.finish());
  expect(names.map((text) => find(table, text))).toEqual(nodes);
});

test("a name of another zone is not taken, and leaves nothing", () => {
  const table = new NameTable(APEX);
  for (const other of ["test.", "a.other.test.", "xshop.test.", "."]) {
    expect(table.add(name(other), name(other).length)).toBe(NO_NODE);
  }
  expect(table.count).toBe(1);
});
