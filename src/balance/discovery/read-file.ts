/** Reading a file that somebody else writes, without waiting for it and without taking more than is wanted. */
import { closeSync, constants, fstatSync, openSync, readSync, statSync } from "node:fs";

/** Changes whenever the file behind the path does, or when there is none: "missing". Compared, never read. */
export function fingerprint(path: string): string {
  try {
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined) return "missing";
    return `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`;
  } catch (error) {
    return codeOf(error);
  }
}

/** Bytes of a regular file, or why there are none: one clause. */
export function readWithin(path: string, maximum: number): Uint8Array | string {
  let handle: number;
  try {
    // A FIFO without a writer would block the whole process in `open`.
    handle = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = codeOf(error);
    return code === "ENOENT" ? "there is no such file" : `the file cannot be read (${code})`;
  }
  try {
    if (!fstatSync(handle).isFile()) return "is not a regular file";
    // One byte more than is wanted shows that there is more, even while the file grows.
    const bytes = new Uint8Array(maximum + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read) {
      read = readSync(handle, bytes, length, bytes.length - length, length);
    }
    return length > maximum ? `is longer than ${maximum} bytes` : bytes.subarray(0, length);
  } catch (error) {
    return `the file cannot be read (${codeOf(error)})`;
  } finally {
    closeSync(handle);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
