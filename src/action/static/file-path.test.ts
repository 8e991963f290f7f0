import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { filePath } from "./file-path.ts";

function names(path: string, strip: string[] = []): string | null {
  const result = filePath(path, strip);
  return result === null ? null : `${result.segments.join("|")}${result.directory ? "|" : ""}`;
}

describe("filePath", () => {
  test.each([
    ["/", "|"],
    ["/a", "a"],
    ["/a/b.txt", "a|b.txt"],
    ["/a/", "a|"],
    ["/a%20b", "a b"],
    ["/%C3%A4", "ä"],
    ["/\u00c3\u00a4", "ä"],
    ["/a%2541", "a%41"],
    ["/a;b=c", "a;b=c"],
    ["/...", null],
    ["/.well-known/acme/x", ".well-known|acme|x"],
  ])("%p", (path, expected) => {
    expect(names(path)).toBe(expected);
  });

  test.each([
    "",
    "a",
    "*",
    "/..",
    "/../etc/passwd",
    "/a/../b",
    "/%2e%2e/x",
    "/.%2E/x",
    "/a/./b",
    "/..%2fetc",
    "/a%2Fb",
    "/a%5Cb",
    "/a\\b",
    "/..\\..\\x",
    "/a%00.txt",
    "/a\0",
    "/a//b",
    "//a",
    "/a%",
    "/a%2",
    "/a%gg",
    "/%ff",
    "/%C3",
    "/%C0%AE%C0%AE/x",
    "/\u00e4",
    "/.env",
    "/%2Eenv",
    "/.git/config",
    "/a/.htaccess",
    "/a/.well-known/x",
    "/.well-known/.secret",
  ])("%p names no file", (path) => {
    expect(filePath(path, [])).toBeNull();
  });

  test("a prefix is taken off by whole segments, after decoding", () => {
    expect(names("/assets/v1/a.js", ["assets", "v1"])).toBe("a.js");
    expect(names("/%61ssets/v1/", ["assets", "v1"])).toBe("|");
    expect(names("/assets", ["assets"])).toBe("|");
    expect(names("/assets2/a.js", ["assets"])).toBe("assets2|a.js");
    expect(names("/a", ["a", "b"])).toBe("a");
    expect(names("/assets/.env", ["assets"])).toBeNull();
    expect(names("/assets/../.env", ["assets"])).toBeNull();
  });

  test("whatever comes, the file lies below the root", () => {
    const piece = fc.constantFrom(
      "/",
      ".",
      "..",
      "%2e",
      "%2E",
      "%2f",
      "%5c",
      "\\",
      "%00",
      "%25",
      "a",
      "%c0%ae",
      ";",
      "\u00c3",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const result = filePath(`/${pieces.join("")}`, []);
        if (result === null) return;
        const path = join("/root", ...result.segments);
        expect(path === "/root" || path.startsWith("/root/")).toBeTrue();
        expect(path.split("/").length - 2).toBe(result.segments.length);
      }),
      { numRuns: 2000 },
    );
  });
});
