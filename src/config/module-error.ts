/** What the runtime throws while a TypeScript or JavaScript config is loaded, as problems at the place where it comes from. */
import { basename } from "node:path";
import { errorMessage } from "../error-message.ts";
import { ConfigError } from "../schema/problem.ts";
import type { ConfigProblem } from "../schema/problem.ts";
import { Source, displayName } from "../schema/source.ts";
import type { Place } from "../schema/source.ts";
import { importCycle, importOf, importsOf } from "./module-imports.ts";
import { withoutMarks } from "./module-files.ts";
import type { ModuleFiles } from "./module-tree.ts";

/** A syntax error, an import that is not found, an export that is not there, or a throw while the module runs. */
export function moduleError(error: unknown, files: ModuleFiles, source: Source): ConfigError {
  const thrown = error instanceof AggregateError && error.errors.length > 0 ? (error.errors as unknown[]) : [error];
  return new ConfigError(thrown.map((single) => problemOf(single, files, source)));
}

interface Spot extends Place {
  readonly file: string;
}

function problemOf(error: unknown, files: ModuleFiles, main: Source): ConfigProblem {
  const message = withoutMarks(errorMessage(error)) || "the config throws an error without a message";
  const spot =
    syntaxSpot(error) ?? unresolvedSpot(error, files) ?? missingExportSpot(message, files) ?? stackSpot(error, files);
  const source = spot === null || spot.file === files.file ? main : otherSource(spot.file, files);
  const problem = source.problem(spot, { path: [], value: undefined, message, expected: "" });
  const remedy = spot === null ? null : cycleRemedy(message, spot, files);
  return remedy === null ? problem : { ...problem, remedy };
}

/** A file that the config imports. */
function otherSource(file: string, files: ModuleFiles): Source {
  return new Source(displayName(file), files.texts.get(file) ?? "");
}

/** Bun's BuildMessage carries one. */
function syntaxSpot(error: unknown): Spot | null {
  if (typeof error !== "object" || error === null || !("position" in error)) return null;
  const { position } = error;
  if (typeof position !== "object" || position === null) return null;
  if (!("file" in position && "line" in position && "column" in position)) return null;
  return { file: String(position.file), line: Number(position.line), column: Math.max(1, Number(position.column)) };
}

/** Bun's ResolveMessage says what was imported, and from where. */
function unresolvedSpot(error: unknown, files: ModuleFiles): Spot | null {
  if (typeof error !== "object" || error === null || !("specifier" in error && "referrer" in error)) return null;
  const file = String(error.referrer).replace(/\?.*$/, "");
  const found = importsOf(files.texts.get(file) ?? "").find(({ specifier }) => specifier === error.specifier);
  return found === undefined ? null : spotAt(file, found.specifierAt, files);
}

/** Linking fails before anything runs, so that there is no stack: the import is looked for. */
function missingExportSpot(message: string, files: ModuleFiles): Spot | null {
  const [, name, module] = /^Export named '(.+?)' not found in module '(.+?)(?:\?[^']*)?'/.exec(message) ?? [];
  const [, owner, missing] = /^module '(.+?)(?:\?[^']*)?' does not have an export named '(.+?)'/.exec(message) ?? [];
  const wanted = name ?? missing;
  const target = module ?? owner;
  if (wanted === undefined) return null;
  for (const [file, text] of files.texts) {
    for (const found of importsOf(text)) {
      if (files.resolve(found.specifier, file) !== target) continue;
      const at = importOf(found, wanted);
      if (at !== null) return spotAt(file, at, files);
    }
  }
  return null;
}

/** The innermost line of a file of the config in an error's stack. */
function stackSpot(error: unknown, files: ModuleFiles): Spot | null {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  for (const line of stack.split("\n")) {
    const [, path, row, column] = /(\/[^?]*?)(?:\?[^:]*)?:(\d+):(\d+)\)?$/.exec(line) ?? [];
    if (path !== undefined && files.texts.has(path)) return { file: path, line: Number(row), column: Number(column) };
  }
  return null;
}

/** Of what is used before it is there the reason is nearly always that two files import each other. */
function cycleRemedy(message: string, { file }: Spot, files: ModuleFiles): string | null {
  if (!message.includes("before initialization")) return null;
  const cycle = importCycle(file, files);
  if (cycle === null) return null;
  const names = cycle.map((one) => basename(one)).join(" → ");
  return `the files import each other (${names}): put what both need into a file of its own`;
}

function spotAt(file: string, at: number, files: ModuleFiles): Spot {
  return { file, ...new Source(file, files.texts.get(file) ?? "").placeOf(at) };
}
