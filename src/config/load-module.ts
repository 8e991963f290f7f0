/** TypeScript and JavaScript configs: imported anew each time, with the files beside them that they import. */
import { readFileSync } from "node:fs";
import { dirname, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { defineConfig, pool, route } from "./define.ts";
import { readModuleTree } from "./module-tree.ts";
import { ConfigError } from "./problem.ts";
import type { Place, Source } from "./source.ts";

/** Roundtrip's own code is never loaded a second time: its classes must stay the same. */
const OWN_CODE = dirname(import.meta.dir) + sep;

/** Sets one import of a file apart from the next. */
let imports = 0;
let helpersProvided = false;

/** The config that the module's default export is, or gives when it is a function. Throws `ConfigError`. */
export async function readModule(file: string, source: Source): Promise<unknown> {
  provideHelpers();
  evictImports(file, new Set());
  const url = `${pathToFileURL(file).href}?import=${++imports}`;
  try {
    const module = (await import(url)) as { default?: unknown };
    if (module.default === undefined) throw noDefault(source);
    const value: unknown =
      typeof module.default === "function" ? await (module.default as () => unknown)() : module.default;
    source.setTree(readModuleTree(source.text));
    return value;
  } catch (error) {
    throw error instanceof ConfigError ? error : moduleError(error, file, source);
  } finally {
    evict((key) => key.endsWith(`?import=${imports}`));
  }
}

/**
 * `import { defineConfig } from "roundtrip"` works wherever the config lies, also beside the single executable, where
 * there is no package to be found.
 */
function provideHelpers(): void {
  if (helpersProvided) return;
  helpersProvided = true;
  Bun.plugin({
    name: "roundtrip",
    setup: (build) => {
      build.module("roundtrip", () => ({ loader: "object", exports: { defineConfig, route, pool } }));
    },
  });
}

/** Forgets the local files that a module imports, so that the next import reads them again. Packages stay. */
function evictImports(file: string, seen: Set<string>): void {
  if (seen.has(file)) return;
  seen.add(file);
  for (const specifier of importedFiles(file)) {
    const imported = resolveLocal(specifier, file);
    if (imported === null || imported.startsWith(OWN_CODE)) continue;
    evictImports(imported, seen);
    evict((key) => key === imported);
  }
}

function importedFiles(file: string): string[] {
  try {
    const loader = /\.m?js$/.test(file) ? "js" : "ts";
    const found = new Bun.Transpiler({ loader }).scanImports(readFileSync(file, "utf8"));
    return found.map(({ path }) => path).filter((path) => /^\.{0,2}\//.test(path));
  } catch {
    // Not to be read or a syntax error: the import itself will say so.
    return [];
  }
}

function resolveLocal(specifier: string, from: string): string | null {
  try {
    return Bun.resolveSync(specifier, dirname(from));
  } catch {
    return null;
  }
}

function evict(matches: (key: string) => boolean): void {
  for (const key of Object.keys(require.cache)) if (matches(key)) delete require.cache[key];
}

function noDefault(source: Source): ConfigError {
  const message = "there is no default export";
  const expected = "export default defineConfig({ … })";
  return new ConfigError([source.problem(null, { path: [], value: undefined, message, expected })]);
}

/** What the runtime throws for a syntax error, an import that is not found, or a throw while the module runs. */
function moduleError(error: unknown, file: string, source: Source): ConfigError {
  const thrown = error instanceof AggregateError && error.errors.length > 0 ? (error.errors as unknown[]) : [error];
  return new ConfigError(
    thrown.map((single) => {
      const message = (single instanceof Error ? single.message : String(single)).replaceAll(`?import=${imports}`, "");
      const elsewhere = positionFile(single, file);
      const text = message === "" ? "the config throws an error without a message" : message;
      const place = elsewhere === file ? placeOf(single, file) : null;
      const where = elsewhere === null || elsewhere === file ? "" : ` (${elsewhere})`;
      return source.problem(place, { path: [], value: undefined, message: text + where, expected: "" });
    }),
  );
}

interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The file that a syntax error is in, when the runtime tells. */
function positionFile(error: unknown, file: string): string | null {
  const position = syntaxPosition(error);
  return position === null ? file : position.file.replace(/\?import=\d+$/, "");
}

/** Where in this file: the position of a syntax error, or the innermost of its lines in the stack. */
function placeOf(error: unknown, file: string): Place | null {
  const position = syntaxPosition(error);
  if (position !== null && position.line > 0) return { line: position.line, column: Math.max(1, position.column) };
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  for (const line of stack.split("\n")) {
    const at = line.indexOf(file);
    const match = at === -1 ? null : /^(?:\?import=\d+)?:(\d+):(\d+)/.exec(line.slice(at + file.length));
    if (match !== null) return { line: Number(match[1]), column: Number(match[2]) };
  }
  return null;
}

/** Bun's BuildMessage and ResolveMessage carry one. */
function syntaxPosition(error: unknown): Position | null {
  if (typeof error !== "object" || error === null || !("position" in error)) return null;
  const { position } = error;
  if (typeof position !== "object" || position === null) return null;
  return "file" in position && "line" in position && "column" in position ? (position as Position) : null;
}
