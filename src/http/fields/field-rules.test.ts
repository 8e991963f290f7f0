import { expect, test } from "bun:test";
import fc from "fast-check";
import { fieldNameProblem, fieldValueProblem } from "./field-rules.ts";

test("every name and value that passes is also taken by the platform's Headers", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 8 }),
      fc.string({ unit: "binary", maxLength: 8 }),
      (name, value) => {
        if (fieldNameProblem(name) === null) expect(() => new Headers({ [name]: "x" })).not.toThrow();
        if (fieldValueProblem(value) === null) expect(new Headers({ a: value }).get("a")).toBe(value);
      },
    ),
  );
});

test("messages show what a terminal would hide", () => {
  expect(fieldNameProblem("a\u0000é")).toContain('"a\\u{0}\\u{e9}"');
});
