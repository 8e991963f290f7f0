import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { cells, printable, wrap } from "./text-layout.ts";

describe("wrap", () => {
  test("breaks at spaces, and words that are too long anywhere", () => {
    expect(wrap("one two three", 8)).toEqual(["one two", "three"]);
    expect(wrap("abcdefghijkl mn", 8)).toEqual(["abcdefgh", "ijkl mn"]);
    expect(wrap("", 8)).toEqual([""]);
  });

  test("keeps a number with its unit", () => {
    expect(wrap("it was 60 s long", 8)).toEqual(["it was", "60 s", "long"]);
    expect(wrap("took 60 seconds", 8)).toEqual(["took 60", "seconds"]);
  });

  test("never exceeds the width and loses nothing but spaces", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", " ", "é", "漢", "👍", "1", "s") }),
        fc.integer({ min: 8, max: 40 }),
        (text, width) => {
          const lines = wrap(text, width);
          for (const line of lines) expect(cells(line)).toBeLessThanOrEqual(width);
          expect(lines.join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
        },
      ),
    );
  });
});

describe("printable", () => {
  test("a terminal gets no control sequence from the network", () => {
    expect(printable("a\x1b[2Jb\r\n\x07\x9b\x7f\u202e", true)).toBe("a\\x1b[2Jb\\x0d\\x0a\\x07\\x9b\\x7f\\u202e");
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(printable(text, true)).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
        expect(printable(text, false)).toMatch(/^[\x20-\x7e]*$/);
      }),
    );
  });

  test("without Unicode it stays readable", () => {
    expect(printable("5 µs → a … b · é", false)).toBe("5 us -> a ... b - ?");
  });
});
