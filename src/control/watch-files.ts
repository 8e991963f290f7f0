/** Notices that files are other than they were read. */
import { type FSWatcher, realpathSync, statSync, watch } from "node:fs";
import { dirname } from "node:path";
import { type Fingerprint, fingerprint } from "./file-fingerprint.ts";

/** Editors write in several steps: what has not changed for this long is whole. Milliseconds. */
const SETTLED = 100;
/** What never settles is taken as it is after so long, milliseconds. */
const PATIENCE = 5000;
/**
 * The system tells of changes in a folder, but not of a symbolic link on the way to it, of a folder that is made again, or
 * of a change on a network's disk. So files are looked at every now and then as well, milliseconds.
 */
const LOOK = 1000;
/** A look takes five microseconds a file. */
const MAX_FILES = 256;
const MAX_FOLDERS = 32;

/**
 * Calls `changed` when a file is other than it was read, and has come to rest. Contents are compared, since a touch is no
 * change; a file that is gone is none either: the next one comes.
 */
export class FileWatch {
  readonly #changed: () => void;
  #timer: ReturnType<typeof setInterval> | null = null;
  #stopped = false;
  readonly #folders = new Map<string, FSWatcher>();
  #files: ReadonlyMap<string, Fingerprint | null> = new Map();
  /** Of files that are as they were read: what the system said of them then. */
  readonly #unchanged = new Map<string, string>();
  /** Of files that are other: what was told of already. */
  readonly #told = new Map<string, Fingerprint>();
  /** What is other as of the last look, in one text, and since when something is. */
  #changing = "";
  #changingSince = 0;
  #soon: ReturnType<typeof setTimeout> | null = null;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** These files from now on, as they were read. What is added to the map later counts as well. */
  watch(files: ReadonlyMap<string, Fingerprint | null>): void {
    if (this.#stopped) return;
    this.#timer ??= setInterval(() => this.#look(), LOOK).unref();
    this.#files = files;
    this.#unchanged.clear();
    this.#told.clear();
    this.#changing = "";
    this.#watchFolders();
    this.#lookSoon();
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer !== null) clearInterval(this.#timer);
    if (this.#soon !== null) clearTimeout(this.#soon);
    for (const watcher of this.#folders.values()) watcher.close();
    this.#folders.clear();
  }

  #lookSoon(): void {
    if (this.#soon !== null) return;
    this.#soon = setTimeout(() => {
      this.#soon = null;
      this.#look();
    }, SETTLED);
    this.#soon.unref();
  }

  #look(): void {
    const changes = new Map<string, Fingerprint>();
    for (const path of watched(this.#files)) {
      const now = this.#changeOf(path);
      if (now !== null) changes.set(path, now);
    }
    const changing = [...changes.values()].join("\n");
    const before = this.#changing;
    this.#changing = changing;
    if (changes.size === 0) return;
    if (before === "") this.#changingSince = performance.now();
    if (changing !== before && performance.now() - this.#changingSince < PATIENCE) return this.#lookSoon();
    this.#changing = "";
    for (const [path, now] of changes) this.#told.set(path, now);
    this.#watchFolders();
    this.#changed();
  }

  /** What the file is now, when that is something else than was read or told of. */
  #changeOf(path: string): Fingerprint | null {
    const state = stateOf(path);
    if (state === null || this.#unchanged.get(path) === state) return null;
    const now = fingerprint(path);
    if (now !== null && now !== (this.#told.get(path) ?? this.#files.get(path))) return now;
    if (now !== null) this.#unchanged.set(path, state);
    return null;
  }

  /** The folders rather than the files, since editors and Kubernetes replace these. */
  #watchFolders(): void {
    const wanted = new Set<string>();
    for (const path of watched(this.#files)) {
      if (wanted.size + 2 > MAX_FOLDERS) break;
      wanted.add(dirname(path));
      const real = realPath(path);
      if (real !== null) wanted.add(dirname(real));
    }
    for (const [folder, watcher] of this.#folders) {
      if (wanted.has(folder)) continue;
      watcher.close();
      this.#folders.delete(folder);
    }
    for (const folder of wanted) if (!this.#folders.has(folder)) this.#watchFolder(folder);
  }

  #watchFolder(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#lookSoon());
      watcher.on("error", () => {
        watcher.close();
        this.#folders.delete(folder);
      });
      this.#folders.set(folder, watcher);
    } catch {
      // A folder that is not there, or one watch too many for the system: the looks find the change.
    }
  }
}

function* watched(files: ReadonlyMap<string, unknown>): Generator<string> {
  let count = 0;
  for (const path of files.keys()) {
    if (count++ === MAX_FILES) return;
    yield path;
  }
}

/** Another one whenever something was written, or a name or a link leads to another file. */
function stateOf(path: string): string | null {
  try {
    const { dev, ino, size, mtimeMs, ctimeMs } = statSync(path);
    return `${dev} ${ino} ${size} ${mtimeMs} ${ctimeMs}`;
  } catch {
    return null;
  }
}

function realPath(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}
