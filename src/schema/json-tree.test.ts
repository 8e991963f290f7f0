import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { JsonSyntaxError, readJsonTree } from "./json-tree.ts";
import type { SourceNode } from "./source.ts";

/** What the tree says of the text: the value with strings, numbers and words read at their places. */
function rebuild(node: SourceNode, text: string): unknown {
  if (node.kind === "object")
    return Object.fromEntries(node.entries.map(({ key, value }) => [key, rebuild(value, text)]));
  if (node.kind === "array") return node.items.map((item) => rebuild(item!, text));
  const literal = /^(?:"(?:[^"\\]|\\.)*"|[-+.\w]+)/.exec(text.slice(node.at))![0];
  return JSON.parse(literal) as unknown;
}

test("the places of any JSON lead to its values", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(0, 2, "\t"), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      expect(rebuild(readJsonTree(text), text)).toEqual(JSON.parse(text));
    }),
  );
});

test("what is accepted is what JSON.parse accepts", () => {
  const piece = fc.constantFrom(
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"a"',
    '"b"',
    "1",
    "-",
    "01",
    "1.5e3",
    "true",
    "nul",
    " ",
    "\n",
    "'",
    "//",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 9 }), (pieces) => {
      const text = pieces.join("");
      // The one difference: a name that stands twice is refused.
      if (/"a".*"a"|"b".*"b"/s.test(text)) return;
      expect(accepts(readJsonTree, text)).toBe(accepts(JSON.parse, text));
    }),
    { numRuns: 2000 },
  );
});

function accepts(read: (text: string) => unknown, text: string): boolean {
  try {
    read(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof JsonSyntaxError) return false;
    throw error;
  }
}

describe("errors say where and what", () => {
  test.each([
    ['{"a": 1,}', 8, "a name in double quotes is expected"],
    ["{a: 1}", 1, "a name in double quotes is expected"],
    ['{"a" 1}', 5, 'a ":" is expected'],
    ['{"a": 1 "b"}', 8, 'a "," or "}" is expected'],
    ["[1 2]", 3, 'a "," or "]" is expected'],
    ["[1,]", 3, "a JSON value is expected"],
    ['{"a": 1, "a": 2}', 9, 'the name "a" appears twice'],
    ["[1] x", 4, "nothing is expected behind the value"],
    ["[01]", 2, 'a "," or "]" is expected'],
    ['["a', 1, "this string is not closed or holds an invalid escape or control character"],
    ["// no", 0, "a JSON value is expected"],
    ["", 0, "a JSON value is expected, but the file ends"],
    ['{"a": [', 7, "a JSON value is expected, but the file ends"],
  ])("%p", (text, offset, message) => {
    let thrown: unknown;
    try {
      readJsonTree(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(JsonSyntaxError);
    expect({ offset: (thrown as JsonSyntaxError).offset, message: (thrown as JsonSyntaxError).message }).toEqual({
      offset,
      message,
    });
  });

  test("endless nesting ends", () => {
    expect(() => readJsonTree("[".repeat(100_000))).toThrow("nested deeper than 100");
  });
});
