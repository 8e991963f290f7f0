/**
 * A config file as text with the places of its values. YAML, JSON and TypeScript each give a tree of the same shape,
 * in which a path is looked up.
 */
import { isAbsolute, relative } from "node:path";
import type { ConfigPath, ConfigProblem } from "./problem.ts";

/** `at`: offset of the value's first character in UTF-16 code units; `source`: in which other file, if in another. */
export type SourceNode = { readonly at: number; readonly source?: Source } & (
  | { readonly kind: "object"; readonly entries: readonly SourceEntry[] }
  /** Undefined: nothing is known of this item. */
  | { readonly kind: "array"; readonly items: ReadonlyArray<SourceNode | undefined> }
  | { readonly kind: "other" }
);

export interface SourceEntry {
  readonly key: string;
  readonly keyAt: number;
  readonly value: SourceNode;
  /** Of the key; the value may stand elsewhere. */
  readonly source?: Source;
}

export interface Place {
  /** Both counted from 1. */
  readonly line: number;
  readonly column: number;
  /** In which other file, if in another. */
  readonly source?: Source;
}

export class Source {
  /** As it is shown in messages. */
  readonly name: string;
  readonly text: string;
  private tree: SourceNode | null | (() => SourceNode | null) = null;
  private lineStarts: number[] | null = null;

  constructor(name: string, text: string) {
    this.name = name;
    this.text = text;
  }

  /** A function is called when a place is asked for first. */
  setTree(tree: SourceNode | null | (() => SourceNode | null)): void {
    this.tree = tree;
  }

  /** Of the value or the key at this path; of the nearest part around it that is in the text; null without a tree. */
  locate(path: ConfigPath, part: "key" | "value" = "value"): Place | null {
    return this.#find(path, part)?.place ?? null;
  }

  /** Of the value at this path alone; null when the text does not tell where that stands. */
  locateItself(path: ConfigPath): Place | null {
    const found = this.#find(path, "value");
    return found === null || found.depth < path.length ? null : found.place;
  }

  /** `depth`: so many steps of the path are in the text. */
  #find(path: ConfigPath, part: "key" | "value"): { readonly place: Place; readonly depth: number } | null {
    if (typeof this.tree === "function") this.tree = this.tree();
    let node = this.tree;
    if (node === null) return null;
    let { at, source } = node;
    let reached = 0;
    for (const [depth, step] of path.entries()) {
      const entry: SourceEntry | undefined = node.kind === "object" ? findLast(node.entries, String(step)) : undefined;
      const next: SourceNode | undefined =
        node.kind === "array" && typeof step === "number" ? node.items[step] : entry?.value;
      if (next === undefined) break;
      // An object or list is pointed at by its key, which says more than its bracket.
      const byKey = entry !== undefined && (next.kind !== "other" || (part === "key" && depth === path.length - 1));
      at = byKey ? entry.keyAt : next.at;
      source = (byKey ? entry : next).source;
      node = next;
      reached = depth + 1;
    }
    const place = source === undefined || source === this ? this.placeOf(at) : { ...source.placeOf(at), source };
    return { place, depth: reached };
  }

  placeOf(offset: number): Place {
    const starts = this.starts();
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - starts[low]! + 1 };
  }

  /** The text of a line (counted from 1), "" when there is none. */
  lineText(line: number): string {
    const starts = this.starts();
    const start = starts[line - 1];
    if (start === undefined) return "";
    return this.text.slice(start, starts[line] ?? this.text.length).replace(/\r?\n$/, "");
  }

  /** A problem of this file; `place` null: the file alone is named. */
  problem(place: Place | null, part: Omit<ConfigProblem, "file" | "line" | "column" | "sourceLine">): ConfigProblem {
    const line = place?.line ?? 0;
    const source = place?.source ?? this;
    return { file: source.name, line, column: place?.column ?? 0, sourceLine: source.lineText(line), ...part };
  }

  private starts(): number[] {
    if (this.lineStarts !== null) return this.lineStarts;
    const starts = [0];
    for (let at = this.text.indexOf("\n"); at !== -1; at = this.text.indexOf("\n", at + 1)) starts.push(at + 1);
    this.lineStarts = starts;
    return starts;
  }
}

/** In JavaScript the last of two equal keys holds; elsewhere there is one. */
function findLast(entries: readonly SourceEntry[], key: string): SourceEntry | undefined {
  return entries.findLast((entry) => entry.key === key);
}

/** The path relative to the current folder when the file is below it, else the absolute one. */
export function displayName(file: string): string {
  const short = relative(process.cwd(), file);
  return short === "" || short.startsWith("..") || isAbsolute(short) ? file : short;
}
