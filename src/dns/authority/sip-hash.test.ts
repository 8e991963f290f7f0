import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { SipHash } from "./sip-hash.ts";

const KEY = Uint8Array.from({ length: 16 }, (_, index) => index);
const MASK = (1n << 64n) - 1n;

/** The definition, with big integers. */
function oracle(key: Uint8Array, bytes: Uint8Array): bigint {
  const rotate = (value: bigint, by: bigint): bigint => ((value << by) | (value >> (64n - by))) & MASK;
  const word = (from: Uint8Array, at: number): bigint => {
    let value = 0n;
    for (let index = 7; index >= 0; index--) value = (value << 8n) | BigInt(from[at + index] ?? 0);
    return value;
  };
  const k0 = word(key, 0);
  const k1 = word(key, 8);
  let v0 = k0 ^ 0x736f6d6570736575n;
  let v1 = k1 ^ 0x646f72616e646f6dn;
  let v2 = k0 ^ 0x6c7967656e657261n;
  let v3 = k1 ^ 0x7465646279746573n;
  const round = (): void => {
    v0 = (v0 + v1) & MASK;
    v1 = rotate(v1, 13n) ^ v0;
    v0 = rotate(v0, 32n);
    v2 = (v2 + v3) & MASK;
    v3 = rotate(v3, 16n) ^ v2;
    v0 = (v0 + v3) & MASK;
    v3 = rotate(v3, 21n) ^ v0;
    v2 = (v2 + v1) & MASK;
    v1 = rotate(v1, 17n) ^ v2;
    v2 = rotate(v2, 32n);
  };
  for (let at = 0; at <= bytes.length; at += 8) {
    let value = word(bytes, at);
    if (at + 8 > bytes.length) value |= BigInt(bytes.length & 0xff) << 56n;
    v3 ^= value;
    round();
    round();
    v0 ^= value;
  }
  v2 ^= 0xffn;
  for (let index = 0; index < 4; index++) round();
  return v0 ^ v1 ^ v2 ^ v3;
}

function hash(key: Uint8Array, bytes: Uint8Array): bigint {
  const sip = new SipHash(key);
  sip.hash(bytes, bytes.length);
  return (BigInt(sip.high >>> 0) << 32n) | BigInt(sip.low >>> 0);
}

describe("SipHash-2-4", () => {
  test("the vector of its paper", () => {
    expect(hash(KEY, KEY.subarray(0, 15))).toBe(0xa129ca6149be45e5n);
  });

  test("as the definition says, for every length", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        fc.uint8Array({ maxLength: 40 }),
        (key, bytes) => hash(key, bytes) === oracle(key, bytes),
      ),
      { numRuns: 300 },
    );
  });

  test("a key of another length is refused", () => {
    expect(() => new SipHash(new Uint8Array(15))).toThrow(RangeError);
  });
});
