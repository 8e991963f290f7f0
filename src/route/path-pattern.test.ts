import { describe, expect, test } from "bun:test";
import { comparePathPatterns, parameterNames, parsePathPattern, pathKey } from "./path-pattern.ts";

describe("parsePathPattern", () => {
  test.each([
    ["/", [""], false],
    ["/*", [], true],
    ["/a", ["a"], false],
    ["/a/", ["a", ""], false],
    ["/a/b/*", ["a", "b"], true],
    ["/users/:id/orders/:order_2/*", ["users", ":id", "orders", ":order_2"], true],
    ["/a:b", ["a:b"], false],
  ] as const)("%p", (pattern, segments, prefix) => {
    const parsed = parsePathPattern(pattern);
    expect(parsed.segments.map(({ text, parameter }) => (parameter ? `:${text}` : text))).toEqual([...segments]);
    expect(parsed.prefix).toBe(prefix);
    expect(parsed.text).toBe(pattern);
  });

  test("writes static segments as heads bring them", () => {
    expect(parsePathPattern("/%7eu/%c3%a9/a b/ü/%2f").text).toBe("/~u/%C3%A9/a%20b/%C3%BC/%2F");
    expect(parsePathPattern("/a,b;c=d@e!$&'()+").text).toBe("/a,b;c=d@e!$&'()+");
    expect(parsePathPattern("/💐").text).toBe("/%F0%9F%92%90");
  });

  test("its text reads as itself", () => {
    for (const pattern of ["/%7eu/ü/:id/*", "/", "/*", "/a/"]) {
      const parsed = parsePathPattern(pattern);
      expect(parsePathPattern(parsed.text)).toEqual(parsed);
    }
  });

  test.each([
    ["", "does not begin"],
    ["a", "does not begin"],
    ["*", "does not begin"],
    ["/a*", '"*"'],
    ["/*/a", '"*"'],
    ["/a/**", '"*"'],
    ["//a", "empty segment"],
    ["/a//", "empty segment"],
    ["//*", "empty segment"],
    ["/a/../b", "dot segment"],
    ["/.", "dot segment"],
    ["/:", "parameter"],
    ["/:1", "parameter"],
    ["/:a-b", "parameter"],
    ["/:a/:a", "twice"],
    ["/a?b", '"?"'],
    ["/a#b", '"#"'],
    ["/%", "hexadecimal"],
    ["/%2", "hexadecimal"],
    ["/%zz", "hexadecimal"],
    ["/\ud800", "Unicode"],
  ])("refuses %p by name", (pattern, why) => {
    expect(() => parsePathPattern(pattern)).toThrow(RangeError);
    expect(() => parsePathPattern(pattern)).toThrow(why);
    expect(() => parsePathPattern(pattern)).toThrow(`"${pattern}"`);
  });
});

describe("a regular expression", () => {
  test.each([
    ["~ ^/users/\\d+$", ["users"]],
    ["~ ^/a/b/c", ["a", "b"]],
    ["~ ^/a/b/c?", ["a", "b"]],
    ["~ ^/a/(b|c)/", ["a"]],
    ["~ ^/ä/b/", ["%C3%A4", "b"]],
    ["~ ^/a/../b/", ["a"]],
    ["~ ^/a//b/", ["a"]],
    ["~ ^/a|/b/", []],
    ["~ /a/b/", []],
    ["~ (?i:^/a/b/)", []],
    ["~ ^", []],
  ])("%p stands behind its literal segments", (text, segments) => {
    const parsed = parsePathPattern(text);
    expect(parsed.segments.map((segment) => segment.text)).toEqual(segments);
    expect([parsed.text, parsed.prefix, parsed.parameters]).toEqual([text, true, []]);
  });

  test("goes right before the prefix, and is a pattern of its own", () => {
    const ordered = ["/a/b", "~ ^/a/[bc]$", "/a/*", "/b", "~ c$", "/*"];
    const sorted = ordered.map(parsePathPattern).toReversed().toSorted(comparePathPatterns);
    expect(sorted.map(({ text }) => text)).toEqual(ordered);
    expect(new Set(ordered.map((text) => pathKey(parsePathPattern(text)))).size).toBe(ordered.length);
  });
});

test("pathKey: parameters by place, not by name", () => {
  const key = (pattern: string): string => pathKey(parsePathPattern(pattern));
  expect(key("/a/:x/*")).toBe(key("/a/:y/*"));
  expect(key("/a/:x")).not.toBe(key("/a/:x/*"));
  expect(key("/a")).not.toBe(key("/a/"));
});

test("comparePathPatterns: an order", () => {
  const ordered = ["/a/b/c", "/a/b", "/a/b/*", "/a/:x/c", "/a/:x", "/a/:x/*", "/a", "/a/*", "/b", "/:x/b", "/:x", "/*"];
  const patterns = ordered.map(parsePathPattern);
  expect(
    patterns
      .toReversed()
      .toSorted(comparePathPatterns)
      .map(({ text }) => text),
  ).toEqual(ordered);
  expect(comparePathPatterns(parsePathPattern("/a/:x"), parsePathPattern("/a/:y"))).toBe(0);
});

test("parameterNames: those of the longest path, which the others follow", () => {
  const names = (...patterns: string[]): readonly string[] => parameterNames(patterns.map(parsePathPattern));
  expect(names()).toEqual([]);
  expect(names("/a", "/*")).toEqual([]);
  expect(names("/users", "/users/:id", "/users/:id/:part", "/u/:id/*")).toEqual(["id", "part"]);
  expect(() => names("/:a", "/x/:b")).toThrow('paths "/:a" and "/x/:b"');
  expect(() => names("/:a/:b", "/:b")).toThrow(RangeError);
});
