/**
 * Tells which of a changing set of files have changed, once they are whole: quiet for a while, and ending in a newline.
 * Every file is looked at now and then, so that nothing is missed, however it was replaced; that folders are watched as
 * well makes it prompt. Nothing here keeps the process alive.
 */
import { type FSWatcher, statSync, watch } from "node:fs";
import { open, stat } from "node:fs/promises";
import { inSlices } from "../../time/slices.ts";
import { watchedPlaces } from "./watched-places.ts";

/** `unfinished`: it has been quiet for long and does not end in a newline. */
export type FileChange = "changed" | "gone" | "unfinished";

/** Milliseconds. */
export interface WatchTimes {
  /** What has not been written to for this long is whole. */
  readonly quiet: number;
  /** A file that is gone for no longer is being replaced. */
  readonly gone: number;
  /** What does not end in a newline by then is told. */
  readonly unfinished: number;
  /** Between two checks when nothing is heard. */
  readonly poll: number;
}

export const WATCH_TIMES: WatchTimes = { quiet: 1_000, gone: 2_000, unfinished: 10_000, poll: 2_000 };

/** More folders than this are looked at now and then only. */
const MAX_FOLDERS = 1_000;
/** Milliseconds between two looks for each file: ten thousand are looked at every 10 s. */
const PER_FILE = 1;

interface Entry {
  /** What the file looked like when it was told of last; null: that is being found out. */
  known: string | null;
  /** What it has looked like since then, and since when (milliseconds since 1970); null: it looks as it did. */
  changing: { readonly seen: string; readonly since: number; told: boolean } | null;
}

/** Milliseconds. */
const LONG_AGO = 60_000;
/** Times of files lag behind the clock by this much, milliseconds. */
const COARSE = 20;

interface Folder {
  readonly watcher: FSWatcher;
  readonly identity: string;
  readonly names: ReadonlySet<string>;
}

export class FilesWatcher {
  readonly #changed: (files: ReadonlyMap<string, FileChange>) => void;
  readonly #times: WatchTimes;
  /** By path as it was given. */
  readonly #files = new Map<string, Entry>();
  readonly #folders = new Map<string, Folder>();
  #timer: Timer | null = null;
  /** When the timer fires, milliseconds since 1970. */
  #at = Infinity;
  #looking = false;
  /** Of finding out what is to be watched: the newest counts. */
  #turn = 0;
  #closed = false;

  constructor(changed: (files: ReadonlyMap<string, FileChange>) => void, times: WatchTimes = WATCH_TIMES) {
    this.#changed = changed;
    this.#times = times;
  }

