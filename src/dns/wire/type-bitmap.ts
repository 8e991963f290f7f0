/** Type bitmaps of NSEC, NSEC3 and CSYNC (RFC 4034 §4.1.2). */

/** Writes the types at `at`; answers the offset behind. */
export function writeTypeBitmap(types: Iterable<number>, into: Uint8Array, at: number): number {
  const sorted = [...new Set(types)].toSorted((a, b) => a - b);
  let to = at;
  for (let index = 0; index < sorted.length;) {
    const window = sorted[index]! >> 8;
    const bitmap = to + 2;
    let size = 0;
    into.fill(0, bitmap, bitmap + 32);
    for (; index < sorted.length && sorted[index]! >> 8 === window; index++) {
      const low = sorted[index]! & 0xff;
      into[bitmap + (low >> 3)]! |= 0x80 >> (low & 7);
      size = (low >> 3) + 1;
    }
    into[to] = window;
    into[to + 1] = size;
    to = bitmap + size;
  }
  return to;
}

/** The types in bytes [start, end), or null when the bytes are no bitmap. */
export function readTypeBitmap(bytes: Uint8Array, start: number, end: number): number[] | null {
  const types: number[] = [];
  let last = -1;
  for (let at = start; at < end;) {
    const window = bytes[at]!;
    const size = bytes[at + 1] ?? 0;
    if (window <= last || size < 1 || size > 32 || at + 2 + size > end) return null;
    // RFC 4034 §4.1.2: trailing zero octets, and so windows without a type, are left out.
    if (bytes[at + 1 + size] === 0) return null;
    last = window;
    for (let index = 0; index < size * 8; index++) {
      if ((bytes[at + 2 + (index >> 3)]! & (0x80 >> (index & 7))) !== 0) types.push((window << 8) | index);
    }
    at += 2 + size;
  }
  return types;
}
