import type { Coding } from "./negotiate.ts";
import type { FileFacts } from "./file-tree.ts";

/** What tells one state of a representation from another (RFC 9110 §8.8). */
export interface Validators {
  /** With quotes, and `W/` when it is weak. */
  readonly etag: string;
  /** Milliseconds since the epoch, whole seconds. */
  readonly lastModified: number;
  /** The time alone identifies the content: nothing can have changed twice within it. */
  readonly strong: boolean;
}

/**
 * A file that changed less than this many milliseconds ago may change again within the resolution of its time stamp
 * (that of file systems is up to 10 ms, that of Last-Modified a second).
 */
const SETTLED = 2000;

/**
 * Validators from size and time of modification (nanoseconds). The tag is strong once the file has rested for two
 * seconds, before that weak with the same opaque part; each content coding has its own (RFC 9110 §8.8.3.3).
 */
export function validatorsOf(file: FileFacts, coding: Coding | "identity", now: number): Validators {
  const modified = Number(file.mtimeNs / 1_000_000n);
  const strong = now - modified >= SETTLED;
  const suffix = coding === "identity" ? "" : `-${coding}`;
  const tag = `"${file.size.toString(36)}-${file.mtimeNs.toString(36)}${suffix}"`;
  // RFC 9110 §8.8.2.1: never later than the time of the message.
  const seconds = Math.floor(Math.min(modified, now) / 1000);
  return { etag: strong ? tag : `W/${tag}`, lastModified: seconds * 1000, strong };
}
