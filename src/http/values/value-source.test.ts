import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { CookieSource } from "./cookie-source.ts";
import { FieldSource } from "./field-source.ts";
import { headOf } from "../../route/head-for-tests.ts";
import type { TestRequest } from "../../route/head-for-tests.ts";
import { QuerySource } from "./query-source.ts";
import type { ValueSource } from "./value-source.ts";

function valuesOf(source: ValueSource, request: TestRequest): string[] {
  const values: string[] = [];
  source.begin(headOf(request));
  while (source.next()) values.push(source.bytes.toString("utf8", source.start, source.end));
  return values;
}

describe("FieldSource", () => {
  const fields = [
    ["X-One", "1"],
    ["x-ONE", " 2, 3"],
    ["X-On", "4"],
    ["X-Onee", "5"],
    ["ACCEPT", "a"],
    ["Accept", ""],
  ] as const;

  test("every line with the name, without regard to case", () => {
    expect(valuesOf(new FieldSource("x-one"), { fields })).toEqual(["1", "2, 3"]);
    expect(valuesOf(new FieldSource("X-On"), { fields })).toEqual(["4"]);
    expect(valuesOf(new FieldSource("x-none"), { fields })).toEqual([]);
  });

  test("fields that the parser knows by number", () => {
    expect(valuesOf(new FieldSource("Accept"), { fields })).toEqual(["a", ""]);
    expect(valuesOf(new FieldSource("host"), { host: "Shop.test:80" })).toEqual(["Shop.test:80"]);
    expect(valuesOf(new FieldSource("cookie"), { fields })).toEqual([]);
  });
});

describe("QuerySource", () => {
  const query = (name: string, search: string): string[] => valuesOf(new QuerySource(name), { target: `/p${search}` });

  test("values in order", () => {
    expect(query("a", "")).toEqual([]);
    expect(query("a", "?")).toEqual([]);
    expect(query("a", "?a")).toEqual([""]);
    expect(query("a", "?a=")).toEqual([""]);
    expect(query("a", "?b=1&a=2&ab=3&a=4=5&&a")).toEqual(["2", "4=5", ""]);
    expect(query("a", "?=a&b=a")).toEqual([]);
    expect(query("a", "?A=1")).toEqual([]);
    expect(query("a", "?x?a=1&a=?")).toEqual(["?"]);
  });

  test("decodes names and values", () => {
    expect(query("a b", "?a+b=1+2&a%20b=%C3%BC&a%2Bb=3")).toEqual(["1 2", "ü"]);
    expect(query("ü", "?%c3%bc=%2B%26%3D")).toEqual(["+&="]);
  });

  test("a bad escape stands for itself", () => {
    expect(query("a", "?a=%&a=%4&a=%zz&a=%4z%41")).toEqual(["%", "%4", "%zz", "%4zA"]);
  });

  test("property: agrees with URLSearchParams", () => {
    const piece = fc.constantFrom("a", "b", "=", "&", "%", "%61", "%C3%BC", "+", "%2", "%26");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const search = pieces.join("");
        for (const name of ["a", "b", "ab", "", "ü"]) {
          expect(query(name, `?${search}`)).toEqual(new URLSearchParams(search).getAll(name));
        }
      }),
      { numRuns: 500, seed: 5 },
    );
  });
});

describe("CookieSource", () => {
  const cookie = (name: string, ...lines: string[]): string[] =>
    valuesOf(new CookieSource(name), { fields: lines.map((line) => ["Cookie", line] as const) });

  test("values in order, of every Cookie field", () => {
    expect(cookie("a")).toEqual([]);
    expect(cookie("a", "")).toEqual([]);
    expect(cookie("a", "a=1")).toEqual(["1"]);
    expect(cookie("a", "b=1; a=2;a=3 ; aa=4; A=5; a")).toEqual(["2", "3"]);
    expect(cookie("a", "b=1", "a=2; c=3", ";;a=4;")).toEqual(["2", "4"]);
    expect(cookie("a", "b=a=1; =a; a=b=c")).toEqual(["b=c"]);
  });

  test("white space is left out, quotes are not", () => {
    expect(cookie("a", 'a\t= x y ; a="q"; a=')).toEqual(["x y", '"q"', ""]);
  });
});
