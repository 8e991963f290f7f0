import { mkdirSync } from "node:fs";
import { join } from "node:path";

/**
 * The environment of an edge, and of the commands that are to find it: its run file is in a folder below this one, so
 * that they see no other edge of this machine, and one that is killed leaves nothing behind.
 */
export function runFolders(folder: string): Record<string, string> {
  const own = join(folder, "run");
  mkdirSync(own, { recursive: true });
  // Every place that a run file can be in.
  return { XDG_RUNTIME_DIR: own, XDG_CACHE_HOME: own, TMPDIR: own };
}
