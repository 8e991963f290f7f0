import { readFileSync, watch } from "node:fs";
import { basename, dirname, resolve } from "node:path";

/** Editors write in several steps: what has not changed for this long is whole. Milliseconds. */
const SETTLED = 100;

/**
 * Calls `changed` when the file's content has changed. The folder is watched rather than the file, since editors and
 * Kubernetes replace it; contents are compared, since a touch is no change. Answers how to stop.
 */
export function watchFile(file: string, changed: () => void): () => void {
  const path = resolve(file);
  const name = basename(path);
  let content = fingerprint(path);
  let timer: ReturnType<typeof setTimeout> | null = null;
  const look = (): void => {
    timer = null;
    const now = fingerprint(path);
    // In the middle of a replacement there is no file: the next event comes with the new one.
    if (now === null || now === content) return;
    content = now;
    changed();
  };
  const watcher = watch(dirname(path), (_event, which) => {
    // A symbolic link's target may change under another name (Kubernetes' ..data).
    if (which !== null && which !== name && !which.startsWith("..")) return;
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(look, SETTLED);
  });
  watcher.unref();
  return () => {
    if (timer !== null) clearTimeout(timer);
    watcher.close();
  };
}

function fingerprint(path: string): string | null {
  try {
    return Bun.hash(readFileSync(path)).toString(36);
  } catch {
    return null;
  }
}
