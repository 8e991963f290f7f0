import { afterAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { TestFolder } from "./files-for-tests.ts";
import { FilesRead } from "./files-read.ts";
import { readModule } from "./load-module.ts";
import { readModuleTree } from "./module-tree.ts";
import type { ConfigPath } from "../schema/problem.ts";
import { Source } from "../schema/source.ts";

const folder = new TestFolder();
afterAll(() => folder.remove());
let count = 0;

/** Finds places in a config that is really loaded. */
async function load(text: string): Promise<{ value: unknown; source: Source }> {
  const source = new Source("x.ts", text);
  const value = await readModule(folder.write(`config-${++count}.ts`, text), source, new FilesRead(), 10_000);
  return { value, source };
}

/** The text at the place that is found, up to the end of its line, in whatever file it is. */
function textAt(source: Source, path: ConfigPath, part: "key" | "value" = "value"): string | null {
  const place = source.locate(path, part);
  return place === null ? null : (place.source ?? source).lineText(place.line).slice(place.column - 1);
}

async function at(text: string, path: ConfigPath, part: "key" | "value" = "value"): Promise<string | null> {
  return textAt((await load(text)).source, path, part);
}

const HELPERS = 'import { defineConfig, pool, route } from "roundtrip-edge";\n';

folder.write("parts.ts", "const five = 5;\nexport const limits = {\n fields: 5 };\nexport default { limits };");
folder.write(
  "again.ts",
  'export { limits as again } from "./parts.ts";\nexport const make = (fields: number) => ({ fields });',
);

const FORMS: ReadonlyArray<readonly [string, string]> = [
  ["a plain object", "export default { limits: {\n fields: 5 } };"],
  ["defineConfig", `${HELPERS}export default defineConfig({ limits: {\n fields: 5 } });`],
  [
    "defineConfig of a namespace",
    `import * as rt from "roundtrip-edge";\nexport default rt.defineConfig({ limits: {\n fields: 5 } });`,
  ],
  ["satisfies", "export default { limits: {\n fields: 5 } } satisfies object;"],
  ["a constant", "const config: object = { limits: {\n fields: 5 } };\nexport default config;"],
  ["a constant without semicolons", "const config = { limits: {\n fields: 5 } }\nexport default config"],
  [
    "a constant of a constant",
    `${HELPERS}const limits = {\n fields: 5 } as const;\nconst config = { limits };\nexport default defineConfig(config);`,
  ],
  ["a constant behind its use", "export default () => ({ limits }); const limits = {\n fields: 5 };"],
  ["an arrow function", "export default () => ({ limits: {\n fields: 5 } });"],
  [
    "an async arrow function",
    `${HELPERS}export default async (): Promise<object> => defineConfig({ limits: {\n fields: 5 } });`,
  ],
  [
    "a function that returns",
    "export default function config() { const a = {b: 1}; return { limits: {\n fields: 5 } }; }",
  ],
  [
    "a block arrow that returns",
    "export default () => { if (Date.now() < 0) { Date.now(); } return { limits: {\n fields: 5 } }; };",
  ],
  ["a constant of the function", "export default () => { const limits = {\n fields: 5 }; return { limits }; };"],
  ["a spread of a constant", "const base = { limits: {\n fields: 5 } };\nexport default { ...base, routes: [] };"],
  ["a member of a constant", "const base = { a: { b: [{\n fields: 5 }] } };\nexport default { limits: base.a.b[0] };"],
  ["a spread that may be none", "export default { limits: {\n fields: 5 }, ...(Date.now() < 0 && { admin: {} }) };"],
  ["one side of a condition", "export default { ...(Date.now() > 0 ? { limits: {\n fields: 5 } } : { admin: {} }) };"],
  ["behind a spread that nobody knows", "export default { ...JSON.parse('{}'), limits: {\n fields: 5 } };"],
  ["a function's own object", "const make = () => ({ limits: {\n fields: 5 } });\nexport default make();"],
  [
    "what a function is given",
    "const make = (fields: number) => ({ limits: { fields } });\nexport default make(\n5 );",
  ],
  [
    "what a function is given by name",
    "function make({ n = 1 }: { n?: number }) { return { limits: { fields: n } }; }\nexport default make({ n:\n5 });",
  ],
  ["a default of a parameter", "const make = (fields =\n5 ) => ({ limits: { fields } });\nexport default make();"],
  ["an imported piece", 'import { limits } from "./parts.ts";\nexport default { limits };'],
  ["an imported default", 'import parts from "./parts.ts";\nexport default { ...parts };'],
  ["a file's namespace", 'import * as parts from "./parts.ts";\nexport default { limits: parts.limits };'],
  ["a piece that is exported again", 'import { again } from "./again.ts";\nexport default { limits: again };'],
  ["an argument of an imported function", 'import { make } from "./again.ts";\nexport default { limits: make(\n5 ) };'],
  ["quoted keys", "export default { 'limits': {\n \"fields\": 5 } };"],
  ["computed keys", 'const key = "limits";\nexport default { [key]: {\n ["fields"]: 5 } };'],
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
    "export default { admin: Date.now() ? {} : [1, 2], get a() { return {}; }, async b() {}, limits: {\n fields: 5 } };",
  ],
  ["the later of two equal keys", "export default { limits: { fields: 4 }, ...{ limits: {\n fields: 5 } } };"],
  [
    "a default export behind other statements",
    "if (1 < 2) { Date.now(); }\nclass X { limits = { fields: 1 }; }\nexport default { limits: {\n fields: 5 } };",
  ],
];

