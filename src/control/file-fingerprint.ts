import { readFileSync, realpathSync, statSync } from "node:fs";

/** What tells one state of a file from another: where it lies behind symbolic links, and what is in it. */
export type Fingerprint = string;

/** What a folder has: that it is there. */
const FOLDER = "folder";

/** Null: there is nothing of this name. `content`: as it was just read, so that it is not read again. */
export function fingerprint(path: string, content?: Uint8Array): Fingerprint | null {
  try {
    if (content === undefined && statSync(path).isDirectory()) return FOLDER;
    return `${realpathSync(path)} ${Bun.hash(content ?? readFileSync(path)).toString(36)}`;
  } catch {
    return null;
  }
}
