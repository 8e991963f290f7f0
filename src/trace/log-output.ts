import { closeSync, constants, openSync, statSync, writeSync } from "node:fs";
import { standardOutput, tell } from "../standard-stream.ts";

/** Where log bytes go; nothing here waits. Tests give their own. */
export interface LogOutput {
  /** Opens a file for appending, "-" for standard output; null: a FIFO that nobody reads yet. Throws a system error. */
  open(path: string): number | null;
  /** Writes bytes [start, end); answers how many were taken, throws a system error. */
  write(descriptor: number, bytes: Uint8Array, start: number, end: number): number;
  close(descriptor: number): void;
  /** Tells whoever operates the edge. */
  warn(message: string): void;
}

const STDOUT = 1;
/** Readable by owner and group: a log holds addresses of clients. */
const FILE_MODE = 0o640;
/** Without the last one, to open a FIFO waits for its reader, and to write waits for room. Files do not mind it. */
const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NONBLOCK;

export const SYSTEM_OUTPUT: LogOutput = {
  open(path) {
    if (path === "-") return STDOUT;
    try {
      return openSync(path, FLAGS, FILE_MODE);
    } catch (error) {
      if (isUnread(error) && statSync(path).isFIFO()) return null;
      throw error;
    }
  },
  write: (descriptor, bytes, start, end) =>
    descriptor === STDOUT ? standardOutput.write(bytes, start, end) : writeSync(descriptor, bytes, start, end - start),
  close(descriptor) {
    if (descriptor !== STDOUT) closeSync(descriptor);
  },
  warn: (message) => tell(`roundtrip: ${message}`),
};

/** fifo(7): opened for writing without waiting while nobody has it open for reading. */
function isUnread(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENXIO";
}
