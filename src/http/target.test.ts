import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { RequestHead } from "../contract/head.ts";
import { faultOf } from "../fault/faults.ts";
import type { PathRules } from "../contract/plan.ts";
import { DEFAULT_PATH_RULES } from "./head-limits.ts";
import { normalizePath } from "./target.ts";

function normalize(path: string, rules: Partial<PathRules> = {}): RequestHead | string {
  const head = new RequestHead();
  const text = `>${path}<`;
  const result = normalizePath(Buffer.from(text, "latin1"), 1, text.length - 1, head, {
    ...DEFAULT_PATH_RULES,
    ...rules,
  });
  return result < 0 ? faultOf(-result) : head;
}

function normal(path: string, rules: Partial<PathRules> = {}): string {
  const head = normalize(path, rules);
  if (typeof head === "string") return head;
  return head.normalized === null ? path : head.normalized.latin1Slice();
}

describe("normal form", () => {
  const cases: ReadonlyArray<readonly [path: string, normalForm: string]> = [
    // RFC 3986 §5.2.4 and §6.2.2
    ["/a/b/c/./../../g", "/a/g"],
    ["/%7Efoo", "/~foo"],
    ["/%7efoo/%41%2d%5F", "/~foo/A-_"],
    ["/a%c3%bc%3f", "/a%C3%BC%3F"],
    ["/a/./b/../c", "/a/c"],
    ["/a/.", "/a/"],
    ["/a/./", "/a/"],
    ["/a/b/..", "/a/"],
    ["/a/b/../", "/a/"],
    ["/a/..", "/"],
    ["/.", "/"],
    ["/./", "/"],
    ["/a/%2e%2E/b", "/b"],
    ["/a/.%2e/b", "/b"],
    ["//", "/"],
    ["///a//b///", "/a/b/"],
    ["/a//../b", "/b"],
    ["/...", "/..."],
    ["/.a/..b/c..", "/.a/..b/c.."],
    ["/.well-known/x", "/.well-known/x"],
    ["/a%20b", "/a%20b"],
    ["/%252e%252e/", "/%252e%252e/"],
    ["/a;b=c/d", "/a;b=c/d"],
    ["/%5bid%5D/[id]|^", "/%5Bid%5D/%5Bid%5D%7C%5E"],
    ["/a%40b%3b%2B", "/a%40b%3B%2B"],
    // left as they are or refused
    ["/..", "target-ambiguous"],
    ["/../a", "target-ambiguous"],
    ["/a/../../b", "target-ambiguous"],
    ["/a\\..\\b", "target-invalid"],
    ["/..\\b", "target-invalid"],
    ["/a/.\\b", "target-invalid"],
    ["/a%5c%2e%2e", "target-escaped-slash"],
    ["/..%2fb", "target-escaped-slash"],
    ["/a%2F.", "target-escaped-slash"],
    ["/..;/admin", "target-ambiguous"],
    ["/a/.;x=y/b", "target-ambiguous"],
    ["/%2e%2e%3bx", "target-ambiguous"],
    ["/a%2f..;b", "target-escaped-slash"],
    ["/a%00", "target-ambiguous"],
    // what servers read in different ways
    ["/admin%2fs", "target-escaped-slash"],
    ["/%2Fadmin/s", "target-escaped-slash"],
    ["/admin%5cs", "target-escaped-slash"],
    ["/admin\\s", "target-invalid"],
    ["//x/admin/s", "/x/admin/s"],
    // no characters of a path
    ['/a"', "target-invalid"],
    ["/<a>", "target-invalid"],
    ["/{a}", "target-invalid"],
    ["/a`", "target-invalid"],
    ["/%", "target-invalid"],
    ["/%4", "target-invalid"],
    ["/%4g", "target-invalid"],
    ["/%g4", "target-invalid"],
  ];
  for (const [path, normalForm] of cases) {
    test(`${path} → ${normalForm}`, () => expect(normal(path)).toBe(normalForm));
  }
});