describe("the value is found in", () => {
  test.each(FORMS)("%s", async (_name, text) => {
    const { source } = await load(text);
    expect(textAt(source, ["limits", "fields"])).toMatch(/^5( |$)/);
    expect(textAt(source, ["limits", "fields"], "key")).toMatch(/^\W{0,2}(fields|n\b)/);
  });
});

describe("helpers", () => {
  const text = `${HELPERS}const shop = route(["/a", "/b"], { proxy: "app", match: { method: "GET" } });
const each = (name: string, path: string) => route(path, { name, respond: {} });
export default {
  pools: { app: pool(["x:1", { address: "y:2", weight: 3 }], { balance: "b" }), one: pool("z:1") },
  routes: [shop, ...[route("/c", { respond: {} })], route("/d", { name: "d" }),
    each("e", "/e"),
    ...["/f", "/g"].map((path) => each("n", path))],
};`;

  test.each([
    [["routes", 0, "match", "path", 1], '"/b"'],
    [["routes", 0, "match", "method"], '"GET"'],
    [["routes", 0, "proxy"], '"app"'],
    [["routes", 1, "match", "path"], '"/c"'],
    [["routes", 2, "name"], '"d"'],
    [["routes", 2], 'route("/d"'],
    [["routes", 3], 'each("e"'],
    [["routes", 3, "name"], '"e", "/e"'],
    [["routes", 3, "match", "path"], '"/e")'],
    [["routes", 5, "match", "path"], '"/g"]'],
    [["routes", 5, "name"], '"n", path'],
    [["pools", "app", "targets", 1, "weight"], "3 }]"],
    [["pools", "app", "balance"], '"b"'],
    [["pools", "one", "targets", 0], '"z:1"'],
  ] as Array<[ConfigPath, string]>)("%p", async (path, found) => {
    expect(await at(text, path)).toStartWith(found);
  });

  test("are no functions of the config's own with the same name", async () => {
    const own = `const route = (name: string, rest: object) => ({ name: "own", ...rest });
export default { routes: [route("/a", { match: { path: "/b" } })] };`;
    expect(await at(own, ["routes", 0, "match", "path"])).toStartWith('"/b"');
    expect(await at(own, ["routes", 0, "name"])).toStartWith('"own"');
  });
});

