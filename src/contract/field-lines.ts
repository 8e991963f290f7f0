/**
 * Field lines in one buffer, each `name: value` with CRLF: what is added to a head, and trailers. Whoever made them
 * has checked them. HTTP/1.1 copies them as they lie; other protocols, and whoever looks for one, walk them.
 */
export class FieldLines {
  bytes: Buffer;
  /** Bytes in use. */
  length: number;

  /** @param bytes lines from 0 to `length`; they are not copied. */
  constructor(bytes: Buffer, length: number = bytes.length) {
    this.bytes = bytes;
    this.length = length;
  }

  append(lines: Uint8Array): void {
    const need = this.length + lines.length;
    if (need > this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(need * 2);
      this.bytes.copy(larger, 0, 0, this.length);
      this.bytes = larger;
    }
    this.bytes.set(lines, this.length);
    this.length = need;
  }
}

const HTAB = 0x09;
const LF = 0x0a;
const SP = 0x20;
const COLON = 0x3a;

/** Where name and value of one line after the other stand. Nothing is noted before somebody walks. */
export class FieldLineWalk {
  lineStart = 0;
  nameEnd = 0;
  /** Without the white space around the value (RFC 9110 §5.5). */
  valueStart = 0;
  valueEnd = 0;
  /** One past the line's CRLF. */
  lineEnd = 0;
  #lines: FieldLines | null = null;

  begin(lines: FieldLines): void {
    this.#lines = lines;
    this.lineEnd = 0;
  }

  /** Goes to the next line; false: there is none. */
  next(): boolean {
    const lines = this.#lines;
    if (lines === null || this.lineEnd >= lines.length) return false;
    const { bytes, length } = lines;
    let at = this.lineEnd;
    this.lineStart = at;
    while (at < length && bytes[at] !== COLON) at++;
    this.nameEnd = at++;
    while (bytes[at] === SP || bytes[at] === HTAB) at++;
    this.valueStart = at;
    while (at < length && bytes[at] !== LF) at++;
    this.lineEnd = Math.min(at + 1, length);
    at--;
    while (at > this.valueStart && (bytes[at - 1] === SP || bytes[at - 1] === HTAB)) at--;
    this.valueEnd = at;
    return true;
  }
}