describe("an escaped slash by the config", () => {
  const cases: ReadonlyArray<readonly [path: string, kept: string, decoded: string]> = [
    ["/a%2fb", "/a%2Fb", "/a/b"],
    ["/a%5Cb", "/a%5Cb", "/a/b"],
    ["/%2f%2Fa%2f", "/%2F%2Fa%2F", "/a/"],
    ["/a%2f../b", "target-ambiguous", "/b"],
    ["/..%2fb", "target-ambiguous", "target-ambiguous"],
    ["/a%5c%2e%2e", "target-ambiguous", "/"],
    ["/a%2F.", "target-ambiguous", "/a/"],
    ["/a/b%2f..;c", "target-ambiguous", "target-ambiguous"],
    ["/a%252fb", "/a%252fb", "/a%252fb"],
  ];
  for (const [path, kept, decoded] of cases) {
    test(`${path} → ${kept}, ${decoded}`, () => {
      expect([normal(path, { escapedSlash: "keep" }), normal(path, { escapedSlash: "decode" })]).toEqual([
        kept,
        decoded,
      ]);
    });
  }
});

describe("what the head says of it", () => {
  const facts = (path: string, rules: Partial<PathRules> = {}): unknown[] => {
    const head = normalize(path, rules) as RequestHead;
    const forms = [head.normalized?.latin1Slice() ?? null, head.matchedPath?.latin1Slice() ?? null];
    return [head.plainPath, head.pathChanged, ...forms];
  };

  test("plain when there is nothing to do and no escape", () => {
    expect(facts("/.well-known/a")).toEqual([true, false, null, null]);
    expect(facts("")).toEqual([true, false, null, null]);
    expect(facts("/a;b/c")).toEqual([true, false, null, null]);
  });

  test("an escape makes it not plain, also when it stays", () => {
    expect(facts("/a%20b")).toEqual([false, false, "/a%20b", null]);
  });

  test("another form than came is told, for it goes on", () => {
    expect(facts("/a/../b")).toEqual([false, true, "/b", null]);
    expect(facts("//a")).toEqual([false, true, "/a", null]);
    expect(facts("/%61")).toEqual([false, true, "/a", null]);
    expect(facts("/%c3%bc")).toEqual([false, true, "/%C3%BC", null]);
    expect(facts("/[a]")).toEqual([false, true, "/%5Ba%5D", null]);
  });

  test("an escape of what may stand in a path counts as that to routes", () => {
    expect(facts("/%40fs%3b%2B%25%20/a")).toEqual([false, true, "/%40fs%3B%2B%25%20/a", "/@fs;+%25%20/a"]);
  });

  test("parameters count as nothing to routes where the config says so", () => {
    const ignore: Partial<PathRules> = { parameters: "ignore" };
    expect(facts("/admin;a=b/s;c", ignore)).toEqual([false, false, "/admin;a=b/s;c", "/admin/s"]);
    expect(normal("/;a/admin", ignore)).toBe("target-ambiguous");
    expect(normal("/a/;", ignore)).toBe("target-ambiguous");
  });
});

const segment = fc.stringMatching(/^(?:[a-z.;\\/]|%2[ef]|%5[Cc]|%41|%20){0,5}$/);
const path = fc.array(segment, { maxLength: 5 }).map((parts) => `/${parts.join("/")}`);

test("the normal form is its own normal form, and holds no dot or empty segment", () => {
  fc.assert(
    fc.property(path, (text) => {
      const form = normal(text);
      if (form.startsWith("target-")) return;
      expect(normal(form)).toBe(form);
      const segments = form.split("/").slice(1);
      expect(segments).not.toContain(".");
      expect(segments).not.toContain("..");
      expect(segments.slice(0, -1)).not.toContain("");
    }),
    { seed: 1, numRuns: 2_000 },
  );
});

test("no reading of an accepted path leaves the form: decoding slashes brings up no dot segment", () => {
  fc.assert(
    fc.property(path, (text) => {
      const form = normal(text, { escapedSlash: "keep" });
      if (form.startsWith("target-")) return;
      const parts = form.replace(/%2f|%5c/gi, "/").split("/");
      for (const part of parts) expect([".", ".."]).not.toContain(part.split(";", 1)[0]!);
    }),
    { seed: 2, numRuns: 2_000 },
  );
});
