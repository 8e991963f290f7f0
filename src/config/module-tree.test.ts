import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readModuleTree } from "./module-tree.ts";
import type { ConfigPath } from "../schema/problem.ts";
import { Source } from "../schema/source.ts";

/** The text at the place that is found, up to the end of its line. */
function at(text: string, path: ConfigPath, part: "key" | "value" = "value"): string | null {
  const source = new Source("x.ts", text);
  source.setTree(readModuleTree(text));
  const place = source.locate(path, part);
  return place === null ? null : source.lineText(place.line).slice(place.column - 1);
}

const FORMS: ReadonlyArray<readonly [string, string]> = [
  ["a plain object", "export default { limits: {\n fields: 5 } };"],
  ["defineConfig", "export default defineConfig({ limits: {\n fields: 5 } });"],
  ["defineConfig of a namespace", "export default rt.defineConfig({ limits: {\n fields: 5 } });"],
  ["satisfies", "export default { limits: {\n fields: 5 } } satisfies Config;"],
  ["a constant", "const config: Config = { limits: {\n fields: 5 } };\nexport default config;"],
  ["a constant without semicolons", "const config = { limits: {\n fields: 5 } }\nexport default config"],
  [
    "a constant of a constant",
    "const limits = {\n fields: 5 } as const;\nconst config = { limits };\nexport default defineConfig(config);",
  ],
  ["a constant behind its use", "export default { limits }; const limits = {\n fields: 5 };"],
  ["an arrow function", "export default () => ({ limits: {\n fields: 5 } });"],
  ["an async arrow function", "export default async (): Promise<Config> => defineConfig({ limits: {\n fields: 5 } });"],
  [
    "a function that returns",
    "export default function config() { const a = {b: 1}; return { limits: {\n fields: 5 } }; }",
  ],
  ["a block arrow that returns", "export default () => { if (x) { y(); } return { limits: {\n fields: 5 } }; };"],
  ["a spread of a constant", "const base = { limits: {\n fields: 5 } };\nexport default { ...base, routes: [] };"],
  ["quoted keys", "export default { 'limits': {\n \"fields\": 5 } };"],
  [
    "comments everywhere",
    "/* { */ export /**/ default /* [ */ { // }\n limits /* : */ : /* { */ {\n fields: /* 4 */ 5 } };",
  ],
  ["braces in strings", "const a = '}', b = \"{\", c = `}${'{'}{`;\nexport default { limits: {\n fields: 5 } };"],
  [
    "braces in a regular expression",
    "const r = /[{/]\\{/g, d = 4 / 2 / 1;\nexport default { limits: {\n fields: 5 } };",
  ],
  [
    "other members before",
    "export default { admin: x ? {} : [1, 2], get a() { return {}; }, async b() {}, [c]: {}, limits: {\n fields: 5 } };",
  ],
  [
    "a default export behind other statements",
    "if (a < b) { c(); }\nclass X { limits = { fields: 1 }; }\nexport default { limits: {\n fields: 5 } };",
  ],
];

describe("the value is found in", () => {
  test.each(FORMS)("%s", (_name, text) => {
    expect(at(text, ["limits", "fields"])).toMatch(/^5( |$)/);
    expect(at(text, ["limits", "fields"], "key")).toMatch(/^"?fields/);
  });
});

describe("helpers", () => {
  const text = `import { pool, route } from "roundtrip";
const shop = route(["/a", "/b"], { proxy: "app", match: { method: "GET" } });
export default {
  pools: { app: pool(["x:1", { address: "y:2", weight: 3 }], { balance: "b" }) },
  routes: [shop, ...[route("/c", { respond: {} })], route<Foo>("/d", { name: "d" })],
};`;

  test.each([
    [["routes", 0, "match", "path", 1], '"/b"'],
    [["routes", 0, "match", "method"], '"GET"'],
    [["routes", 0, "proxy"], '"app"'],
    [["routes", 1, "match", "path"], '"/c"'],
    [["routes", 2, "name"], '"d"'],
    [["routes", 2], 'route<Foo>("/d"'],
    [["pools", "app", "targets", 1, "weight"], "3 }]"],
    [["pools", "app", "balance"], '"b"'],
  ] as Array<[ConfigPath, string]>)("%p", (path, found) => {
    expect(at(text, path)).toStartWith(found);
  });
});

describe("what is computed", () => {
  test("is reported at the nearest part around it", () => {
    expect(at("export default { limits: make({ fields: 5 }) };", ["limits", "fields"])).toStartWith("make");
    expect(at("export default { limits: x ? { fields: 5 } : {} };", ["limits", "fields"])).toStartWith("x ?");
    expect(at("export default { limits: [{}].at(0) };", ["limits", "fields"])).toStartWith("[{}]");
    expect(at("export default { routes: [...many(), { a: 1 }] };", ["routes", 3, "a"])).toStartWith("routes");
  });

  test("has no place when nothing is known", () => {
    expect(at("export const a = 1;", ["limits"])).toBeNull();
  });

  test("does not send the reader in circles", () => {
    expect(at("const a = { ...b }; const b = { ...a }; export default a;", ["x"])).not.toBeUndefined();
    expect(readModuleTree(`export default ${"[".repeat(100_000)}`)).toBeNull();
  });
});

test("no text makes the reader throw or hang", () => {
  const punctuation = [
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    ":",
    ",",
    "...",
    "=>",
    "`",
    "${",
    "'",
    '"',
    "/",
    "//",
    "/*",
    "*/",
    "<",
    ">",
    ";",
    ".",
    "!",
  ];
  const words = ["export default ", "a", "1", "\n", "const a =", "function", "return", "async", "as"];
  const piece = fc.constantFrom(...punctuation, ...words);
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      readModuleTree(`export default ${pieces.join("")}`);
    }),
    { numRuns: 3000 },
  );
});
