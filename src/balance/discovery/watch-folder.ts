import { watch } from "node:fs";
import type { WatchFolder } from "./source-runner.ts";

/** The folder rather than a file in it, since editors and Kubernetes replace the file. */
export const watchFolder: WatchFolder = (folder, stirred) => {
  const watcher = watch(folder, stirred);
  watcher.unref();
  // A watch that breaks (the folder is gone, too many watches) is no loss: the file is looked at regularly as well.
  watcher.on("error", () => watcher.close());
  return () => watcher.close();
};