describe("what is computed", () => {
  const make = "const make = (given: object) => { if (Date.now() < 0) return {}; return given; };\n";
  test.each([
    ["a function that decides", `${make}export default { limits: make({ fields: 5 }) };`, "make("],
    ["a condition", "export default { limits: Date.now() ? { fields: 5 } : {} };", "Date.now() ?"],
    ["a method's result", "export default { limits: [{ fields: 5 }].at(0) };", "[{"],
    ["what is hidden perhaps", "export default { limits: { fields: 5 }, ...JSON.parse('{}') };", "{ limits"],
    [
      "what a condition hides perhaps",
      "export default { limits: { fields: 5 }, ...(Date.now() > 0 && { limits: { fields: 5 } }) };",
      "{ limits",
    ],
    ["what a key hides perhaps", "export default { limits: { fields: 5 }, [String(Date.now())]: 1 };", "{ limits"],
    [
      "a variable that is assigned to",
      "let fields = 4; fields = 5;\nexport default { limits: { fields } };",
      "fields }",
    ],
    [
      "an object that is changed",
      "const limits = { fields: 4 }; limits.fields = 5;\nexport default { limits };",
      "limits }",
    ],
    [
      "an object that is changed out of sight",
      "const a = { fields: 4 }; const change = (b: any) => (b.fields = 5); change(a);\nexport default { limits: a };",
      "limits: a",
    ],
  ])("is reported at the nearest part around it: %s", async (_name, text, found) => {
    expect(await at(text, ["limits", "fields"])).toStartWith(found);
  });

  test.each([
    ["behind a spread, from the end", "[...JSON.parse('[1,2,3]'), { a: 1 }]", 3, "1 }"],
    ["within a spread", "[{ a: 1 }, ...JSON.parse('[{\"a\":2}]')]", 1, "routes"],
    [
      "of a list that is changed",
      "((list: object[]) => { list.reverse(); return list; })([{ a: 1 }, { a: 2 }])",
      0,
      "((list",
    ],
    ["of a list that is ordered", "[{ a: 2 }, { a: 1 }].sort((x, y) => x.a - y.a)", 0, "[{"],
    ["of a list of a method", "[1, 2].flatMap((a) => [{ a }])", 1, "[1, 2]"],
  ])("items %s", async (_name, list, index, found) => {
    expect(await at(`export default {\nroutes: ${list} };`, ["routes", index, "a"])).toStartWith(found);
  });

  test("is not a item of a list that is ordered out of sight", async () => {
    const text = `const list = [{ a: 1 }, { a: 2 }]; const turn = (given: any) => given.reverse(); turn(list);
export default { routes: list };`;
    expect(await at(text, ["routes", 0, "a"])).toStartWith("routes: list");
  });

  test("is named with its file", async () => {
    const { source } = await load('import { limits } from "./parts.ts";\nexport default { limits };');
    const place = source.locate(["limits", "fields"]);
    expect([place?.line, place?.column, place?.source?.name]).toEqual([3, 10, `${folder.path}/parts.ts`]);
    const problem = source.problem(place, { path: [], value: 5, message: "", expected: "" });
    expect([problem.file, problem.sourceLine]).toEqual([`${folder.path}/parts.ts`, " fields: 5 };"]);
  });
});

function readText(text: string): unknown {
  return readModuleTree(new Source("x.ts", text), { file: "/x.ts", texts: new Map(), resolve: () => null }, {});
}

