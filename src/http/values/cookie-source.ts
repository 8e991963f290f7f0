import { FieldId } from "../../contract/field-id.ts";
import { VALUE_END, VALUE_START, FIELD_STRIDE } from "../../contract/head.ts";
import type { RequestHead } from "../../contract/head.ts";
import { isSame } from "../../bytes/byte-compare.ts";
import { NO_BYTES } from "./value-source.ts";
import type { ValueSource } from "./value-source.ts";

const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const SPACE = 0x20;
const TAB = 0x09;

/**
 * The cookies with one name, of every Cookie field (RFC 6265 §4.2.1; HTTP/2 splits them over several, RFC 9113 §8.2.3).
 * White space around a name and a value is left out, quotes belong to the value, names compare case-sensitively,
 * and a pair without "=" has no name.
 */
export class CookieSource implements ValueSource {
  readonly kind = "cookie";
  readonly name: string;
  readonly secret = true;
  bytes: Buffer = NO_BYTES;
  start = 0;
  end = 0;
  private readonly wanted: Buffer;
  private head: RequestHead | null = null;
  /** Offset of the next Cookie field in the table, -1 when there is none. */
  private field = -1;
  private at = 0;
  private endOfField = 0;

  constructor(name: string) {
    this.name = name;
    this.wanted = Buffer.from(name);
  }

  begin(head: RequestHead): void {
    this.head = head;
    this.bytes = head.bytes;
    this.field = head.find(FieldId.cookie);
    this.at = 0;
    this.endOfField = 0;
  }

  next(): boolean {
    for (;;) {
      while (this.at < this.endOfField) {
        if (this.nextPair()) return true;
      }
      if (this.field === -1) return false;
      const head = this.head!;
      this.at = head.offsets[this.field + VALUE_START]!;
      this.endOfField = head.offsets[this.field + VALUE_END]!;
      this.field = head.find(FieldId.cookie, this.field + FIELD_STRIDE);
    }
  }

  /** Reads one pair and steps behind its semicolon; answers whether it has the wanted name. */
  private nextPair(): boolean {
    const { bytes, endOfField } = this;
    const begin = this.at;
    let equals = -1;
    let at = begin;
    for (; at < endOfField && bytes[at] !== SEMICOLON; at++) {
      if (equals === -1 && bytes[at] === EQUALS) equals = at;
    }
    this.at = at + 1;
    if (equals === -1) return false;
    const start = this.skipSpace(begin, equals);
    if (!isSame(bytes, start, this.dropSpace(start, equals), this.wanted)) return false;
    this.start = this.skipSpace(equals + 1, at);
    this.end = this.dropSpace(this.start, at);
    return true;
  }

  private skipSpace(start: number, end: number): number {
    let at = start;
    while (at < end && (this.bytes[at] === SPACE || this.bytes[at] === TAB)) at++;
    return at;
  }

  private dropSpace(start: number, end: number): number {
    let at = end;
    while (at > start && (this.bytes[at - 1] === SPACE || this.bytes[at - 1] === TAB)) at--;
    return at;
  }
}
