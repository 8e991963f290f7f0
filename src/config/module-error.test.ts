/** A fault of a config in several files names the file and the line that it comes from. */
import { afterAll, describe, expect, test } from "bun:test";
import { basename } from "node:path";
import { TestFolder } from "./files-for-tests.ts";
import { importOf, importsOf } from "./module-imports.ts";

const folder = new TestFolder();
afterAll(() => folder.remove());

let count = 0;

/** Place, message and remedy of the one problem. Every config has a folder of its own. */
async function told(main: string, others: Readonly<Record<string, string>> = {}): Promise<string> {
  const name = `config-${++count}`;
  for (const [file, text] of Object.entries(others)) folder.write(`${name}/${file}`, text);
  const [problem, ...more] = await folder.problems(`${name}/c.ts`, main);
  expect(more).toEqual([]);
  const { file, line, column, message, remedy } = problem!;
  const words = message.replaceAll(`${folder.path}/${name}/`, "");
  return `${basename(file)}:${line}:${column} ${words}${remedy === undefined ? "" : `; ${remedy}`}`;
}

const IMPORTS_A = `import { a } from "./a.ts";\nexport default a;`;

describe("what an imported file throws", () => {
  test("while it is loaded", async () => {
    expect(await told(IMPORTS_A, { "a.ts": 'export const a = {};\n\nthrow new Error("on purpose");' })).toBe(
      "a.ts:3:11 on purpose",
    );
  });

  test("in a function that is called from elsewhere", async () => {
    const a = 'export function a(): never {\n  throw new Error("on purpose");\n}';
    expect(await told(`import { a } from "./a.ts";\nexport default () => a();`, { "a.ts": a })).toBe(
      "a.ts:2:13 on purpose",
    );
  });

  test("later", async () => {
    const a = 'export async function a() {\n  await Promise.resolve();\n  throw new Error("on purpose");\n}';
    expect(await told(`import { a } from "./a.ts";\nexport default async () => await a();`, { "a.ts": a })).toBe(
      "a.ts:3:13 on purpose",
    );
  });

  test("at a place that nobody knows", async () => {
    expect(await told("export default () => { throw 'text'; };")).toBe("c.ts:0:0 text");
  });
});

describe("modules that are not there", () => {
  test("beside the config", async () => {
    expect(await told(`\nimport { a } from "./nowhere.ts";\nexport default a;`)).toBe(
      "c.ts:2:19 Cannot find module './nowhere.ts' imported from c.ts",
    );
  });

  test("beside an imported file", async () => {
    expect(await told(IMPORTS_A, { "a.ts": `\n\nexport { a } from './nowhere.ts';` })).toBe(
      "a.ts:3:19 Cannot find module './nowhere.ts' imported from a.ts",
    );
  });

  test("packages", async () => {
    expect(await told(`import { a } from "no-such-package";\nexport default a;`)).toBe(
      "c.ts:1:19 Cannot find package 'no-such-package' imported from c.ts",
    );
  });
});

describe("exports that are not there", () => {
  test("by name", async () => {
    expect(
      await told(`import { b,\n  a } from "./a.ts";\nexport default [a, b];`, { "a.ts": "export const b = 1;" }),
    ).toBe("c.ts:2:3 Export named 'a' not found in module 'a.ts'.");
  });

  test("of an imported file's import", async () => {
    const others = { "a.ts": `\nimport { b } from "./b.ts";\nexport const a = b;`, "b.ts": "export const c = 1;" };
    expect(await told(IMPORTS_A, others)).toBe("a.ts:2:10 Export named 'b' not found in module 'b.ts'.");
  });

  test("the default", async () => {
    expect(await told(`import a from "./a.ts";\nexport default a;`, { "a.ts": "export const a = 1;" })).toStartWith(
      "c.ts:1:8 module 'a.ts' does not have an export named 'default'",
    );
  });
});

describe("files that import each other", () => {
  test("are named", async () => {
    const others = {
      "a.ts": `import { b } from "./b.ts";\nexport const a = { routes: [b] };`,
      "b.ts": `import { a } from "./a.ts";\nexport const b = { name: a.routes };`,
    };
    expect(await told(IMPORTS_A, others)).toBe(
      "b.ts:2:26 Cannot access 'a' before initialization.; the files import each other (b.ts → a.ts → b.ts): put what both need into a file of its own",
    );
  });

  test("are no reason when a file uses its own too early", async () => {
    expect(await told("export default { routes: [b] };\nconst b = 1;")).toBe(
      "c.ts:1:28 Cannot access 'b' before initialization.",
    );
  });
});

describe("the imports of a text", () => {
  test("in every form", () => {
    const text = `import "./a";
import b from './b';
import c, { d as e } from "./c";
import * as f from "./f";
import type { G } from "./g";
export { h } from "./h";
export * from "./i";
const j = await import("./j");
export const k = "from './k'";`;
    const found = importsOf(text);
    expect(found.map(({ specifier }) => specifier)).toEqual(["./a", "./b", "./c", "./f", "./g", "./h", "./i", "./j"]);
    expect(found.every(({ specifier, specifierAt }) => text.startsWith(specifier, specifierAt + 1))).toBe(true);
    expect(text.slice(importOf(found[2]!, "d")!)).toStartWith("d as e");
    expect(text.slice(importOf(found[1]!, "default")!)).toStartWith("b from");
    expect(importOf(found[2]!, "x")).toBeNull();
  });
});
