import type { RequestHead } from "../../contract/head.ts";
import { isSame } from "../../bytes/byte-compare.ts";
import { NO_BYTES } from "./value-source.ts";
import type { ValueSource } from "./value-source.ts";

const AMPERSAND = 0x26;
const EQUALS = 0x3d;
const PERCENT = 0x25;
const PLUS = 0x2b;
const SPACE = 0x20;

/**
 * The parameters with one name in the query, read as application/x-www-form-urlencoded (WHATWG URL §5.1): separated
 * by "&", "+" is a space, escapes are decoded, a bad escape stands for itself. Without "=" the value is empty.
 * Names compare case-sensitively.
 */
export class QuerySource implements ValueSource {
  readonly kind = "query";
  readonly name: string;
  readonly secret = false;
  bytes: Buffer = NO_BYTES;
  start = 0;
  end = 0;
  private readonly wanted: Buffer;
  private raw: Buffer = NO_BYTES;
  private at = 0;
  private endOfQuery = 0;
  /** Holds a value or name that had to be decoded. */
  private decoded: Buffer = NO_BYTES;

  constructor(name: string) {
    this.name = name;
    this.wanted = Buffer.from(name);
  }

  begin(head: RequestHead): void {
    this.raw = head.bytes;
    this.at = head.pathEnd + 1;
    this.endOfQuery = head.targetEnd;
  }

  next(): boolean {
    const { raw, endOfQuery } = this;
    while (this.at < endOfQuery) {
      const begin = this.at;
      let equals = -1;
      let at = begin;
      for (; at < endOfQuery && raw[at] !== AMPERSAND; at++) {
        if (equals === -1 && raw[at] === EQUALS) equals = at;
      }
      this.at = at + 1;
      if (begin === at) continue;
      const endOfName = equals === -1 ? at : equals;
      this.read(begin, endOfName);
      if (!isSame(this.bytes, this.start, this.end, this.wanted)) continue;
      this.read(equals === -1 ? at : equals + 1, at);
      return true;
    }
    return false;
  }

  /** Lets `bytes`, `start`, `end` stand for the decoded form of raw bytes [start, end): in place when nothing is encoded. */
  private read(start: number, end: number): void {
    const { raw } = this;
    let at = start;
    while (at < end && raw[at] !== PERCENT && raw[at] !== PLUS) at++;
    if (at === end) {
      this.bytes = raw;
      this.start = start;
      this.end = end;
      return;
    }
    if (this.decoded.length < end - start) this.decoded = Buffer.allocUnsafeSlow(Math.max(256, end - start));
    this.bytes = this.decoded;
    this.start = 0;
    this.end = decodeForm(raw, start, end, this.decoded);
  }
}

/** Writes the decoded bytes to the front of `into`, which is as long as the input at least; answers their number. */
function decodeForm(raw: Buffer, start: number, end: number, into: Buffer): number {
  let length = 0;
  for (let at = start; at < end; at++) {
    const byte = raw[at]!;
    if (byte === PERCENT && at + 2 < end) {
      const high = hexDigit(raw[at + 1]!);
      const low = hexDigit(raw[at + 2]!);
      if (high >= 0 && low >= 0) {
        into[length++] = high * 16 + low;
        at += 2;
        continue;
      }
    }
    into[length++] = byte === PLUS ? SPACE : byte;
  }
  return length;
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
