/** Bytes that both ends of a test can make by themselves, so that every body can be checked. */

const MB = 1024 * 1024;
/** No body made of one piece is longer. */
export const LONGEST = 12 * MB;
/** More than the number of seeds in use at once; prime, so that neighbours differ in every byte position. */
const SEEDS = 1_048_573;

let block: Buffer | null = null;

/** `length` bytes that belong to this seed: another seed's, or the same shifted by one, are different. */
export function content(seed: number, length: number): Buffer {
  if (length > LONGEST) throw new RangeError(`content of ${length} bytes: ${LONGEST} is the most`);
  block ??= randomBlock();
  const start = Math.imul(seed, 2_654_435_761) >>> 0;
  const at = start % SEEDS;
  return block.subarray(at, at + length);
}

/** Xorshift32: the same in every process. */
function randomBlock(): Buffer {
  const words = new Uint32Array((LONGEST + SEEDS + 3) >> 2);
  let state = 0x9e3779b9;
  for (let index = 0; index < words.length; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state;
  }
  return Buffer.from(words.buffer);
}

/** Of a body without end: byte `n` is byte `n % PERIOD` of this. The period is no multiple of any buffer's size. */
export const PERIOD = 1_000_003;

/** Piece of the endless body from `position`; up to the end of its period. */
export function endless(position: number, atMost: number): Buffer {
  const at = position % PERIOD;
  return content(1, PERIOD).subarray(at, Math.min(PERIOD, at + atMost));
}

/** These bytes are what stands at `position` of the endless body. */
export function isEndless(bytes: Uint8Array, position: number): boolean {
  for (let at = 0; at < bytes.length;) {
    const expected = endless(position + at, bytes.length - at);
    if (expected.compare(bytes, at, at + expected.length) !== 0) return false;
    at += expected.length;
  }
  return true;
}
