import { EdnsOption } from "../wire/query.ts";

/** RFC 8914 §4: why a query was not answered. */
export const ExtendedError = {
  PROHIBITED: 18,
  NOT_AUTHORITATIVE: 20,
  NOT_SUPPORTED: 21,
  INVALID_DATA: 24,
  INVALID_QUERY_TYPE: 30,
} as const;

/** RFC 5001: text of ours, short enough that an answer without records always fits into 512 bytes. */
export const MAX_NSID = 128;

/** RFC 8467 §4.1: what answers are padded to a multiple of. */
const BLOCK = 468;
const OPTION_HEAD = 4;

/** The options of one answer's OPT record, in wire form. Used again for the next answer. */
export class EdnsOptions {
  readonly bytes = new Uint8Array(512);
  length = 0;
  /** The answer is to be padded (RFC 7830). */
  padded = false;

  reset(): void {
    this.length = 0;
    this.padded = false;
  }

  add(code: number, data: Uint8Array, start: number, length: number): void {
    this.#head(code, length);
    for (let index = 0; index < length; index++) this.bytes[this.length++] = data[start + index]!;
  }

  addWord(code: number, word: number): void {
    this.#head(code, 2);
    this.bytes[this.length++] = word >> 8;
    this.bytes[this.length++] = word;
  }

  /** Writes them at `at`, with padding up to a whole block but not beyond `most`; `total`: the message's bytes before. */
  write(out: Uint8Array, at: number, total: number, most: number): number {
    let to = at;
    for (let index = 0; index < this.length; index++) out[to++] = this.bytes[index]!;
    if (!this.padded) return to;
    const length = total + this.length + OPTION_HEAD;
    const padding = Math.min(Math.ceil(length / BLOCK) * BLOCK, most) - length;
    if (padding < 0) return to;
    out[to] = 0;
    out[to + 1] = EdnsOption.PADDING;
    out[to + 2] = padding >> 8;
    out[to + 3] = padding;
    to += OPTION_HEAD;
    out.fill(0, to, to + padding);
    return to + padding;
  }

  #head(code: number, length: number): void {
    this.bytes[this.length++] = code >> 8;
    this.bytes[this.length++] = code;
    this.bytes[this.length++] = length >> 8;
    this.bytes[this.length++] = length;
  }
}
