/**
 * Content that can be checked at any place: byte `i` of a body is `i % 251`. The period is a prime, so a piece that
 * was lost, repeated or exchanged shows at the first wrong byte, whatever the sizes of buffers on the way.
 */
const PERIOD = 251;
/** A whole number of periods near 64 KiB. */
const BLOCK = Uint8Array.from({ length: PERIOD * 261 }, (_, index) => index % PERIOD);

/** The first `length` bytes of the pattern. */
export function pattern(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += BLOCK.byteLength) bytes.set(BLOCK.subarray(0, length - at), at);
  return bytes;
}

/** `length` bytes of the pattern, made as fast as they are read. */
export function patternStream(length: number): ReadableStream<Uint8Array> {
  let left = length;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const size = Math.min(left, BLOCK.byteLength);
      // A block of its own each time: whoever takes a chunk from a stream may also transfer its buffer.
      if (size > 0) controller.enqueue(BLOCK.slice(0, size));
      left -= size;
      if (left === 0) controller.close();
    },
  });
}

/** Checks bytes that stand at `offset` of the body; answers the offset of the first wrong one, or -1. */
export function findPatternError(bytes: Uint8Array, offset: number): number {
  for (let index = 0; index < bytes.byteLength; index += 1) {
    if (bytes[index] !== (offset + index) % PERIOD) return offset + index;
  }
  return -1;
}
