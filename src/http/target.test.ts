import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { RequestHead } from "../contract/head.ts";
import { faultOf } from "../fault/faults.ts";
import { normalizePath } from "./target.ts";

function normalize(path: string): RequestHead | string {
  const head = new RequestHead();
  const text = `>${path}<`;
  const result = normalizePath(Buffer.from(text, "latin1"), 1, text.length - 1, head);
  return result < 0 ? faultOf(-result) : head;
}

function normal(path: string): string {
  const head = normalize(path);
  if (typeof head === "string") return head;
  return head.normalized === null ? path : head.normalized.latin1Slice();
}

describe("normal form", () => {
  const cases: ReadonlyArray<readonly [path: string, normalForm: string]> = [
    // RFC 3986 §5.2.4 and §6.2.2
    ["/a/b/c/./../../g", "/a/g"],
    ["/%7Efoo", "/~foo"],
    ["/%7efoo/%41%2d%5F", "/~foo/A-_"],
    ["/a%c3%bc%2f", "/a%C3%BC%2F"],
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
    ["/a\\b", "/a\\b"],
    ["/a%5cb", "/a%5Cb"],
    ["/a%2f../b", "target-ambiguous"],
    // left as they are or refused
    ["/..", "target-ambiguous"],
    ["/../a", "target-ambiguous"],
    ["/a/../../b", "target-ambiguous"],
    ["/a\\..\\b", "target-ambiguous"],
    ["/..\\b", "target-ambiguous"],
    ["/a/.\\b", "target-ambiguous"],
    ["/a%5c%2e%2e", "target-ambiguous"],
    ["/..%2fb", "target-ambiguous"],
    ["/a%2F.", "target-ambiguous"],
    ["/..;/admin", "target-ambiguous"],
    ["/a/.;x=y/b", "target-ambiguous"],
    ["/%2e%2e%3bx", "target-ambiguous"],
    ["/a%2f..;b", "target-ambiguous"],
    ["/a%00", "target-ambiguous"],
    ["/%", "target-invalid"],
    ["/%4", "target-invalid"],
    ["/%4g", "target-invalid"],
    ["/%g4", "target-invalid"],
  ];
  for (const [path, normalForm] of cases) {
    test(`${path} → ${normalForm}`, () => expect(normal(path)).toBe(normalForm));
  }
});

describe("what the head says of it", () => {
  const facts = (path: string): unknown[] => {
    const head = normalize(path) as RequestHead;
    return [head.plainPath, head.hadDotSegments, head.normalized?.latin1Slice() ?? null];
  };

  test("plain when there is nothing to do and no escape", () => {
    expect(facts("/.well-known/a")).toEqual([true, false, null]);
    expect(facts("")).toEqual([true, false, null]);
  });

  test("an escape makes it not plain, also when it stays", () => {
    expect(facts("/a%20b")).toEqual([false, false, "/a%20b"]);
  });

  test("dot segments are told, for then the normal form is sent on", () => {
    expect(facts("/a/../b")).toEqual([false, true, "/b"]);
    expect(facts("//a")).toEqual([false, false, "/a"]);
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
      const form = normal(text);
      if (form.startsWith("target-")) return;
      const parts = form.replace(/%2f|%5c|\\/gi, "/").split("/");
      for (const part of parts) expect([".", ".."]).not.toContain(part.split(";", 1)[0]!);
    }),
    { seed: 2, numRuns: 2_000 },
  );
});
