import { expect, test } from "bun:test";
import fc from "fast-check";
import { editDistance, nearestWord } from "./nearest.ts";

test.each([
  ["", "", 0],
  ["users", "users", 0],
  ["usrs", "users", 1],
  ["Users", "users", 0],
  ["proyx", "proxy", 1],
  ["abc", "", 3],
  ["kitten", "sitting", 3],
])("from %p to %p it takes %p edits", (a, b, edits) => {
  expect(editDistance(a, b)).toBe(edits);
});

test("the distance is symmetric and no more than the longer word", () => {
  const word = fc.string({ maxLength: 8 });
  fc.assert(
    fc.property(word, word, (a, b) => {
      expect(editDistance(a, b)).toBe(editDistance(b, a));
      expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
    }),
  );
});

test("the nearest word is proposed only when it is near", () => {
  const words = ["proxy", "respond", "redirect", "handler", "static"];
  expect(nearestWord("prxy", words)).toBe("proxy");
  expect(nearestWord("redirects", words)).toBe("redirect");
  expect(nearestWord("respnod", words)).toBe("respond");
  expect(nearestWord("banana", words)).toBeUndefined();
  expect(nearestWord("x", [])).toBeUndefined();
});
