/**
 * The local files that a TypeScript or JavaScript config is made of, each load of which is apart from the one before.
 *
 * The runtime keeps what a name was resolved to, also that there was nothing, and a module that never finished stays
 * unfinished under its name. So the files are found here, on the disk as it is now, and every load imports them by names of
 * its own. Packages stay as they are.
 */
import { realpathSync, statSync } from "node:fs";
import { dirname, resolve, sep } from "node:path";
import type { FilesRead } from "./files-read.ts";

export interface ModuleLoad {
  /** What to import. */
  readonly name: string;
  /** The config's own file, behind symbolic links. */
  readonly file: string;
  /** By real path. */
  readonly texts: ReadonlyMap<string, string>;
}

/** Roundtrip's own code is never loaded a second time: its classes must stay the same. */
const OWN_CODE = dirname(import.meta.dir) + sep;

/** Marks the names of a load. */
const MARK = "?load=";

/** What may be left out at the end of a name, or stand there instead of what does (`.js` for a file in TypeScript). */
const ENDINGS = ["", ".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".json", "/index.ts", "/index.js"];
const WRITTEN_FOR: ReadonlyArray<readonly [RegExp, string]> = [
  [/\.js$/, ".ts"],
  [/\.jsx$/, ".tsx"],
  [/\.mjs$/, ".mts"],
];

/** By the real path of a local file: under which name it was loaded last. */
const names = new Map<string, string>();
/** By config: the real paths of its files as of its last load. */
const filesOf = new Map<string, readonly string[]>();
let loads = 0;
let provided = false;

/** Finds and reads the config's files. What cannot be read the import itself will tell of. */
export function openModuleFiles(path: string, read: FilesRead): ModuleLoad {
  provideResolution();
  const file = realPath(path) ?? path;
  const texts = new Map<string, string>();
  collect(path, file, texts, read);
  for (const old of filesOf.get(path) ?? []) forget(old);
  const mark = `${MARK}${++loads}`;
  for (const real of texts.keys()) {
    forget(real);
    names.set(real, real + mark);
  }
  filesOf.set(path, [...texts.keys()]);
  return { name: file + mark, file, texts };
}

/** A local file that a file (by its real path) imports, by its real path; null when there is none. */
export function resolveLocal(specifier: string, from: string): string | null {
  const written = resolve(dirname(from), specifier);
  const found = candidates(written).find(isFile);
  return found === undefined ? null : realPath(found);
}

/** A message of the runtime, with the names that people know. */
export function withoutMarks(message: string): string {
  return message.replaceAll(/\?load=\d+/g, "");
}

/** `path`: as it was asked for, `real`: behind symbolic links. */
function collect(path: string, real: string, texts: Map<string, string>, read: FilesRead): void {
  if (texts.has(real) || real.startsWith(OWN_CODE)) return;
  let text = "";
  try {
    text = read.read(path);
  } catch {
    // The import itself will tell of it.
  }
  texts.set(real, text);
  for (const specifier of importedFiles(real, text)) {
    const written = resolve(dirname(real), specifier);
    const found = candidates(written).find(isFile);
    const imported = found === undefined ? null : realPath(found);
    if (found !== undefined && imported !== null) collect(found, imported, texts, read);
    else for (const candidate of candidates(written)) read.note(candidate);
  }
}

function importedFiles(file: string, text: string): string[] {
  const loader = /\.[mc]?js$/.test(file) ? "js" : "ts";
  if (!/\.[mc]?[jt]sx?$/.test(file)) return [];
  try {
    const found = new Bun.Transpiler({ loader }).scanImports(text);
    return found.map(({ path }) => path).filter((path) => /^\.{0,2}\//.test(path));
  } catch {
    // A syntax error: the import itself will say so.
    return [];
  }
}

function candidates(written: string): string[] {
  const instead = WRITTEN_FOR.filter(([ending]) => ending.test(written));
  return [
    ...ENDINGS.map((ending) => written + ending),
    ...instead.map(([ending, other]) => written.replace(ending, other)),
  ];
}

function forget(real: string): void {
  const name = names.get(real);
  names.delete(real);
  if (name !== undefined) delete require.cache[name];
  // The runtime does not ask a plugin for names without an ending (`./routes`): these it resolves itself.
  delete require.cache[real];
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function realPath(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

/** What a config's file imports beside it is found by `resolveLocal`. */
function provideResolution(): void {
  if (provided) return;
  provided = true;
  Bun.plugin({
    name: "config files",
    setup: (build) => {
      build.onResolve({ filter: /^\.{0,2}\// }, ({ path, importer }) => {
        const from = withoutMarks(importer);
        const name = names.has(from) ? names.get(resolveLocal(path, from) ?? "") : undefined;
        return name === undefined ? undefined : { path: name };
      });
    },
  });
}
