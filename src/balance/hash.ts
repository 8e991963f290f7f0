/**
 * MurmurHash3 (x86, 32 bits): small, without tables, and mixed so that any bits of the result can be used alone.
 * Every edge with the same config gets the same hashes, so that they agree on who serves a key. It is no defence
 * against clients who choose their keys; bounded load is.
 */

const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;

/** Hash of bytes [start, end): 32 bits, unsigned. */
export function hashBytes(bytes: Uint8Array, start: number, end: number, seed = 0): number {
  let hash = seed;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const block = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    hash = mixBlock(hash, block);
  }
  let rest = 0;
  for (let shift = 0; at < end; at++, shift += 8) rest |= bytes[at]! << shift;
  return finish(hash ^ scramble(rest), end - start);
}

/** The same of a text's code units, which must be below 256: addresses and names, not arbitrary text. */
export function hashText(text: string, seed = 0): number {
  const end = text.length;
  let hash = seed;
  let at = 0;
  for (; at + 4 <= end; at += 4) {
    const block =
      text.charCodeAt(at) |
      (text.charCodeAt(at + 1) << 8) |
      (text.charCodeAt(at + 2) << 16) |
      (text.charCodeAt(at + 3) << 24);
    hash = mixBlock(hash, block);
  }
  let rest = 0;
  for (let shift = 0; at < end; at++, shift += 8) rest |= text.charCodeAt(at) << shift;
  return finish(hash ^ scramble(rest), end);
}

function scramble(block: number): number {
  const product = Math.imul(block, C1);
  return Math.imul((product << 15) | (product >>> 17), C2);
}

function mixBlock(hash: number, block: number): number {
  const mixed = hash ^ scramble(block);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(hash: number, length: number): number {
  let mixed = hash ^ length;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
