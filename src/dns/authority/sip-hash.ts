/**
 * SipHash-2-4 (Aumasson and Bernstein): a keyed hash of 64 bits for short messages. JavaScript has no fast 64-bit
 * integers, so that each word is two halves of 32.
 */
export class SipHash {
  /** The last hash: its low and its high half. */
  low = 0;
  high = 0;
  readonly #key: Int32Array;
  #v0l = 0;
  #v0h = 0;
  #v1l = 0;
  #v1h = 0;
  #v2l = 0;
  #v2h = 0;
  #v3l = 0;
  #v3h = 0;

  /** `key`: 16 bytes. */
  constructor(key: Uint8Array) {
    if (key.length !== 16) throw new RangeError(`a SipHash key has 16 bytes, not ${key.length}`);
    this.#key = Int32Array.from({ length: 4 }, (_, index) => readWord(key, index * 4, 4));
  }

  /** Hashes bytes [0, length) of `bytes`. */
  hash(bytes: Uint8Array, length: number): void {
    const [k0l, k0h, k1l, k1h] = this.#key as unknown as [number, number, number, number];
    this.#v0l = k0l ^ 0x70736575;
    this.#v0h = k0h ^ 0x736f6d65;
    this.#v1l = k1l ^ 0x6e646f6d;
    this.#v1h = k1h ^ 0x646f7261;
    this.#v2l = k0l ^ 0x6e657261;
    this.#v2h = k0h ^ 0x6c796765;
    this.#v3l = k1l ^ 0x79746573;
    this.#v3h = k1h ^ 0x74656462;
    const whole = length - (length & 7);
    for (let at = 0; at < whole; at += 8) this.#compress(readWord(bytes, at, 4), readWord(bytes, at + 4, 4));
    const rest = length - whole;
    const low = readWord(bytes, whole, Math.min(rest, 4));
    const high = readWord(bytes, whole + 4, Math.max(rest - 4, 0));
    this.#compress(low, high | (length << 24));
    this.#v2l ^= 0xff;
    this.#rounds(4);
    this.low = this.#v0l ^ this.#v1l ^ this.#v2l ^ this.#v3l;
    this.high = this.#v0h ^ this.#v1h ^ this.#v2h ^ this.#v3h;
  }

  #compress(low: number, high: number): void {
    this.#v3l ^= low;
    this.#v3h ^= high;
    this.#rounds(2);
    this.#v0l ^= low;
    this.#v0h ^= high;
  }

  #rounds(count: number): void {
    let v0l = this.#v0l;
    let v0h = this.#v0h;
    let v1l = this.#v1l;
    let v1h = this.#v1h;
    let v2l = this.#v2l;
    let v2h = this.#v2h;
    let v3l = this.#v3l;
    let v3h = this.#v3h;
    let low = 0;
    for (let round = 0; round < count; round++) {
      // v0 += v1; v1 = rotl(v1, 13) ^ v0; v0 = rotl(v0, 32)
      low = (v0l + v1l) | 0;
      v0h = (v0h + v1h + carry(low, v0l)) | 0;
      v0l = low;
      low = (v1l << 13) | (v1h >>> 19);
      v1h = ((v1h << 13) | (v1l >>> 19)) ^ v0h;
      v1l = low ^ v0l;
      low = v0l;
      v0l = v0h;
      v0h = low;
      // v2 += v3; v3 = rotl(v3, 16) ^ v2
      low = (v2l + v3l) | 0;
      v2h = (v2h + v3h + carry(low, v2l)) | 0;
      v2l = low;
      low = (v3l << 16) | (v3h >>> 16);
      v3h = ((v3h << 16) | (v3l >>> 16)) ^ v2h;
      v3l = low ^ v2l;
      // v0 += v3; v3 = rotl(v3, 21) ^ v0
      low = (v0l + v3l) | 0;
      v0h = (v0h + v3h + carry(low, v0l)) | 0;
      v0l = low;
      low = (v3l << 21) | (v3h >>> 11);
      v3h = ((v3h << 21) | (v3l >>> 11)) ^ v0h;
      v3l = low ^ v0l;
      // v2 += v1; v1 = rotl(v1, 17) ^ v2; v2 = rotl(v2, 32)
      low = (v2l + v1l) | 0;
      v2h = (v2h + v1h + carry(low, v2l)) | 0;
      v2l = low;
      low = (v1l << 17) | (v1h >>> 15);
      v1h = ((v1h << 17) | (v1l >>> 15)) ^ v2h;
      v1l = low ^ v2l;
      low = v2l;
      v2l = v2h;
      v2h = low;
    }
    this.#v0l = v0l;
    this.#v0h = v0h;
    this.#v1l = v1l;
    this.#v1h = v1h;
    this.#v2l = v2l;
    this.#v2h = v2h;
    this.#v3l = v3l;
    this.#v3h = v3h;
  }
}

/** 1 when a sum of two low halves went beyond 32 bits: it is then smaller than either. */
function carry(sum: number, part: number): number {
  return sum >>> 0 < part >>> 0 ? 1 : 0;
}

/** Little-endian, `count` bytes of it (0 to 4). */
function readWord(bytes: Uint8Array, at: number, count: number): number {
  let word = 0;
  for (let index = 0; index < count; index++) word |= bytes[at + index]! << (index * 8);
  return word;
}
