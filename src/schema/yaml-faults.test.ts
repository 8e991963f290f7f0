import { describe, expect, test } from "bun:test";
import { parseDocument } from "yaml";
import { yamlFaults } from "./yaml-faults.ts";

/** Place, message and remedy. */
function faultsOf(text: string): string[] {
  const document = parseDocument(text, { prettyErrors: false, uniqueKeys: true });
  return yamlFaults(document, text).map(({ at, message, remedy = "" }) => `${at} ${message}; ${remedy}`);
}

describe("a plain value that YAML takes for something else", () => {
  test.each([
    ["host: *.x", '6 no anchor is called ".x"; quote it: "*.x"'],
    ["match: { host: *.x, path: /a }", '15 no anchor is called ".x"; quote it: "*.x"'],
    ["path: *", '6 alias cannot be an empty string; quote it: "*"'],
    ["body: @hello you # or me", '6 plain value cannot start with reserved character @; quote it: "@hello you"'],
    ["list: [a, @b, c]", '10 plain value cannot start with reserved character @; quote it: "@b"'],
    ["body: %d", '6 plain value cannot start with directive indicator character %; quote it: "%d"'],
    ["body: `a`", '6 plain value cannot start with reserved character `; quote it: "`a`"'],
    ["body: !a b", '6 unresolved tag: !a; quote it: "!a b"'],
    ["body: hello: you", '6 nested mappings are not allowed in compact mappings; quote it: "hello: you"'],
    ["{ body: hello: you }", '8 block collections are not allowed within flow collections; quote it: "hello: you"'],
    ["{ path: /a/{id}, b: 1 }", '11 unexpected flow-map-start at node end; quote it: "/a/{id}"'],
    ["body: {{ x }}", "7 a list or an object is not a name; quote the whole value, which begins with a bracket"],
  ])("%s", (text, expected) => {
    expect(faultsOf(text)[0]).toBe(expected);
  });

  test("is told once, and not what follows from it", () => {
    expect(faultsOf("- match: { path: /a/{id} }\n  respond: {}\n")).toHaveLength(1);
    expect(faultsOf("path: *\n")).toHaveLength(1);
    expect(faultsOf("a: @b\nc: @d\n")).toHaveLength(2);
  });
});

test("tabs, and a second document", () => {
  expect(faultsOf("routes:\n\t- a")[0]).toBe("8 tabs are not allowed as indentation; indent with spaces");
  expect(faultsOf("a: 1\n---\nb: 2")).toEqual(["5 a second document begins here; take away the line ---"]);
});

test("what is right has none", () => {
  const text = `a: &b ["*.x", '@y', 'c: d', "{id}"]\ne: *b\nf: http://g:80\nh: "%i"\n`;
  expect(faultsOf(text)).toEqual([]);
});
