/**
 * W3C Trace Context (levels 1 and 2): the `traceparent` field, read from and written to bytes.
 *
 * `00-<16 bytes trace id>-<8 bytes parent id>-<flags>`, all in lower-case hexadecimal. In a record `ids` holds the
 * trace id at 0…16, the span id of this exchange at 16…24 and the parent's span id at 24…32 (zero: none).
 */
import { type RequestHead, VALUE_END, VALUE_START } from "../contract/head.ts";
import type { TraceRecord } from "../contract/trace-record.ts";

export const TRACE_ID_LENGTH = 16;
export const SPAN_ID_LENGTH = 8;
const SPAN_ID_AT = 16;
const PARENT_ID_AT = 24;
export const IDS_LENGTH = 32;

/** Length of a version 00 value. */
export const TRACEPARENT_LENGTH = 55;
const DASH = 0x2d;
const ZERO = 0x30;
const ONE = 0x31;
const FLAG_SAMPLED = 1;

/**
 * Takes trace id, parent id and sampled flag from a field value [start, end) without surrounding whitespace.
 * False when the value is invalid; the record's ids are then undefined until `newIds`.
 */
export function readTraceparent(bytes: Uint8Array, start: number, end: number, record: TraceRecord): boolean {
  const length = end - start;
  if (length < TRACEPARENT_LENGTH) return false;
  const version = readHexByte(bytes, start);
  // §3.2.2.1: ff is forbidden. Version 00 has exactly this length; a later version is read by the same prefix, and
  // what follows must be set off by a dash (§3.2.4).
  if (version < 0 || version === 0xff) return false;
  if (length > TRACEPARENT_LENGTH && (version === 0 || bytes[start + TRACEPARENT_LENGTH] !== DASH)) return false;
  if (bytes[start + 2] !== DASH || bytes[start + 35] !== DASH || bytes[start + 52] !== DASH) return false;
  if (readHex(bytes, start + 3, TRACE_ID_LENGTH, record.ids, 0) <= 0) return false;
  if (readHex(bytes, start + 36, IDS_LENGTH - PARENT_ID_AT, record.ids, PARENT_ID_AT) <= 0) return false;
  const flags = readHexByte(bytes, start + 53);
  if (flags < 0) return false;
  record.sampled = (flags & FLAG_SAMPLED) !== 0;
  return true;
}

/**
 * Gives the exchange its own span id; and a fresh trace id, marked as sampled, when none was `inherited` (that is,
 * when `readTraceparent` was not called or answered false).
 */
export function newIds(record: TraceRecord, pool: RandomPool, inherited: boolean): void {
  const ids = record.ids;
  if (inherited) {
    pool.take(ids, SPAN_ID_AT, PARENT_ID_AT - SPAN_ID_AT);
    return;
  }
  pool.take(ids, 0, TRACE_ID_LENGTH);
  pool.take(ids, SPAN_ID_AT, PARENT_ID_AT - SPAN_ID_AT);
  for (let at = PARENT_ID_AT; at < IDS_LENGTH; at++) ids[at] = 0;
  record.sampled = true;
}

/** Writes the value for the next hop, whose parent is this exchange; answers the offset behind its 55 bytes. */
export function writeTraceparent(record: TraceRecord, into: Uint8Array, at: number): number {
  into[at++] = ZERO;
  into[at++] = ZERO;
  into[at++] = DASH;
  at = writeHex(record.ids, 0, TRACE_ID_LENGTH, into, at);
  into[at++] = DASH;
  at = writeHex(record.ids, SPAN_ID_AT, PARENT_ID_AT, into, at);
  into[at++] = DASH;
  into[at++] = ZERO;
  into[at++] = record.sampled ? ONE : ZERO;
  return at;
}

/** It has a trace id: `newIds` or `readTraceparent` has been called since the record was acquired. */
export function hasIds(record: TraceRecord): boolean {
  for (let at = 0; at < TRACE_ID_LENGTH; at++) if (record.ids[at] !== 0) return true;
  return false;
}

