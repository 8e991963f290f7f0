import { MAX_FIELDS } from "../../contract/head.ts";
import type { FieldLines } from "../../contract/field-lines.ts";
import { CR, LF } from "../fields/characters.ts";
import { keptTrailers, NO_TRAILER, TrailerSection } from "../fields/trailer-fields.ts";
import { FIELDS_TOO_MANY, INCOMPLETE, TRAILERS_TOO_LARGE, TRAILER_MALFORMED } from "../fault-numbers.ts";
import { scanFields } from "./field-section.ts";

/**
 * The trailer section of a chunked body (RFC 9112 §7.1.2): gathered until its empty line has come, then checked and
 * filtered as a whole.
 */

const section = new TrailerSection();

/** Bytes at first; grows to the limit. */
const FIRST_SIZE = 512;

export class TrailerReader {
  /** The field lines that go on, once complete; null when there are none. */
  lines: FieldLines | null = null;
  #bytes: Buffer = Buffer.allocUnsafe(FIRST_SIZE);
  #length = 0;
  #lineStart = 0;

  begin(): void {
    this.lines = null;
    this.#length = 0;
    this.#lineStart = 0;
  }

  /**
   * Takes bytes [start, end) up to the end of the section.
   * @param limit bytes of the section at most, with its empty line.
   * @returns the offset after the section; 0 when more is needed (all was taken); a negative fault.
   */
  read(bytes: Buffer, start: number, end: number, limit: number): number {
    let i = start;
    while (i < end) {
      let stop = i;
      while (stop < end && bytes[stop] !== LF) stop++;
      const ended = stop < end;
      if (ended) stop++;
      if (!this.#append(bytes, i, stop, limit)) return TRAILERS_TOO_LARGE;
      i = stop;
      if (!ended) return INCOMPLETE;
      const line = this.#lineStart;
      this.#lineStart = this.#length;
      if (this.#length < 2 || this.#bytes[this.#length - 2] !== CR) return TRAILER_MALFORMED;
      if (this.#length - line === 2) return this.#finish(limit) ? i : this.#fault;
    }
    return INCOMPLETE;
  }

  #fault = 0;

  #append(bytes: Buffer, start: number, end: number, limit: number): boolean {
    const length = this.#length + end - start;
    if (length > limit) return false;
    if (length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(length, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    bytes.copy(this.#bytes, this.#length, start, end);
    this.#length = length;
    return true;
  }

  #finish(limit: number): boolean {
    const bytes = this.#bytes;
    const limits = { requestLine: limit, field: limit, fields: MAX_FIELDS, head: limit };
    const after = scanFields(bytes, 0, this.#length, section, limits, NO_TRAILER);
    if (after !== this.#length) {
      this.#fault = after === FIELDS_TOO_MANY ? TRAILERS_TOO_LARGE : TRAILER_MALFORMED;
      return false;
    }
    section.bytes = bytes;
    section.start = 0;
    section.end = after;
    this.lines = keptTrailers(section);
    section.bytes = EMPTY;
    return true;
  }
}

const EMPTY = Buffer.alloc(0);
