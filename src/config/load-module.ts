/** TypeScript and JavaScript configs: imported anew each time, with the files beside them that they import. */
import { readFileSync, statSync } from "node:fs";
import { dirname, sep } from "node:path";
import { defineConfig, pool, route } from "./define.ts";
import type { readModuleTree as ReadModuleTree } from "./module-tree.ts";
import { ConfigError } from "../schema/problem.ts";
import { Source, displayName } from "../schema/source.ts";
import type { Place } from "../schema/source.ts";
import { errorMessage } from "../error-message.ts";
import { PACKAGE_NAME } from "../version.ts";

/** Roundtrip's own code is never loaded a second time: its classes must stay the same. */
const OWN_CODE = dirname(import.meta.dir) + sep;

let helpersProvided = false;

/** The config that the module's default export is, or gives when it is a function. Throws `ConfigError`. */
export async function readModule(file: string, source: Source): Promise<unknown> {
  provideHelpers();
  const texts = new Map<string, string>();
  evict(file, texts);
  try {
    const module = (await import(file)) as { default?: unknown };
    if (module.default === undefined) throw noDefault(source);
    const value: unknown =
      typeof module.default === "function" ? await (module.default as () => unknown)() : module.default;
    source.setTree(() => {
      // The parser takes tens of milliseconds to load; most configs never ask it.
      const { readModuleTree } = require("./module-tree.ts") as { readModuleTree: typeof ReadModuleTree };
      return readModuleTree(source, { file, texts, resolve: resolveLocal }, value);
    });
    return value;
  } catch (error) {
    throw error instanceof ConfigError ? error : moduleError(error, file, source);
  }
}

/**
 * `import { defineConfig } from "roundtrip-edge"` works wherever the config lies, also beside the single executable, where
 * there is no package to be found.
 */
function provideHelpers(): void {
  if (helpersProvided) return;
  helpersProvided = true;
  Bun.plugin({
    name: PACKAGE_NAME,
    setup: (build) => {
      build.module(PACKAGE_NAME, () => ({ loader: "object", exports: { defineConfig, route, pool } }));
    },
  });
}

/**
 * Forgets a module and the local files that it imports, so that the next import reads them again, and keeps their texts.
 * Packages stay.
 * (A query behind the name would set apart the module alone, never what it imports, and leave the old ones behind.)
 */
function evict(file: string, texts: Map<string, string>): void {
  if (texts.has(file) || file.startsWith(OWN_CODE)) return;
  const text = readText(file);
  texts.set(file, text);
  delete require.cache[file];
  for (const specifier of importedFiles(file, text)) {
    const imported = resolveLocal(specifier, file);
    if (imported !== null) evict(imported, texts);
  }
}

function readText(file: string): string {
  // What is not to be read, the import itself will tell of.
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true ? readFileSync(file, "utf8") : "";
}

function importedFiles(file: string, text: string): string[] {
  try {
    const loader = /\.m?js$/.test(file) ? "js" : "ts";
    const found = new Bun.Transpiler({ loader }).scanImports(text);
    return found.map(({ path }) => path).filter((path) => /^\.{0,2}\//.test(path));
  } catch {
    // A syntax error: the import itself will say so.
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
      const message = errorMessage(single);
      const text = message === "" ? "the config throws an error without a message" : message;
      const position = syntaxPosition(single);
      const elsewhere = position !== null && position.file !== file ? otherSource(position.file) : null;
      const place =
        position === null ? stackPlace(single, file) : { line: position.line, column: Math.max(1, position.column) };
      return (elsewhere ?? source).problem(place, { path: [], value: undefined, message: text, expected: "" });
    }),
  );
}

/** A file that the config imports. */
function otherSource(file: string): Source {
  return new Source(displayName(file), readText(file));
}

interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The innermost line of this file in an error's stack. */
function stackPlace(error: unknown, file: string): Place | null {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  for (const line of stack.split("\n")) {
    const at = line.indexOf(file);
    const match = at === -1 ? null : /^:(\d+):(\d+)/.exec(line.slice(at + file.length));
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
