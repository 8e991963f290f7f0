import { closeSync, openSync, writeSync } from "node:fs";

/** Where log bytes go. Tests give their own. */
export interface LogOutput {
  /** Opens a file for appending; throws a system error. */
  open(path: string): number;
  /** Writes bytes [start, end); answers how many were taken, throws a system error. */
  write(descriptor: number, bytes: Uint8Array, start: number, end: number): number;
  close(descriptor: number): void;
  /** Tells whoever operates the edge. */
  warn(message: string): void;
}

const STDERR = 2;
/** Readable by owner and group: a log holds addresses of clients. */
const FILE_MODE = 0o640;

export const SYSTEM_OUTPUT: LogOutput = {
  open: (path) => openSync(path, "a", FILE_MODE),
  write: (descriptor, bytes, start, end) => writeSync(descriptor, bytes, start, end - start),
  close: (descriptor) => closeSync(descriptor),
  warn: (message) => {
    try {
      writeSync(STDERR, `roundtrip: ${message}\n`);
    } catch {
      // There is no other place to say it.
    }
  },
};
