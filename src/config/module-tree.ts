/**
 * Where the values of a TypeScript config stand. What its text makes of them is followed, then held against what they
 * are: a place that cannot be right is not told, and a problem there is reported at the nearest part around it.
 */
import { ModuleEvaluator } from "./module-evaluator.ts";
import type { ArrayPiece, ObjectPiece, Piece } from "./module-piece.ts";
import { parseModule, type ParsedModule } from "./module-scope.ts";
import { displayName, Source, type SourceEntry, type SourceNode } from "../schema/source.ts";

/** The files of a config as they were when it was loaded. */
export interface ModuleFiles {
  /** The config's own file, absolute. */
  readonly file: string;
  /** The text of every local file that was loaded, by its absolute path. */
  readonly texts: ReadonlyMap<string, string>;
  /** The file that an import means; null when there is none. */
  resolve(specifier: string, from: string): string | null;
}

/** The tree of the default export, or null when there is none that can be followed. `value`: what it is. */
export function readModuleTree(source: Source, files: ModuleFiles, value: unknown): SourceNode | null {
  const modules = new Map<string, ParsedModule | null>();
  const open = (file: string, from: Source): ParsedModule | null => {
    let module = modules.get(file);
    if (module === undefined) modules.set(file, (module = tryParse(file, from)));
    return module;
  };
  const main = open(files.file, source);
  if (main === null) return null;
  const evaluator = new ModuleEvaluator((specifier, from) => {
    const file = files.resolve(specifier, from);
    const text = file === null ? undefined : files.texts.get(file);
    return file === null || text === undefined ? null : open(file, new Source(displayName(file), text));
  });
  try {
    const piece = evaluator.defaultExport(main);
    return piece === null ? null : confirm(piece, value).node;
  } catch (error) {
    // Nested beyond the stack: problems then name the file alone.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Null for what the parser does not take, or not so deep. */
function tryParse(file: string, source: Source): ParsedModule | null {
  try {
    return parseModule(file, source);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return null;
    throw error;
  }
}

/** `sure`: nothing in it speaks against its being this value. */
interface Confirmed {
  readonly node: SourceNode;
  readonly sure: boolean;
}

function confirm(piece: Piece, value: unknown): Confirmed {
  if (piece.kind === "object") return confirmObject(piece, value);
  if (piece.kind === "array") return confirmArray(piece, value);
  const node: SourceNode = { kind: "other", at: piece.at, source: piece.source };
  if (piece.kind === "function") return { node, sure: typeof value === "function" };
  return { node, sure: piece.literal === undefined || Object.is(piece.literal, value) };
}

function confirmObject({ at, source, entries, open }: ObjectPiece, value: unknown): Confirmed {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { node: { kind: "other", at, source }, sure: false };
  }
  const known: SourceEntry[] = [];
  let sure = open || Object.keys(value).every((key) => entries.has(key));
  for (const [key, entry] of entries) {
    if (!Object.hasOwn(value, key)) {
      if (entry.certain) sure = false;
      continue;
    }
    if (entry.value === null) continue;
    const confirmed = confirm(entry.value, (value as Record<string, unknown>)[key]);
    if (!confirmed.sure) sure = false;
    // A name finds its entry whatever the entry holds; a plain value that is another stands somewhere else.
    const lost = !confirmed.sure && confirmed.node.kind === "other";
    if (lost && entry.value.kind !== "array") continue;
    // A list is still the list of that name, whoever ordered or filled it.
    const node: SourceNode = lost ? { kind: "other", at: entry.at, source: entry.source } : confirmed.node;
    known.push({ key, keyAt: entry.at, value: node, source: entry.source });
  }
  return { node: { kind: "object", at, source, entries: known }, sure };
}

/** A number finds its item only when all of them are what they should be. */
function confirmArray({ at, source, head, tail }: ArrayPiece, value: unknown): Confirmed {
  const unsure: Confirmed = { node: { kind: "other", at, source }, sure: false };
  if (!Array.isArray(value)) return unsure;
  const between = value.length - head.length - (tail?.length ?? 0);
  if (between < 0 || (tail === null && between > 0)) return unsure;
  const pieces = [...head, ...new Array<null>(between).fill(null), ...(tail ?? [])];
  const confirmed = pieces.map((piece, index) => (piece === null ? null : confirm(piece, value[index])));
  if (confirmed.some((item) => item?.sure === false)) return unsure;
  return { node: { kind: "array", at, source, items: confirmed.map((item) => item?.node) }, sure: true };
}
