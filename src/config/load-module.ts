/** TypeScript and JavaScript configs: imported again each time, with the files beside them that they import. */
import { readFileSync, statSync } from "node:fs";
import { dirname, sep } from "node:path";
import { defineConfig, pool, route } from "./define.ts";
import { moduleError } from "./module-error.ts";
import type { ModuleFiles, readModuleTree as ReadModuleTree } from "./module-tree.ts";
import { ConfigError } from "../schema/problem.ts";
import type { Source } from "../schema/source.ts";
import { PACKAGE_NAME } from "../version.ts";

/** Roundtrip's own code is never loaded a second time: its classes must stay the same. */
const OWN_CODE = dirname(import.meta.dir) + sep;

let helpersProvided = false;

/** The config that the module's default export is, or gives when it is a function. Throws `ConfigError`. */
export async function readModule(file: string, source: Source): Promise<unknown> {
  provideHelpers();
  const texts = new Map<string, string>();
  evict(file, texts);
  const files: ModuleFiles = { file, texts, resolve: resolveLocal };
  try {
    const module = (await import(file)) as { default?: unknown };
    if (module.default === undefined) throw noDefault(source);
    const value: unknown =
      typeof module.default === "function" ? await (module.default as () => unknown)() : module.default;
    source.setTree(() => {
      // The parser takes tens of milliseconds to load; most configs never ask it.
      const { readModuleTree } = require("./module-tree.ts") as { readModuleTree: typeof ReadModuleTree };
      return readModuleTree(source, files, value);
    });
    return value;
  } catch (error) {
    throw error instanceof ConfigError ? error : moduleError(error, files, source);
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
