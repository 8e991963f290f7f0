import { readFileSync } from "node:fs";
import { type Fingerprint, fingerprint } from "../control/file-fingerprint.ts";

/** The files that a config was read from, as they were then, so that a change can be noticed. */
export class FilesRead {
  /** By absolute path, in the order in which they were asked for; null: there was none. */
  readonly files = new Map<string, Fingerprint | null>();

  /** The content as text. @throws the system's error. */
  read(path: string): string {
    this.files.set(path, null);
    const content = readFileSync(path);
    this.files.set(path, fingerprint(path, content));
    return content.toString("utf8");
  }

  /** Somebody else reads the file, or looks whether the folder is there. */
  note(path: string): void {
    if (!this.files.has(path)) this.files.set(path, fingerprint(path));
  }
}
