/**
 * Reads a config's text in a thread of its own. The parser of YAML is one long call, a second for thousands of routes; what
 * it makes comes back in pieces, each of which is asked for when the one before is in its place.
 */
// oxlint-disable unicorn/require-post-message-target-origin -- that is for windows; a thread has no origin
import { unpackTree } from "../schema/packed-tree.ts";
import { syntaxErrors, type TextFormat } from "../schema/read-text.ts";
import type { Source } from "../schema/source.ts";
import { PieceJoiner } from "./pieces.ts";
import type { ReadTextAnswer, ReadTextTask } from "./read-text-worker.ts";

/** As `readPlain` does. */
export async function readTextBeside(format: TextFormat, source: Source): Promise<unknown> {
  const worker = new Worker(new URL("./read-text-worker.ts", import.meta.url).href);
  try {
    return await ask(worker, { format, text: source.text }, source);
  } finally {
    worker.terminate();
  }
}

function ask(worker: Worker, task: ReadTextTask, source: Source): Promise<unknown> {
  const joiner = new PieceJoiner();
  return new Promise((resolve, reject) => {
    worker.addEventListener("message", ({ data }: MessageEvent<ReadTextAnswer>) => {
      if ("faults" in data) {
        reject(syntaxErrors(data.faults, source));
      } else if ("piece" in data) {
        joiner.take(data.piece);
        worker.postMessage("more");
      } else {
        source.setTree(data.tree === null ? null : unpackTree(data.tree));
        resolve(joiner.value);
      }
    });
    worker.addEventListener("error", ({ message }) => reject(new Error(`the thread that reads it: ${message}`)));
    worker.postMessage(task);
  });
}
