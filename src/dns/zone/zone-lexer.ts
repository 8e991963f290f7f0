/**
 * Splits a zone file (RFC 1035 §5.1) into entries and these into tokens, as ranges of the file's bytes: no string is
 * made of what is only copied into the zone. Parentheses join lines, `;` begins a comment, quotes keep blanks.
 */

import { doubled } from "./growing.ts";

export interface LexProblem {
  /** Of the byte that it is about. */
  readonly offset: number;
  readonly message: string;
}

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const OPEN = 0x28;
const CLOSE = 0x29;
const SEMICOLON = 0x3b;
const BACKSLASH = 0x5c;

/** 1: ends a token that is not quoted. */
const ENDS_TOKEN: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  [TAB, LF, CR, SPACE, QUOTE, OPEN, CLOSE, SEMICOLON].includes(byte) ? 1 : 0,
);

/** Tokens of one entry; a DNSKEY in very short pieces has a few hundred. */
const MAX_TOKENS = 16_384;

export class ZoneLexer {
  readonly bytes: Uint8Array;
  /** Tokens of the current entry: quotes not included, escapes as they were written. */
  count = 0;
  start: Uint32Array = new Uint32Array(64);
  end: Uint32Array = new Uint32Array(64);
  quoted: Uint8Array = new Uint8Array(64);
  /** The entry begins with a blank: its owner is that of the entry before. */
  indented = false;
  problem: LexProblem | null = null;
  #at = 0;
  /** Where the current entry begins, and the number of that line. */
  #entry = 0;
  #entryLine = 1;
  /** Line of `#at`. */
  #line = 1;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    // A byte order mark is no part of the first name.
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.#at = 3;
  }

  /** The line, from 1, of a byte of the current entry. Counted when it is asked for, which is when something is wrong. */
  lineAt(offset: number): number {
    let line = this.#entryLine;
    for (let at = this.#entry; at < offset; at++) if (this.bytes[at] === LF) line++;
    return line;
  }

  /** One past a token, its closing quote included. */
  endOf(token: number): number {
    return this.end[token]! + this.quoted[token]!;
  }

  /** Reads the next entry that has a token; false at the end of the file. With `problem` set the entry is to be skipped. */
  next(): boolean {
    const { bytes } = this;
    const length = bytes.length;
    for (;;) {
      this.count = 0;
      this.problem = null;
      this.#entry = this.#at;
      this.#entryLine = this.#line;
      if (this.#at >= length) return false;
      const first = bytes[this.#at]!;
      this.indented = first === SPACE || first === TAB;
      this.#readEntry();
      if (this.count > 0 || this.problem !== null) return true;
    }
  }

  #readEntry(): void {
    const { bytes } = this;
    const length = bytes.length;
    let at = this.#at;
    let depth = 0;
    let opened = 0;
    while (at < length) {
      const byte = bytes[at]!;
      if (byte === LF) {
        at++;
        this.#line++;
        if (depth === 0) {
          this.#at = at;
          return;
        }
      } else if (byte === SPACE || byte === TAB || byte === CR) {
        at++;
      } else if (byte === SEMICOLON) {
        while (at < length && bytes[at] !== LF) at++;
      } else if (byte === OPEN) {
        if (depth++ === 0) opened = at;
        at++;
      } else if (byte === CLOSE) {
        if (depth === 0) this.#fail(at, '")" without "("');
        else depth--;
        at++;
      } else {
        at = byte === QUOTE ? this.#readQuoted(at + 1) : this.#readToken(at);
      }
    }
    this.#at = at;
    // Whatever else came of it: this is why.
    if (depth > 0) this.problem = { offset: opened, message: 'this "(" is never closed' };
  }

  #readToken(from: number): number {
    const { bytes } = this;
    const length = bytes.length;
    let at = from;
    while (at < length && ENDS_TOKEN[bytes[at]!] === 0) at += bytes[at] === BACKSLASH && bytes[at + 1] !== LF ? 2 : 1;
    if (at > length) at = length;
    this.#push(from, at, 0);
    return at;
  }

  #readQuoted(from: number): number {
    const { bytes } = this;
    const length = bytes.length;
    let at = from;
    while (at < length && bytes[at] !== QUOTE && bytes[at] !== LF)
      at += bytes[at] === BACKSLASH && bytes[at + 1] !== LF ? 2 : 1;
    if (at >= length || bytes[at] === LF) {
      this.#fail(from - 1, "this quote is not closed on its line");
      return Math.min(at, length);
    }
    this.#push(from, at, 1);
    return at + 1;
  }

  #push(start: number, end: number, quoted: number): void {
    if (this.count === MAX_TOKENS) {
      this.#fail(start, `this entry has more than ${MAX_TOKENS} words`);
      return;
    }
    if (this.count === this.start.length) this.#grow();
    const index = this.count++;
    this.start[index] = start;
    this.end[index] = end;
    this.quoted[index] = quoted;
  }

  #fail(at: number, message: string): void {
    this.problem ??= { offset: at, message };
  }

  #grow(): void {
    this.start = doubled(this.start);
    this.end = doubled(this.end);
    this.quoted = doubled(this.quoted);
  }
}
