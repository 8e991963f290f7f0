import { describe, expect, test } from "bun:test";
import { codeBlocks, headingAnchors, links } from "./markdown.ts";

const page = [
  "# A page, of `code` & more",
  "",
  'See [one](a.md) and [two](b/c.md#part "title"), not `[three](d.md)`.',
  "",
  "```ts",
  "const x = [0](1);",
  "```",
  "",
  "  ```sh",
  "  npm start",
  "  ```",
  "## [Linked](e.md) heading",
].join("\n");

describe("what the tests of the documentation see", () => {
  test("code blocks with language and line", () => {
    expect(codeBlocks(page)).toEqual([
      { language: "ts", text: "const x = [0](1);\n", line: 5 },
      { language: "sh", text: "  npm start\n", line: 9 },
    ]);
  });

  test("links outside code", () => {
    expect(links(page)).toEqual(["a.md", "b/c.md#part", "e.md"]);
  });

  test("anchors of headings", () => {
    expect(headingAnchors(page)).toEqual(["a-page-of-code--more", "linked-heading"]);
  });
});
