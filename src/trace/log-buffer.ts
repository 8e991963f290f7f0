/** The bytes of pending log lines, seen as bytes and as eight at a time. */
export class LogBuffer {
  readonly bytes: Buffer;
  readonly view: DataView;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size);
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, size);
  }
}

/**
 * A constant part of a line, in steps of eight bytes: half the time of a loop over bytes, and a fifth of `copy`'s for
 * the short ones that lines consist of. Doubles only carry the bytes; those of ASCII text never form a NaN, whose
 * bits might change on the way.
 */
export class Piece {
  readonly #words: Float64Array;
  readonly #length: number;

  /** `text` is ASCII. */
  constructor(text: string) {
    const padded = new Uint8Array(Math.ceil(text.length / 8) * 8).fill(0x20);
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code > 0x7e) throw new RangeError(`a piece of a log line must be ASCII: ${text}`);
      padded[index] = code;
    }
    const view = new DataView(padded.buffer);
    this.#words = Float64Array.from({ length: padded.length / 8 }, (_, word) => view.getFloat64(8 * word, true));
    this.#length = text.length;
  }

  /** Writes it at `at`, and up to seven spaces behind it; answers the offset behind it. */
  put(into: LogBuffer, at: number): number {
    const words = this.#words;
    const count = words.length;
    for (let word = 0; word < count; word++) into.view.setFloat64(at + 8 * word, words[word]!, true);
    return at + this.#length;
  }
}
