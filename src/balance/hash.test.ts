import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { hashBytes, hashText } from "./hash.ts";

describe("hashBytes", () => {
  // Bun has the same function; the last lines are the published vectors of MurmurHash3_x86_32.
  test("is MurmurHash3", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), fc.nat(), (bytes, seed) => {
        expect(hashBytes(bytes, 0, bytes.length, seed)).toBe(Bun.hash.murmur32v3(bytes, seed));
      }),
    );
    expect(hashBytes(Buffer.from(""), 0, 0, 1)).toBe(0x514e28b7);
    expect(hashBytes(Buffer.from("Hello, world!"), 0, 13, 0x9747b28c)).toBe(0x24884cba);
  });

  test("reads no byte outside its range", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), fc.uint8Array(), (before, bytes, after) => {
        const all = Buffer.concat([before, bytes, after]);
        const end = before.length + bytes.length;
        expect(hashBytes(all, before.length, end)).toBe(hashBytes(bytes, 0, bytes.length));
      }),
    );
  });
});

describe("hashText", () => {
  test("agrees with hashBytes", () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), (text, seed) => {
        expect(hashText(text, seed)).toBe(hashBytes(Buffer.from(text, "latin1"), 0, text.length, seed));
      }),
    );
  });

  test("spreads neighbouring addresses evenly, by its low bits as by its high ones", () => {
    const low = new Uint32Array(16);
    const high = new Uint32Array(16);
    for (let host = 0; host < 16_000; host++) {
      const hash = hashText(`10.0.${host >> 8}.${host & 255}`);
      low[hash & 15]!++;
      high[hash >>> 28]!++;
    }
    // Expected 1,000 each, standard deviation 31.
    for (const count of [...low, ...high]) expect(Math.abs(count - 1000)).toBeLessThan(160);
  });
});
