import type { FieldLines } from "../../contract/field-lines.ts";
import { CR, HEX_VALUE, HTAB, LF, SEMICOLON, SP } from "../fields/characters.ts";
import {
  BEFORE_NAME,
  BEFORE_SEMICOLON,
  EXTENSION_END,
  EXTENSION_MALFORMED,
  nextExtensionState,
} from "./chunk-extension.ts";
import { CHUNK_MALFORMED } from "../fault-numbers.ts";
import { TrailerReader } from "./trailers.ts";

/** Pairs at most; with more a read stops early and is called again. */
export const MAX_RANGES = 256;

/**
 * Where the last `BodyReader.read` found body bytes: `length` numbers of `at` are in use, pairs [start, end) in the
 * buffer that was read. One table for all readers; it holds until the next `read` of any of them, so whoever reads
 * hands the bytes on at once, to nothing that would read another body in the meantime.
 */
export interface BodyRanges {
  readonly at: Int32Array;
  length: number;
}

export const ranges: BodyRanges = { at: new Int32Array(2 * MAX_RANGES), length: 0 };

/** Answers false when the table is full now. */
function addRange(start: number, end: number): boolean {
  const { at, length } = ranges;
  at[length] = start;
  at[length + 1] = end;
  ranges.length = length + 2;
  return length + 2 < at.length;
}

/** RFC 9112 §7.1 bounds nothing; 2^48 - 1 is more than any body and exact as a number. */
const MAX_SIZE_DIGITS = 16;
const MAX_SIZE = 2 ** 48 - 1;

/** Bytes of extensions in one chunk's line. */
const MAX_EXTENSION = 1024;
/** Bytes of extensions in a body beyond the bytes of data that came with them: no cheap way to keep the edge busy. */
const MAX_EXTENSION_EXCESS = 16_384;

const SIZE = 0;
const EXTENSION = 1;
const SIZE_LF = 2;
const DATA = 3;
const DATA_CR = 4;
const DATA_LF = 5;
const TRAILER_FIRST = 6;
const TRAILER_FIRST_LF = 7;
const TRAILER = 8;

/**
 * Decodes the chunked coding (RFC 9112 §7.1). Sizes are hexadecimal digits alone; every line ends with CRLF; the
 * extensions are checked and dropped.
 */
export class ChunkedDecoder {
  done = false;
  /** Bytes of data so far. */
  received = 0;
  #state = SIZE;
  #left = 0;
  #digits = 0;
  #extensionState = 0;
  #extension = 0;
  #extensions = 0;
  /** Made with the first trailer that comes. */
  #trailers: TrailerReader | null = null;

  begin(): void {
    this.done = false;
    this.received = 0;
    this.#state = SIZE;
    this.#left = 0;
    this.#digits = 0;
    this.#extensions = 0;
    this.#trailers?.begin();
  }

  get trailers(): FieldLines | null {
    return this.#trailers === null ? null : this.#trailers.lines;
  }

  /** Data bytes still to come of the current chunk. */
  get remaining(): number {
    return this.#left;
  }

  /**
   * Decodes bytes [start, end), adding the ranges of data to `ranges`. Stops early when that table is full.
   * @returns the new position, or a negative fault; the ranges found before the fault hold.
   */
  read(bytes: Buffer, start: number, end: number, trailerLimit: number): number {
    let i = start;
    while (i < end) {
      switch (this.#state) {
        case SIZE:
          i = this.#readSize(bytes, i, end);
          if (i < 0) return i;
          break;
        case EXTENSION:
          i = this.#readExtension(bytes, i, end);
          if (i < 0) return i;
          break;
        case SIZE_LF:
          if (bytes[i++] !== LF) return CHUNK_MALFORMED;
          this.#digits = 0;
          this.#state = this.#left === 0 ? TRAILER_FIRST : DATA;
          break;
        case DATA: {
          const from = i;
          const available = end - i;
          i += this.#left < available ? this.#left : available;
          this.#left -= i - from;
          this.received += i - from;
          if (this.#left === 0) this.#state = DATA_CR;
          if (!addRange(from, i)) return i;
          break;
        }
        case DATA_CR:
          if (bytes[i++] !== CR) return CHUNK_MALFORMED;
          this.#state = DATA_LF;
          break;
        case DATA_LF:
          if (bytes[i++] !== LF) return CHUNK_MALFORMED;
          this.#state = SIZE;
          break;
        case TRAILER_FIRST:
          // The usual end without trailers needs no reader.
          if (bytes[i] === CR) {
            i++;
            this.#state = TRAILER_FIRST_LF;
          } else {
            this.#trailers ??= new TrailerReader();
            this.#state = TRAILER;
          }
          break;
        case TRAILER_FIRST_LF:
          if (bytes[i] !== LF) return CHUNK_MALFORMED;
          this.done = true;
          return i + 1;
        default: {
          const after = this.#trailers!.read(bytes, i, end, trailerLimit);
          if (after < 0) return after;
          if (after === 0) return end;
          this.done = true;
          return after;
        }
      }
    }
    return i;
  }

  #readSize(bytes: Buffer, start: number, end: number): number {
    let i = start;
    let left = this.#digits === 0 ? 0 : this.#left;
    for (; i < end; i++) {
      const digit = HEX_VALUE[bytes[i]!]!;
      if (digit < 0) break;
      left = left * 16 + digit;
      if (++this.#digits > MAX_SIZE_DIGITS || left > MAX_SIZE) return CHUNK_MALFORMED;
    }
    this.#left = left;
    if (i >= end) return i;
    if (this.#digits === 0) return CHUNK_MALFORMED;
    const byte = bytes[i]!;
    if (byte === CR) {
      this.#state = SIZE_LF;
    } else if (byte === SEMICOLON || byte === SP || byte === HTAB) {
      this.#extensionState = byte === SEMICOLON ? BEFORE_NAME : BEFORE_SEMICOLON;
      this.#extension = 0;
      this.#state = EXTENSION;
    } else {
      return CHUNK_MALFORMED;
    }
    return i + 1;
  }

  #readExtension(bytes: Buffer, start: number, end: number): number {
    let state = this.#extensionState;
    const allowed = Math.min(MAX_EXTENSION - this.#extension, MAX_EXTENSION_EXCESS + this.received - this.#extensions);
    let i = start;
    while (i < end && state !== EXTENSION_END) {
      if (i - start >= allowed) return CHUNK_MALFORMED;
      state = nextExtensionState(state, bytes[i]!);
      if (state === EXTENSION_MALFORMED) return CHUNK_MALFORMED;
      i++;
    }
    this.#extension += i - start;
    this.#extensions += i - start;
    this.#extensionState = state;
    if (state === EXTENSION_END) this.#state = SIZE_LF;
    return i;
  }
}
