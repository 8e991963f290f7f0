/** The thread in which a config's text is read; see `read-text-beside.ts`. */
// oxlint-disable unicorn/require-post-message-target-origin -- that is for windows; a thread has no origin
import { packTree, type PackedTree } from "../schema/packed-tree.ts";
import { readText, type ReadText, type TextFormat } from "../schema/read-text.ts";
import { piecesOf, type Piece } from "./pieces.ts";

export interface ReadTextTask {
  readonly format: TextFormat;
  readonly text: string;
}

/** The first answers the task, each further one a "more". */
export type ReadTextAnswer =
  | Extract<ReadText, { readonly faults: unknown }>
  | { readonly piece: Piece }
  /** Everything is told. */
  | { readonly tree: PackedTree | null };

declare const self: {
  onmessage: ((event: { readonly data: ReadTextTask | "more" }) => void) | null;
  postMessage(answer: ReadTextAnswer, transfer?: ArrayBufferLike[]): void;
};

let pieces: Iterator<Piece> | null = null;
let tree: PackedTree | null = null;

self.onmessage = ({ data }) => {
  if (data !== "more") {
    const read = readText(data.format, data.text);
    if ("faults" in read) return self.postMessage(read);
    pieces = piecesOf(read.value);
    tree = read.tree === null ? null : packTree(read.tree);
  }
  const next = pieces?.next();
  if (next !== undefined && next.done !== true) self.postMessage({ piece: next.value });
  else self.postMessage({ tree }, tree === null ? [] : [tree.numbers.buffer]);
};
