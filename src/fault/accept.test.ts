import { describe, expect, test } from "bun:test";
import { errorFormat, parseQualityList } from "./accept.ts";

describe("parseQualityList", () => {
  test("reads names in lower case with their weights, in order", () => {
    expect(parseQualityList("Text/HTML;level=1;q=0.7, */* ; Q=0.25 ,, a/b")).toEqual([
      { name: "text/html", quality: 0.7 },
      { name: "*/*", quality: 0.25 },
      { name: "a/b", quality: 1 },
    ]);
  });

  test("leaves out members with a malformed weight", () => {
    expect(parseQualityList("a;q=2, b;q=x, c;q=, d;q=0.1234, e;q=-1, f;q=1.000, g;q=0")).toEqual([
      { name: "f", quality: 1 },
      { name: "g", quality: 0 },
    ]);
  });

  test("reads a bounded number of members", () => {
    expect(parseQualityList("a,".repeat(10_000)).length).toBeLessThanOrEqual(64);
  });
});

describe("errorFormat", () => {
  test.each([
    [undefined, "text"],
    ["", "text"],
    ["*/*", "text"],
    ["text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", "html"],
    ["application/json", "json"],
    ["application/problem+json", "json"],
    ["application/*", "json"],
    ["application/json, text/plain, */*", "json"],
    ["text/html;q=0.2, application/json;q=0.9", "json"],
    ["application/json;q=0.2, text/html", "html"],
    ["text/*;q=0.5, text/html;q=0.1, application/json;q=0.3", "text"],
    ["*/*, text/plain;q=0, text/html;q=0", "json"],
    ["image/png", "text"],
    ["text/html;q=0", "text"],
  ] as const)("%p gives %s", (accept, format) => {
    expect(errorFormat(accept)).toBe(format);
  });
});
