/** Typed arrays that grow by doubling: what a zone is built in while its size is not known. */
import { copied, type Numbers, unset } from "../../time/large-arrays.ts";
import { atOnce, type Slices } from "../../time/slices.ts";

export class GrowingBytes {
  bytes: Uint8Array;
  length = 0;

  constructor(capacity: number) {
    this.bytes = unset(Uint8Array, capacity);
  }

  /** Makes room for `count` more bytes; answers where they begin. The caller writes them and they count at once. */
  take(count: number): number {
    const start = this.length;
    const end = start + count;
    if (end > this.bytes.length) {
      this.bytes = atOnce(copied(this.bytes, start, Math.max(end, this.bytes.length * 2)));
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

/** Whether `length` items leave so much free that a copy pays: what is copied costs its memory twice for a while. */
export function isWaste(room: number, length: number): boolean {
  return room - length > room / 4;
}

/** The first items of an array: a copy when much would be kept for nothing, else a view. */
export function* trimmed<T extends Numbers>(array: T, length: number): Slices<T> {
  if (length === array.length) return array;
  return isWaste(array.length, length) ? yield* copied(array, length) : (array.subarray(0, length) as T);
}

/** The array with twice the room, in one go. What is behind its content may be anything. */
export function doubled<T extends Numbers>(array: T): T {
  return atOnce(copied(array, array.length, array.length * 2));
}
