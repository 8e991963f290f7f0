/** The imports that a module's text has, as far as a message needs to point at them. */
import type { ModuleFiles } from "./module-tree.ts";

export interface ModuleImport {
  readonly specifier: string;
  /** Offset of its quote. */
  readonly specifierAt: number;
  /** What stands between `import` or `export` and `from`; "" when there is nothing. */
  readonly names: string;
  readonly namesAt: number;
}

const IMPORT = /\b(?:import|export)\b([^'";]*?)(?:\bfrom\s*|\(\s*|(?<=import)\s*)(["'])([^"'\n]+)\2/g;

export function importsOf(text: string): ModuleImport[] {
  return [...text.matchAll(IMPORT)].map((match) => {
    const [whole, names = "", , specifier = ""] = match;
    const namesAt = match.index + whole.indexOf(names, "import".length);
    return { specifier, specifierAt: match.index + whole.length - specifier.length - 2, names, namesAt };
  });
}

/** Offset of the name (`default`: of what it is called) that the import takes; null when it does not. */
export function importOf({ names, namesAt }: ModuleImport, name: string): number | null {
  const pattern =
    name === "default"
      ? /^\s*(?=[A-Za-z_$])(?!type\b)|\bdefault\b/
      : new RegExp(`(?<![\\w$])${escaped(name)}(?![\\w$])`);
  const found = pattern.exec(names);
  return found === null ? null : namesAt + found.index + /^\s*/.exec(found[0])![0].length;
}

function escaped(name: string): string {
  return name.replaceAll("$", "\\$");
}

/** The files from this one on, by their imports, back to itself; null when there is no such way. */
export function importCycle(file: string, files: ModuleFiles): string[] | null {
  const seen = new Set<string>();
  const follow = (from: string, way: readonly string[]): string[] | null => {
    for (const { specifier } of importsOf(files.texts.get(from) ?? "")) {
      const next = /^\.{0,2}\//.test(specifier) ? files.resolve(specifier, from) : null;
      if (next === file) return [...way, next];
      if (next === null || seen.has(next)) continue;
      seen.add(next);
      const found = follow(next, [...way, next]);
      if (found !== null) return found;
    }
    return null;
  };
  return follow(file, [file]);
}
