/** Whether bytes [start, end) are `wanted`. */
export function isSame(bytes: Uint8Array, start: number, end: number, wanted: Uint8Array): boolean {
  return end - start === wanted.length && startsWith(bytes, start, wanted);
}

/** Whether `wanted` lies at `start`; the caller has checked that the bytes reach that far. */
export function startsWith(bytes: Uint8Array, start: number, wanted: Uint8Array): boolean {
  for (let index = 0; index < wanted.length; index++) {
    if (bytes[start + index] !== wanted[index]) return false;
  }
  return true;
}

/** `isSame` for ASCII without regard to case; `lower` is in lower case. */
export function isSameIgnoringCase(bytes: Uint8Array, start: number, end: number, lower: Uint8Array): boolean {
  if (end - start !== lower.length) return false;
  for (let index = 0; index < lower.length; index++) {
    if (LOWER[bytes[start + index]!] !== lower[index]) return false;
  }
  return true;
}

/** ASCII lower case of every byte. */
export const LOWER: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte,
);
