/** Which file imports which: a small scanner of import statements, and the search for cycles. */
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

export interface Import {
  readonly specifier: string;
  /** `import type` and `export type`: gone at run time. */
  readonly typeOnly: boolean;
}

/**
 * The formatter puts every static import at the start of a line, so patterns are enough. `[^"'()=]` keeps a match
 * inside its statement.
 */
const STATEMENTS = [
  /^import\s+(?<type>type\s+)?(?:[\w$*]|\{)[^"'()=]*?\bfrom\s*["'](?<specifier>[^"']+)["']/gm,
  /^import\s*["'](?<specifier>[^"']+)["']/gm,
  /^export\s+(?<type>type\s+)?(?:\*(?:\s+as\s+[\w$]+)?|\{[^}]*\})\s*from\s*["'](?<specifier>[^"']+)["']/gm,
  /\b(?:import|require)\(\s*["'](?<specifier>[^"']+)["']/gm,
  /\bnew\s+(?:URL|Worker)\(\s*["'](?<specifier>\.[^"']+\.ts)["']/g,
];

export function scanImports(source: string): Import[] {
  const found: Import[] = [];
  for (const pattern of STATEMENTS) {
    for (const { groups } of source.matchAll(pattern)) {
      found.push({ specifier: groups!["specifier"]!, typeOnly: groups!["type"] !== undefined });
    }
  }
  return found;
}

export interface SourceFile {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

/** Every TypeScript file below `folders`, except declarations and what was installed. */
export function readSources(root: string, folders: readonly string[]): SourceFile[] {
  const files: SourceFile[] = [];
  for (const folder of folders) {
    for (const name of new Bun.Glob(`${folder}/**/*.ts`).scanSync({ cwd: root, onlyFiles: true })) {
      const path = name.replaceAll("\\", "/");
      if (path.endsWith(".d.ts") || path.includes("node_modules/") || path.includes("/.work/")) continue;
      const text = readFileSync(join(root, path), "utf8");
      files.push({ path, text, imports: scanImports(text) });
    }
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Path of an imported file relative to the root, or null for a library. */
export function resolveImport(from: string, specifier: string): string | null {
  if (!specifier.startsWith(".")) return null;
  return normalize(join(dirname(from), specifier)).replaceAll("\\", "/");
}

/** Value imports between the files themselves. */
export function valueGraph(files: readonly SourceFile[]): Map<string, string[]> {
  const known = new Set(files.map((file) => file.path));
  const graph = new Map<string, string[]>();
  for (const file of files) {
    const targets = file.imports
      .filter((entry) => !entry.typeOnly)
      .map((entry) => resolveImport(file.path, entry.specifier))
      .filter((target) => target !== null && known.has(target));
    graph.set(file.path, [...new Set(targets)] as string[]);
  }
  return graph;
}

/** Tarjan's strongly connected components, of those that are cycles; each as one closed chain `a → b → a`. */
export function findCycles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const onStack = new Set<string>();
  const cycles: string[][] = [];

  const visit = (node: string): void => {
    index.set(node, index.size);
    low.set(node, index.get(node)!);
    stack.push(node);
    onStack.add(node);
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) {
        visit(next);
        low.set(node, Math.min(low.get(node)!, low.get(next)!));
      } else if (onStack.has(next)) {
        low.set(node, Math.min(low.get(node)!, index.get(next)!));
      }
    }
    if (low.get(node) !== index.get(node)) return;
    const members = stack.splice(stack.indexOf(node));
    for (const member of members) onStack.delete(member);
    if (members.length > 1 || (graph.get(node) ?? []).includes(node)) cycles.push(shortestCycle(graph, members));
  };

  for (const node of graph.keys()) if (!index.has(node)) visit(node);
  return cycles;
}

/** A shortest chain inside a component from its first member back to itself. */
function shortestCycle(graph: ReadonlyMap<string, readonly string[]>, members: readonly string[]): string[] {
  const start = members[0]!;
  const inside = new Set(members);
  const chains: string[][] = [[start]];
  const seen = new Set<string>();
  for (const chain of chains) {
    for (const next of graph.get(chain.at(-1)!) ?? []) {
      if (next === start) return [...chain, start];
      if (!inside.has(next) || seen.has(next)) continue;
      seen.add(next);
      chains.push([...chain, next]);
    }
  }
  return [...members, start];
}
