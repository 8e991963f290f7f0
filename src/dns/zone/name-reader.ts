/** Names of a zone file from its bytes: the same rules as `parseName`, without a string. */
import { MAX_LABEL, MAX_NAME } from "../wire/name.ts";

const DOT = 0x2e;
const BACKSLASH = 0x5c;
const AT = 0x40;

/** Why the last `readName` failed. */
export let nameProblem = "";

function refuse(problem: string): number {
  nameProblem = problem;
  return -1;
}

/** Writes the name in bytes [start, end), completed by `origin`, to `into` at `at`; answers its length, or -1 with `nameProblem`. */
export function readName(
  bytes: Uint8Array,
  start: number,
  end: number,
  origin: Uint8Array,
  into: Uint8Array,
  at: number,
): number {
  if (end - start === 1 && bytes[start] === AT) return complete(origin, into, at, at);
  if (end - start === 1 && bytes[start] === DOT) {
    into[at] = 0;
    return 1;
  }
  if (start === end) return refuse("is empty");
  let label = at;
  let to = at + 1;
  for (let from = start; from < end; from++) {
    let byte = bytes[from]!;
    if (byte === DOT) {
      const size = to - label - 1;
      if (size === 0) return refuse("has an empty label");
      into[label] = size;
      label = to++;
      continue;
    }
    if (byte === BACKSLASH) {
      byte = unescapeByte(bytes, from + 1, end);
      if (byte < 0) return refuse("has an escape that is neither \\DDD (000 to 255) nor \\ and a character");
      from += isDigit(bytes[from + 1]!) ? 3 : 1;
    }
    if (to - label > MAX_LABEL) return refuse(`has a label of more than ${MAX_LABEL} bytes`);
    if (to - at >= MAX_NAME) return refuse(`is longer than ${MAX_NAME} bytes`);
    into[to++] = byte;
  }
  const size = to - label - 1;
  if (size === 0) {
    // It ended with a dot: it is absolute.
    into[label] = 0;
    return label + 1 - at;
  }
  into[label] = size;
  return complete(origin, into, at, to);
}

function complete(origin: Uint8Array, into: Uint8Array, at: number, to: number): number {
  if (to - at + origin.length > MAX_NAME) return refuse(`is longer than ${MAX_NAME} bytes`);
  for (let index = 0; index < origin.length; index++) into[to + index] = origin[index]!;
  return to - at + origin.length;
}

export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** The byte that an escape stands for, whose backslash was before `at`; -1 when it is none. */
export function unescapeByte(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) return -1;
  const first = bytes[at]!;
  if (!isDigit(first)) return first;
  if (at + 3 > end || !isDigit(bytes[at + 1]!) || !isDigit(bytes[at + 2]!)) return -1;
  const code = (first - 0x30) * 100 + (bytes[at + 1]! - 0x30) * 10 + bytes[at + 2]! - 0x30;
  return code > 255 ? -1 : code;
}
