import { expect, test } from "bun:test";
import fc from "fast-check";
import { FieldLines, FieldLineWalk } from "./field-lines.ts";

function walked(lines: FieldLines): Array<[string, string]> {
  const walk = new FieldLineWalk();
  const found: Array<[string, string]> = [];
  walk.begin(lines);
  let end = 0;
  while (walk.next()) {
    expect(walk.lineStart).toBe(end);
    end = walk.lineEnd;
    const { bytes } = lines;
    found.push([bytes.latin1Slice(walk.lineStart, walk.nameEnd), bytes.latin1Slice(walk.valueStart, walk.valueEnd)]);
  }
  expect(end).toBe(lines.length);
  return found;
}

test("a walk finds each line's name and value, without the white space around it", () => {
  const text = "A: 1\r\nb:2\r\nC: \t3: x \t\r\nD:\r\nE:  \r\n";
  const lines = new FieldLines(Buffer.from(`${text}: not these`), text.length);
  expect(walked(lines)).toEqual([
    ["A", "1"],
    ["b", "2"],
    ["C", "3: x"],
    ["D", ""],
    ["E", ""],
  ]);
  expect(walked(new FieldLines(Buffer.alloc(0)))).toEqual([]);
});

test("appended lines are found again, in order", () => {
  const name = fc.stringMatching(/^[a-zA-Z-]{1,9}$/);
  const value = fc.stringMatching(/^(?:[!-~](?:[ -~]{0,20}[!-~])?)?$/);
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value)), (fields) => {
      const lines = new FieldLines(Buffer.alloc(4), 0);
      for (const [key, text] of fields) lines.append(Buffer.from(`${key}: ${text}\r\n`));
      expect(walked(lines)).toEqual(fields);
    }),
    { seed: 5, numRuns: 200 },
  );
});