  /**
   * Watches these files and no others, which have been read at `readAt` (milliseconds since 1970) or later. Resolves when
   * the system has been asked to tell of them.
   */
  async watch(files: ReadonlySet<string>, readAt: number): Promise<void> {
    const added = [...files].filter((file) => !this.#files.has(file));
    const count = this.#files.size;
    for (const file of this.#files.keys()) if (!files.has(file)) this.#files.delete(file);
    if (added.length === 0 && this.#files.size === count) return;
    for (const file of added) this.#files.set(file, { known: null, changing: null });
    await this.#watchFolders();
    for (const file of added) {
      const { seen, changed } = await appearance(file);
      const entry = this.#files.get(file);
      if (entry === undefined) continue;
      // What was written or went away while it was read is read again.
      const isDoubtful = seen === "" || changed > readAt - COARSE;
      entry.known = isDoubtful ? "?" : seen;
      if (isDoubtful) this.#lookSoon();
    }
    this.#lookWithin(this.#pollTime);
  }

  close(): void {
    this.#closed = true;
    this.#files.clear();
    for (const { watcher } of this.#folders.values()) watcher.close();
    this.#folders.clear();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  get #pollTime(): number {
    return Math.max(this.#times.poll, this.#files.size * PER_FILE);
  }

  #lookSoon(): void {
    this.#lookWithin(Math.max(this.#times.quiet / 4, this.#files.size * PER_FILE));
  }

  #lookWithin(milliseconds: number): void {
    const at = Date.now() + milliseconds;
    if (this.#closed || at >= this.#at) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#at = at;
    this.#timer = setTimeout(() => void this.#look(), milliseconds);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    this.#at = Infinity;
    if (this.#looking) return this.#lookSoon();
    this.#looking = true;
    const changes = new Map<string, FileChange>();
    let isMoving = false;
    for (const [file, entry] of this.#files) {
      const change = await this.#lookAt(file, entry);
      if (this.#closed) return;
      if (change !== null && this.#files.get(file) === entry) changes.set(file, change);
      isMoving ||= entry.changing !== null && !entry.changing.told;
    }
    this.#looking = false;
    // A folder or a link on the way may be another one now.
    if (changes.size > 0 || this.#hasOtherFolders()) await this.#watchFolders();
    if (isMoving) this.#lookSoon();
    else this.#lookWithin(this.#pollTime);
    if (changes.size > 0) this.#changed(changes);
  }

  async #lookAt(file: string, entry: Entry): Promise<FileChange | null> {
    const { seen, since } = await appearance(file);
    const now = Date.now();
    if (entry.known === null) return null;
    if (seen === entry.known) {
      entry.changing = null;
      return null;
    }
    // What was written elsewhere and moved here is whole; clocks of file servers may differ by less than that.
    if (entry.changing?.seen !== seen)
      entry.changing = { seen, since: since < now - LONG_AGO ? since : now, told: false };
    const { changing } = entry;
    const quiet = now - changing.since;
    const { quiet: settled, gone, unfinished } = this.#times;
    if (changing.told || quiet < (seen === "" ? gone : settled)) return null;
    if (seen === "" || (await endsInNewline(file))) {
      entry.known = seen;
      entry.changing = null;
      return seen === "" ? "gone" : "changed";
    }
    changing.told = quiet >= unfinished;
    return changing.told ? "unfinished" : null;
  }

  #hasOtherFolders(): boolean {
    for (const [path, { identity }] of this.#folders) if (identityOf(path) !== identity) return true;
    return false;
  }

  async #watchFolders(): Promise<void> {
    const turn = ++this.#turn;
    const places = await inSlices(watchedPlaces([...this.#files.keys()]));
    // Others are watched meanwhile.
    if (this.#closed || turn !== this.#turn) return;
    for (const [path, folder] of this.#folders) {
      const names = places.get(path);
      if (names !== undefined && identityOf(path) === folder.identity) {
        this.#folders.set(path, { ...folder, names });
        places.delete(path);
      } else {
        folder.watcher.close();
        this.#folders.delete(path);
      }
    }
    for (const [path, names] of places) {
      if (this.#folders.size >= MAX_FOLDERS) return;
      this.#watchFolder(path, names);
    }
  }

  #watchFolder(path: string, names: ReadonlySet<string>): void {
    try {
      const watcher = watch(path, (_event, name) => {
        if (name === null || this.#folders.get(path)?.names.has(name) === true) this.#lookSoon();
      });
      watcher.unref();
      watcher.on("error", () => watcher.close());
      this.#folders.set(path, { watcher, identity: identityOf(path), names });
    } catch {
      // No such folder, or more than the system watches: its files are looked at now and then.
    }
  }
}

/** Of a folder: another one in its place has another. */
function identityOf(folder: string): string {
  try {
    const { dev, ino, birthtimeMs } = statSync(folder);
    return `${dev} ${ino} ${birthtimeMs}`;
  } catch {
    return "";
  }
}

interface Appearance {
  /** Changes with every write and every replacement; "" when there is no such file. */
  readonly seen: string;
  /** When it was written last, and when it became what it is; Infinity and 0 when there is none. Milliseconds since 1970. */
  readonly since: number;
  readonly changed: number;
}

async function appearance(file: string): Promise<Appearance> {
  try {
    const { mtimeMs, ctimeMs, size, ino, dev } = await stat(file);
    return { seen: `${mtimeMs} ${ctimeMs} ${size} ${ino} ${dev}`, since: mtimeMs, changed: ctimeMs };
  } catch {
    return { seen: "", since: Infinity, changed: 0 };
  }
}

async function endsInNewline(file: string): Promise<boolean> {
  try {
    const handle = await open(file);
    try {
      const { size } = await handle.stat();
      const last = Buffer.alloc(1);
      return size > 0 && (await handle.read(last, 0, 1, size - 1)).bytesRead === 1 && last[0] === 0x0a;
    } finally {
      await handle.close();
    }
  } catch {
    // Gone, or not to be read: loading the zone says so.
    return true;
  }
}
