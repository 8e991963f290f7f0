/** TypeScript and JavaScript configs: imported anew each time, with the files beside them that they import. */
import { readFileSync, statSync } from "node:fs";
import { defineConfig, pool, route } from "./define.ts";
import type { FilesRead } from "./files-read.ts";
import { openModuleFiles, resolveLocal, withoutMarks } from "./module-files.ts";
import { within } from "./within.ts";
import type { readModuleTree as ReadModuleTree } from "./module-tree.ts";
import { ConfigError } from "../schema/problem.ts";
import { Source, displayName } from "../schema/source.ts";
import type { Place } from "../schema/source.ts";
import { errorMessage } from "../error-message.ts";

let helpersProvided = false;

/**
 * The config that the module's default export is, or gives when it is a function. Throws `ConfigError`, also when it has
 * not come to its end `timeout` milliseconds after it began.
 */
export async function readModule(path: string, source: Source, read: FilesRead, timeout: number): Promise<unknown> {
  provideHelpers();
  const { name, file, texts } = openModuleFiles(path, read);
  try {
    const value = await within(timeout, evaluate(name, source), source);
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

async function evaluate(name: string, source: Source): Promise<unknown> {
  const module = (await import(name)) as { default?: unknown };
  if (module.default === undefined) throw noDefault(source);
  return typeof module.default === "function" ? await (module.default as () => unknown)() : module.default;
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

function readText(file: string): string {
  // What is not to be read, the import itself will tell of.
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true ? readFileSync(file, "utf8") : "";
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
      const message = withoutMarks(errorMessage(single));
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
