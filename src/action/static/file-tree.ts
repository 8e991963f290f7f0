import { lstatSync, realpathSync, statSync } from "node:fs";
import { join, sep } from "node:path";

/** "inside": a symlink may lead only below the root. "never": none is followed. "anywhere": all are. */
export type SymlinkRule = "inside" | "never" | "anywhere";

/** A regular file as it was when it was found. */
export interface FileFacts {
  /** Where it was asked for; its name tells the type, and compressed siblings stand beside it. */
  readonly asked: string;
  /** What is opened: without symlinks, unless all are allowed. */
  readonly path: string;
  /** The root as it was resolved for this lookup. */
  readonly root: string;
  readonly size: number;
  readonly mtimeNs: bigint;
}

export type Found =
  | { readonly kind: "file"; readonly file: FileFacts }
  | { readonly kind: "directory" }
  /** Nothing there, or nothing that may be shown: why, for who runs the edge. */
  | { readonly kind: "none"; readonly why: string }
  /** The operating system does not let us read it. */
  | { readonly kind: "forbidden" };

const NONE: Found = { kind: "none", why: "is not there" };
const OUTSIDE: Found = { kind: "none", why: "is a symlink that leads out of the root (symlinks: inside)" };
const SYMLINK: Found = { kind: "none", why: "is reached by a symlink (symlinks: never)" };
const NO_FILE: Found = { kind: "none", why: "is no regular file" };
const DIRECTORY: Found = { kind: "directory" };
const FORBIDDEN: Found = { kind: "forbidden" };

/**
 * Looks up names below a root.
 *
 * The root itself may be a symlink, and may be turned to another release at any time: it is resolved for each lookup,
 * and what is found belongs to that release. Between a lookup and the opening of the file somebody who can write below
 * the root could still swap a directory for a symlink; who may write there is trusted.
 *
 * Lookups are synchronous, as in nginx: a few microseconds each from the kernel's cache, where a turn through the
 * thread pool costs five times as much. The price is that a file system that hangs (a dead network mount) holds up the
 * event loop.
 */
export class FileTree {
  private readonly root: string;
  private readonly symlinks: SymlinkRule;

  constructor(root: string, symlinks: SymlinkRule) {
    this.root = root;
    this.symlinks = symlinks;
  }

  /** @param segments names, safe by `filePath`. @throws errors other than "not there" and "not allowed", such as EIO */
  find(segments: readonly string[]): Found {
    try {
      const root = realpathSync(this.root);
      return this.look(root, join(root, ...segments));
    } catch (error) {
      return absence(error);
    }
  }

  /** A sibling of a file that was found, such as its compressed form; null when there is none. */
  findBeside(file: FileFacts, extension: string): FileFacts | null {
    const asked = `${file.asked}${extension}`;
    try {
      // Most files have no siblings: this finds it out without an exception.
      if (lstatSync(asked, { throwIfNoEntry: false }) === undefined) return null;
      const found = this.look(file.root, asked);
      return found.kind === "file" ? found.file : null;
    } catch (error) {
      absence(error);
      return null;
    }
  }

  private look(root: string, asked: string): Found {
    const path = this.symlinks === "anywhere" ? asked : realpathSync(asked);
    if (!this.allows(root, asked, path)) return this.symlinks === "never" ? SYMLINK : OUTSIDE;
    const stats = statSync(path, { bigint: true });
    if (stats.isDirectory()) return DIRECTORY;
    // A FIFO would block its reader and a device never ends.
    if (!stats.isFile()) return NO_FILE;
    return { kind: "file", file: { asked, path, root, size: Number(stats.size), mtimeNs: stats.mtimeNs } };
  }

  private allows(root: string, asked: string, path: string): boolean {
    switch (this.symlinks) {
      case "anywhere":
        return true;
      case "never":
        return path === asked;
      case "inside":
        return path === root || path.startsWith(root.endsWith(sep) ? root : `${root}${sep}`);
    }
  }
}

const ABSENT: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "ENAMETOOLONG", "ELOOP", "EINVAL"]);

/** What an error of the file system means to the client; other errors go on. */
function absence(error: unknown): Found {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (ABSENT.has(code)) return NONE;
  if (code === "EACCES" || code === "EPERM") return FORBIDDEN;
  throw error;
}
