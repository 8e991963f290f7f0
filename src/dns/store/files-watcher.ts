import { type FSWatcher, statSync, watch } from "node:fs";
import { basename, dirname, resolve } from "node:path";

/** Editors write in several steps: what has not changed for this long is whole. Milliseconds. */
const SETTLED = 100;

/**
 * Tells which of a changing set of files have changed. Folders are watched rather than files, since editors and
 * Kubernetes replace them; a file that is gone for a moment has not changed yet.
 */
export class FilesWatcher {
  readonly #changed: (files: ReadonlySet<string>) => void;
  /** Path as it was given, and what the file looked like when it was told of last. */
  readonly #files = new Map<string, string>();
  /** What files that are changing looked like a moment ago. */
  readonly #changing = new Map<string, string>();
  readonly #folders = new Map<string, FSWatcher>();
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(changed: (files: ReadonlySet<string>) => void) {
    this.#changed = changed;
  }

  /** Watches these files and no others. */
  watch(files: ReadonlySet<string>): void {
    for (const file of this.#files.keys()) if (!files.has(file)) this.#files.delete(file);
    for (const file of files) if (!this.#files.has(file)) this.#files.set(file, appearance(file));
    const folders = new Set([...files].map((file) => dirname(resolve(file))));
    for (const [folder, watcher] of this.#folders) {
      if (folders.has(folder)) continue;
      watcher.close();
      this.#folders.delete(folder);
    }
    for (const folder of folders) if (!this.#folders.has(folder)) this.#watchFolder(folder);
  }

  close(): void {
    this.watch(new Set());
    this.#changing.clear();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #watchFolder(folder: string): void {
    try {
      const watcher = watch(folder, (_event, name) => {
        if (name === null || this.#concerns(folder, name)) this.#lookSoon();
      });
      watcher.unref();
      // A folder that is removed: its files are read again when the zones are loaded again.
      watcher.on("error", () => watcher.close());
      this.#folders.set(folder, watcher);
    } catch {
      // No such folder: loading the zone has said so.
    }
  }

  #concerns(folder: string, name: string): boolean {
    // A symbolic link's target may change under another name (Kubernetes' ..data).
    if (name.startsWith("..")) return true;
    for (const file of this.#files.keys()) {
      if (basename(file) === name && dirname(resolve(file)) === folder) return true;
    }
    return false;
  }

  #lookSoon(): void {
    if (this.#timer !== null) return;
    this.#timer = setTimeout(() => this.#look(), SETTLED);
    this.#timer.unref();
  }

  #look(): void {
    this.#timer = null;
    const changed = new Set<string>();
    for (const [file, before] of this.#files) {
      const now = appearance(file);
      if (now === before || now === "") {
        this.#changing.delete(file);
      } else if (now === this.#changing.get(file)) {
        this.#changing.delete(file);
        this.#files.set(file, now);
        changed.add(file);
      } else {
        this.#changing.set(file, now);
      }
    }
    if (this.#changing.size > 0) this.#lookSoon();
    if (changed.size > 0) this.#changed(changed);
  }
}

/** Changes with every write and every replacement; "" when there is no such file. */
function appearance(file: string): string {
  try {
    const { mtimeMs, ctimeMs, size, ino } = statSync(file);
    return `${mtimeMs} ${ctimeMs} ${size} ${ino}`;
  } catch {
    return "";
  }
}
