/** Typed arrays that grow by doubling: what a zone is built in while its size is not known. */
import { copied, type Slices } from "../../time/slices.ts";

export class GrowingBytes {
  bytes: Uint8Array;
  length = 0;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
  }

  /** Makes room for `count` more bytes; answers where they begin. The caller writes them and they count at once. */
  take(count: number): number {
    const start = this.length;
    const end = start + count;
    if (end > this.bytes.length) {
      const larger = new Uint8Array(Math.max(end, this.bytes.length * 2));
      larger.set(this.bytes.subarray(0, start));
      this.bytes = larger;
    }
    this.length = end;
    return start;
  }

  /** Makes room for `count` more bytes in slices, so that none is made in one go when they come. */
  *reserve(count: number): Slices<void> {
    const end = this.length + count;
    if (end <= this.bytes.length) return;
    this.bytes = yield* copied(this.bytes, this.length, Math.max(end, this.bytes.length * 2));
  }

  append(source: Uint8Array, start: number, end: number): number {
    const at = this.take(end - start);
    const { bytes } = this;
    for (let from = start, to = at; from < end; from++, to++) bytes[to] = source[from]!;
    return at;
  }
}

/** The array with twice the room and the same content. */
export function doubled<T extends Int32Array | Uint32Array | Uint16Array | Uint8Array>(array: T): T {
  const Kind = array.constructor as new (length: number) => T;
  const larger = new Kind(array.length * 2);
  larger.set(array as never);
  return larger;
}
