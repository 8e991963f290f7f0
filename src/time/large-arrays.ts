/**
 * Arrays of numbers that are made in slices. A large one takes its time when all of it is cleared or copied in one go: a
 * page of memory that nobody had before costs microseconds, and there are 256 of them in a megabyte.
 */
import type { Slices } from "./slices.ts";

export type Numbers = Int32Array | Uint32Array | Uint16Array | Uint8Array | Float64Array;

interface Kind<Items extends Numbers> {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): Items;
  new (buffer: ArrayBuffer): Items;
}

/** Bytes at a stretch. */
const PIECE = 65_536;

/** An array of any content, for whoever writes each of its numbers before it is read. */
export function unset<Items extends Numbers>(kind: Kind<Items>, length: number): Items {
  const bytes = length * kind.BYTES_PER_ELEMENT;
  return bytes <= PIECE ? new kind(length) : new kind(Buffer.allocUnsafeSlow(bytes).buffer);
}

export function zeroes<Items extends Numbers>(kind: Kind<Items>, length: number): Slices<Items> {
  return filled(kind, length, 0);
}

export function* filled<Items extends Numbers>(kind: Kind<Items>, length: number, value: number): Slices<Items> {
  const array = unset(kind, length);
  const piece = PIECE / kind.BYTES_PER_ELEMENT;
  for (let at = 0; at < length; at += piece) {
    array.fill(value, at, at + piece);
    yield;
  }
  return array;
}

/** A copy with room for `length` items, of which those behind `count` may be anything. */
export function* copied<Items extends Numbers>(array: Items, count: number, length = count): Slices<Items> {
  const copy = unset(array.constructor as Kind<Items>, length);
  const piece = PIECE / array.BYTES_PER_ELEMENT;
  for (let at = 0; at < count; at += piece) {
    copy.set(array.subarray(at, Math.min(count, at + piece)), at);
    yield;
  }
  return copy;
}