describe("a text", () => {
  test("without a default export has no places", () => {
    expect(readText("export const a = 1;")).toBeNull();
  });

  test("does not send the reader in circles, nor keep it for long", () => {
    expect(readText("const a = { ...b }; const b = { ...a }; export default a;")).not.toBeUndefined();
    expect(readText("const f = () => f(); export default f;")).not.toBeUndefined();
    expect(readText(`export default ${"[".repeat(100_000)}`)).toBeNull();
    const doubled = Array.from({ length: 50 }, (_, index) => `const a${index + 1} = [a${index}, a${index}];`);
    expect(readText(`const a0 = 1;${doubled.join("")}export default a50;`)).not.toBeUndefined();
  });

  test("of any kind does not make the reader throw or hang", () => {
    const punctuation = "{ } [ ] ( ) : , ... => ` ${ ' \" / // /* */ < > ; . !".split(" ");
    const words = ["export default ", "a", "1", "\n", "const a =", "function", "return", "async", "as"];
    const piece = fc.constantFrom(...punctuation, ...words);
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        readText(`export default ${pieces.join("")}`);
      }),
      { numRuns: 3000 },
    );
  });
});

/** A value as a config may write it, with its declarations before it; every number stands in it once. */
type Writer = (next: () => number, declare: (text: string) => string) => string;

const { writer } = fc.letrec<{ writer: Writer }>((tie) => {
  const inner = tie("writer");
  const leaf = fc.constant<Writer>((next) => String(next()));
  const object = fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), inner), { maxLength: 3 });
  const list = fc.array(inner, { maxLength: 3 });
  const wrap = fc.constantFrom<(text: string, declare: (text: string) => string) => string>(
    (text) => text,
    (text, declare) => declare(text),
    (text) => `(() => (${text}))()`,
    (text) => `((given) => given)(${text})`,
    (text) => `(Date.now() > 0 ? ${text} : 0)`,
    (text) => `structuredClone(${text})`,
    (text) => `[${text}].map((one) => one)[0]`,
  );
  const spread = fc.constantFrom<(text: string) => string>(
    (text) => text,
    (text) => `...(${text})`,
    (text) => `...(Date.now() > 0 && (${text}))`,
    (text) => `...structuredClone(${text})`,
  );
  return {
    writer: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      leaf,
      fc.tuple(object, object, spread, wrap).map(([fields, more, around, outer]): Writer => (next, declare) => {
        const write = (list: typeof fields): string =>
          list.map(([key, value]) => `${key}: ${value(next, declare)}`).join(", ");
        const parts = [
          write(fields),
          more.length === 0 ? "" : around(`{ ${write(more)} }`).replace(/^\{(.*)\}$/s, "$1"),
        ];
        return outer(`{ ${parts.filter((part) => part !== "").join(", ")} }`, declare);
      }),
      fc.tuple(list, list, wrap).map(([items, more, outer]): Writer => (next, declare) => {
        const write = (values: readonly Writer[]): string => values.map((value) => value(next, declare)).join(", ");
        const spreads = more.length === 0 ? "" : `, ...[${write(more)}].toReversed().toReversed()`;
        return outer(`[${items.length === 0 ? "0" : write(items)}${spreads}]`, declare);
      }),
    ),
  };
});

test("a number is found where it is written, or somewhere around it", async () => {
  await fc.assert(
    fc.asyncProperty(writer, async (write) => {
      let number = 1000;
      const declarations: string[] = [];
      const expression = write(
        () => ++number,
        (text) => {
          declarations.push(`const v${declarations.length} = ${text};`);
          return `v${declarations.length - 1}`;
        },
      );
      const { value, source } = await load(`${declarations.join("\n")}\nexport default { value: ${expression} };`);
      for (const [path, leaf] of leaves(value, [])) {
        const found = textAt(source, path) ?? "";
        const told = /^\d{4,}/.exec(found)?.[0];
        if (told !== undefined) expect(Number(told)).toBe(leaf);
      }
    }),
    { numRuns: 150 },
  );
});

function leaves(value: unknown, path: ConfigPath): Array<[ConfigPath, number]> {
  if (typeof value === "number") return [[path, value]];
  if (Array.isArray(value)) return value.flatMap((item, index) => leaves(item, [...path, index]));
  return Object.entries(value as object).flatMap(([key, item]) => leaves(item, [...path, key]));
}
