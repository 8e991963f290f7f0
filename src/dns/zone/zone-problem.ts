/** What is wrong in a zone file, and where. */
export interface ZoneProblem {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units of `sourceLine`. */
  readonly column: number;
  readonly message: string;
  /** What would be right; may be empty. */
  readonly expected: string;
  /** What stands there; empty when something is missing. */
  readonly word: string;
  /** Words of which one may have been meant. */
  readonly words: readonly string[];
  /** The line as it stands in the file. */
  readonly sourceLine: string;
}

const LF = 0x0a;
/** Lines are shown to people: of one without end, this much is enough. */
const MAX_SHOWN = 4_096;

/** The line with the byte at `offset`, and the column of that byte. A line that is not UTF-8 is read all the same. */
export function locate(bytes: Uint8Array, offset: number): { sourceLine: string; column: number } {
  const at = Math.min(offset, bytes.length);
  const start = at === 0 ? 0 : bytes.lastIndexOf(LF, at - 1) + 1;
  const from = bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf ? start + 3 : start;
  const stop = bytes.indexOf(LF, at);
  const end = Math.min(stop < 0 ? bytes.length : stop, at + MAX_SHOWN);
  const before = text(bytes, from, at);
  return { sourceLine: (before + text(bytes, at, end)).trimEnd(), column: before.length + 1 };
}

function text(bytes: Uint8Array, start: number, end: number): string {
  return start >= end ? "" : Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("utf8");
}