/** The trace id as 32 digits. Not for the hot path: makes a string. */
export function traceIdHex(record: TraceRecord): string {
  return record.ids.toString("hex", 0, TRACE_ID_LENGTH);
}

/** The span id of this exchange as 16 digits. */
export function spanIdHex(record: TraceRecord): string {
  return record.ids.toString("hex", SPAN_ID_AT, PARENT_ID_AT);
}

/** The parent's span id as 16 digits, or "" when the trace began here. */
export function parentIdHex(record: TraceRecord): string {
  for (let at = PARENT_ID_AT; at < IDS_LENGTH; at++) {
    if (record.ids[at] !== 0) return record.ids.toString("hex", PARENT_ID_AT, IDS_LENGTH);
  }
  return "";
}

/** Gives the record the trace that the request belongs to, or a new one. */
export function identify(head: RequestHead, record: TraceRecord, ids: RandomPool): void {
  const field = head.traceparentField;
  const inherited =
    field >= 0 &&
    readTraceparent(head.bytes, head.offsets[field + VALUE_START]!, head.offsets[field + VALUE_END]!, record);
  newIds(record, ids, inherited);
}

const POOL_SIZE = 4096;

/** Random bytes for identifiers: one call to the source serves some hundred of them. */
export class RandomPool {
  readonly #fill: (into: Uint8Array) => void;
  readonly #bytes = new Uint8Array(POOL_SIZE);
  #used = POOL_SIZE;

  /** `fill` is `Env.random`. */
  constructor(fill: (into: Uint8Array) => void) {
    this.#fill = fill;
  }

  /** Writes `count` (at most 4096) bytes at `at`, never all zero: W3C Trace Context forbids such identifiers. */
  take(into: Uint8Array, at: number, count: number): void {
    if (this.#used + count > POOL_SIZE) {
      this.#fill(this.#bytes);
      this.#used = 0;
    }
    const used = this.#used;
    let seen = 0;
    for (let index = 0; index < count; index++) {
      const byte = this.#bytes[used + index]!;
      seen |= byte;
      into[at + index] = byte;
    }
    if (seen === 0) into[at + count - 1] = 1;
    this.#used = used + count;
  }
}

// ---- hexadecimal by tables, straight between byte buffers: no string is made

const DIGITS = "0123456789abcdef";
const HIGH = new Uint8Array(256);
const LOW = new Uint8Array(256);
/** Value of a lower-case digit, 255 for every other byte. */
const VALUE = new Uint8Array(256).fill(255);

for (let byte = 0; byte < 256; byte++) {
  HIGH[byte] = DIGITS.charCodeAt(byte >> 4);
  LOW[byte] = DIGITS.charCodeAt(byte & 15);
}
for (let digit = 0; digit < 16; digit++) VALUE[DIGITS.charCodeAt(digit)] = digit;

/** Writes bytes [start, end) as lower-case digits at `at`; answers the offset behind them. */
export function writeHex(bytes: Uint8Array, start: number, end: number, into: Uint8Array, at: number): number {
  for (let index = start; index < end; index++) {
    const byte = bytes[index]!;
    into[at++] = HIGH[byte]!;
    into[at++] = LOW[byte]!;
  }
  return at;
}

/** One byte from two lower-case digits, or -1. */
function readHexByte(bytes: Uint8Array, at: number): number {
  const high = VALUE[bytes[at]!]!;
  const low = VALUE[bytes[at + 1]!]!;
  return (high | low) > 15 ? -1 : (high << 4) | low;
}

/**
 * Reads `count` bytes from lower-case digits into `into` at `at`. Answers the bits that were set in any of them
 * (so 0 means all zero), or -1 when a character is no lower-case digit.
 */
function readHex(bytes: Uint8Array, start: number, count: number, into: Uint8Array, at: number): number {
  let seen = 0;
  for (let index = 0; index < count; index++) {
    const byte = readHexByte(bytes, start + 2 * index);
    if (byte < 0) return -1;
    into[at + index] = byte;
    seen |= byte;
  }
  return seen;
}
