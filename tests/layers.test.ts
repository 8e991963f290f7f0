/**
 * The import rule: a level imports only lower levels and its own folder, so that every stage can be read, tested and
 * replaced alone, and `path.ts` stays the one place that joins them. ARCHITECTURE.md explains it; this table enforces it.
 */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findCycles, readSources, resolveImport, scanImports, valueGraph } from "./support/source-graph.ts";

const LEVELS: ReadonlyArray<readonly string[]> = [
  ["contract"],
  ["bytes", "time", "backend", "error-message.ts", "standard-stream.ts", "version.ts"],
  ["fault", "schema"],
  ["trace", "http", "transport"],
  ["listener", "tls", "route", "policy", "action", "cache", "balance", "upstream", "dns", "l4", "forward"],
  ["path.ts", "control"],
  ["config", "explain"],
  ["explain-request.ts", "name-service"],
  ["edge"],
  ["commands", "index.ts"],
  ["main.ts"],
];

/** The same inside of rooms that have rooms of their own; the README of each explains its table. */
const INNER: Readonly<Record<string, ReadonlyArray<readonly string[]>>> = {
  dns: [
    ["wire"],
    ["zone"],
    ["dnssec"],
    ["authority"],
    ["check", "steering"],
    ["store"],
    ["transfer", "server"],
    ["config"],
  ],
};

/** Files that may be longer than `MAX_LINES`. Adding one needs a reason that a reader accepts. */
const LONG_FILES: readonly string[] = [];
const MAX_LINES = 400;
/** A test is read case by case, not as a whole. */
const MAX_TEST_LINES = 600;
/** What knows of things beside `src/`, such as the demonstration in `examples/`. */
const OUTWARD = ["commands", "main.ts"];
const OUTWARD_FILES: readonly string[] = ["version.ts → package.json"];

const root = join(import.meta.dir, "..");
const sources = readSources(root, ["src"]);
const everything = readSources(root, ["src", "tests", "examples", "scripts", "bench", "fuzz"]);

/** First part of the path below `src/`: a folder, or a file of the top. */
function roomOf(path: string): string {
  return path.split("/")[1] ?? "";
}

function levelOf(room: string): number {
  return LEVELS.findIndex((rooms) => rooms.includes(room));
}

/** What is wrong with an import from one room of `room` to another, or null. */
function innerViolation(room: string, from: string, specifier: string): string | null {
  const target = resolveImport(from, specifier);
  if (target === null || !target.startsWith(`src/${room}/`)) return null;
  const [inner = "", targetInner = ""] = [from, target].map((path) => path.split("/")[2]);
  if (inner === targetInner) return null;
  const levels = INNER[room]!;
  const [level = -1, targetLevel = -1] = [inner, targetInner].map((one) => levels.findIndex((l) => l.includes(one)));
  if (level === -1 || targetLevel === -1) return `src/${room}/${level === -1 ? inner : targetInner} stands in no level`;
  if (targetLevel < level) return null;
  return `\`${room}/${inner}\` (level ${level}) may not import \`${room}/${targetInner}\` (level ${targetLevel})`;
}

