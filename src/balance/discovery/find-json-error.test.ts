import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { findJsonError } from "./find-json-error.ts";

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe("where a text stops being JSON", () => {
  for (const [text, offset, message] of [
    ["", 0, "a value is expected, but the file ends"],
    ["  \n", 3, "a value is expected, but the file ends"],
    ['["a:1",]', 7, "a value is expected"],
    ['["a:1" "b:2"]', 7, 'a "," or the end of the list or object is expected'],
    ['["a:1"', 6, 'a "," or the end of the list or object is expected, but the file ends'],
    ["[", 1, 'a value or "]" is expected, but the file ends'],
    ['{"address" "a"}', 11, 'a ":" is expected'],
    ['{"address": }', 12, "a value is expected"],
    ["{address: 1}", 1, 'a name in double quotes or "}" is expected'],
    ['{"a": 1, }', 9, "a name in double quotes is expected"],
    ["[1}", 2, 'a "," or the end of the list or object is expected'],
    ['["a\nb"]', 1, "this string is not closed or holds an invalid escape or control character"],
    ['["unclosed]', 1, "this string is not closed or holds an invalid escape or control character"],
    ["[] []", 3, "nothing is expected behind the value"],
    ["[01]", 2, 'a "," or the end of the list or object is expected'],
    ["// no", 0, "a value is expected"],
  ] as const) {
    test(JSON.stringify(text), () => expect(findJsonError(text)).toEqual({ offset, message }));
  }

  test("agrees with JSON.parse about what is JSON", () => {
    const piece = fc.constantFrom(
      "[",
      "]",
      "{",
      "}",
      ",",
      ":",
      '"a"',
      "1",
      "-0.5e3",
      "true",
      "null",
      " ",
      "\n",
      '"',
      "x",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const text = pieces.join("");
        expect(findJsonError(text) === null).toBe(isJson(text));
      }),
      { numRuns: 1000 },
    );
    fc.assert(fc.property(fc.json(), (text) => expect(findJsonError(text)).toBeNull()));
  });

  test("every beginning of a list breaks at its end", () => {
    const text = '[{"address": "10.0.0.1:80", "weight": 2}, "b:1"]';
    for (let length = 0; length < text.length; length++) {
      expect(findJsonError(text.slice(0, length))!.offset).toBeWithin(0, length + 1);
    }
  });
});