/** The rooms of each level in the table of a page. */
function shownLevels(page: string): string[][] {
  const shown: string[][] = [];
  for (const [, level, rooms] of readFileSync(join(root, page), "utf8").matchAll(/^\| (\d+) \| (.+?) \|/gm)) {
    shown[Number(level)] = [...rooms!.matchAll(/`([^`]+)`/g)].map((match) => match[1]!.replace(/\/$/, ""));
  }
  return shown;
}

/** What is wrong with this import, or null. */
function violation(from: string, specifier: string): string | null {
  const room = roomOf(from);
  const level = levelOf(room);
  const target = resolveImport(from, specifier);
  if (target === null) return level === 0 ? `\`contract\` imports nothing, not even ${specifier}` : null;
  if (!target.startsWith("src/")) {
    const allowed = OUTWARD.includes(room) || OUTWARD_FILES.includes(`${room} → ${target}`);
    return allowed ? null : `${target} lies outside src/: only ${OUTWARD.join(" and ")} may reach there`;
  }
  const targetRoom = roomOf(target);
  if (targetRoom === room) return null;
  const targetLevel = levelOf(targetRoom);
  if (targetLevel === -1) return `src/${targetRoom} stands in no level`;
  if (targetLevel < level) return null;
  return `\`${room}\` (level ${level}) may not import \`${targetRoom}\` (level ${targetLevel})`;
}

describe("the import rule", () => {
  test("every folder of src/ stands in a level", () => {
    const strangers = [...new Set(sources.map((file) => roomOf(file.path)))].filter(
      // Tests of the top-level files lie beside them.
      (room) => levelOf(room.replace(/\.test\.ts$/, ".ts")) === -1,
    );
    expect(strangers).toEqual([]);
  });

  test("a level imports only lower levels and its own folder", () => {
    const found: string[] = [];
    for (const file of sources) {
      if (file.path.endsWith(".test.ts")) continue;
      for (const { specifier } of file.imports) {
        const wrong = violation(file.path, specifier);
        if (wrong !== null) found.push(`${file.path} → ${specifier}: ${wrong}`);
      }
    }
    expect(found).toEqual([]);
  });

  test("nothing imports a test", () => {
    const found = everything.flatMap((file) =>
      file.imports
        .filter((entry) => entry.specifier.endsWith(".test.ts"))
        .map((entry) => `${file.path} → ${entry.specifier}`),
    );
    expect(found).toEqual([]);
  });

  test("there is no cycle", () => {
    expect(findCycles(valueGraph(everything)).map((chain) => chain.join(" → "))).toEqual([]);
  });

  test("ARCHITECTURE.md shows the same levels", () => {
    expect(shownLevels("ARCHITECTURE.md")).toEqual(LEVELS.map((rooms) => [...rooms]));
  });

  test.each(Object.keys(INNER))("inside of %s it holds too, and its README shows the same levels", (room) => {
    const found: string[] = [];
    for (const file of sources) {
      if (!file.path.startsWith(`src/${room}/`) || file.path.endsWith(".test.ts")) continue;
      for (const { specifier } of file.imports) {
        const wrong = innerViolation(room, file.path, specifier);
        if (wrong !== null) found.push(`${file.path} → ${specifier}: ${wrong}`);
      }
    }
    expect(found).toEqual([]);
    expect(shownLevels(`src/${room}/README.md`)).toEqual(INNER[room]!.map((rooms) => [...rooms]));
  });
});

describe("the size of rooms", () => {
  test(`no file is longer than ${MAX_LINES} lines, and no test longer than ${MAX_TEST_LINES}`, () => {
    const long = everything
      .map(({ path, text }) => ({ path, lines: text.split("\n").length - 1 }))
      .filter(({ path, lines }) => lines > (path.endsWith(".test.ts") ? MAX_TEST_LINES : MAX_LINES))
      .filter(({ path }) => !LONG_FILES.includes(path))
      .map(({ path, lines }) => `${path}: ${lines}`);
    expect(long).toEqual([]);
  });

  test("nothing is left to do in src/", () => {
    const found = sources.flatMap((file) =>
      file.text
        .split("\n")
        .map((line, index) => ({ line, at: `${file.path}:${index + 1}` }))
        .filter(({ line }) => /\b(?:TODO|FIXME|XXX|HACK)\b/.test(line))
        .map(({ line, at }) => `${at}: ${line.trim()}`),
    );
    expect(found).toEqual([]);
  });
});

describe("the scanner behind it", () => {
  test("sees every form of import", () => {
    const source = [
      'import { a } from "./a.ts";',
      'import type { B } from "./b.ts";',
      'import {\n  c,\n  type C,\n} from "./c.ts";',
      'import * as d from "node:d";',
      'import e, { f } from "./e.ts";',
      'import "./side-effect.ts";',
      'export { g } from "./g.ts";',
      'export type { H } from "./h.ts";',
      'export * from "./i.ts";',
      'export * as j from "./j.ts";',
      'const k = await import("./k.ts");',
      'let l: import("./l.ts").L;',
      'new Worker(new URL("./m.ts", import.meta.url));',
    ].join("\n");
    const found = scanImports(source);
    expect(found.map((entry) => entry.specifier).sort()).toEqual([
      "./a.ts",
      "./b.ts",
      "./c.ts",
      "./e.ts",
      "./g.ts",
      "./h.ts",
      "./i.ts",
      "./j.ts",
      "./k.ts",
      "./l.ts",
      "./m.ts",
      "./side-effect.ts",
      "node:d",
    ]);
    expect(found.filter((entry) => entry.typeOnly).map((entry) => entry.specifier)).toEqual(["./b.ts", "./h.ts"]);
  });

  test("is not led astray by words in the code", () => {
    expect(
      scanImports('export const from = "x";\nexport function f() {\n  return { a: 1 };\n}\nconst s = "a";\n'),
    ).toEqual([]);
  });

  test("finds the cycle and not what leads to it", () => {
    const graph = new Map([
      ["entry", ["a"]],
      ["a", ["b", "leaf"]],
      ["b", ["c"]],
      ["c", ["a"]],
      ["leaf", []],
      ["self", ["self"]],
    ]);
    const cycles = findCycles(graph).map((chain) => chain.join(" → "));
    expect(cycles).toHaveLength(2);
    expect(cycles).toContain("self → self");
    expect(["a → b → c → a", "b → c → a → b", "c → a → b → c"]).toContain(
      cycles.find((chain) => chain !== "self → self")!,
    );
  });

  test("knows a forbidden import when it sees one", () => {
    expect(violation("src/route/x.ts", "../contract/plan.ts")).toBeNull();
    expect(violation("src/route/x.ts", "zod")).toBeNull();
    expect(violation("src/route/x.ts", "../balance/pool.ts")).toContain("may not import `balance`");
    expect(violation("src/contract/x.ts", "../bytes/input-output.ts")).toContain("may not import `bytes`");
    expect(violation("src/contract/x.ts", "node:net")).toContain("imports nothing");
    expect(violation("src/trace/x.ts", "../path.ts")).toContain("level 5");
    expect(violation("src/commands/x.ts", "../../examples/shop/demo.ts")).toBeNull();
    expect(violation("src/route/x.ts", "../../examples/shop/demo.ts")).toContain("outside src/");
    expect(violation("src/route/x.ts", "../elsewhere/y.ts")).toContain("no level");
    expect(innerViolation("dns", "src/dns/store/x.ts", "../zone/y.ts")).toBeNull();
    expect(innerViolation("dns", "src/dns/zone/x.ts", "../store/y.ts")).toContain("may not import `dns/store`");
    expect(innerViolation("dns", "src/dns/zone/x.ts", "../elsewhere/y.ts")).toContain("no level");
    expect(innerViolation("dns", "src/dns/zone/x.ts", "../../bytes/y.ts")).toBeNull();
  });
});
