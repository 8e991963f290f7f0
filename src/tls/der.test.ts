import { describe, expect, test } from "bun:test";
import {
  bitString,
  boolean,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  tagged,
  time,
  utf8String,
} from "./der.ts";

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

describe("DER", () => {
  test("lengths: short to 127, then with as many bytes as they need", () => {
    expect(hex(octetString(new Uint8Array(127))).slice(0, 4)).toBe("047f");
    expect(hex(octetString(new Uint8Array(128))).slice(0, 6)).toBe("048180");
    expect(hex(octetString(new Uint8Array(300))).slice(0, 8)).toBe("0482012c");
  });

  test("integers are positive and as short as can be", () => {
    expect(hex(integer(Uint8Array.of(0x7f)))).toBe("02017f");
    expect(hex(integer(Uint8Array.of(0x80)))).toBe("02020080");
    expect(hex(integer(Uint8Array.of(0, 0, 1)))).toBe("020101");
    expect(hex(integer(Uint8Array.of(0)))).toBe("020100");
  });

  test("object identifiers (X.690 §8.19)", () => {
    expect(hex(objectIdentifier("1.2.840.10045.4.3.2"))).toBe("06082a8648ce3d040302");
    expect(hex(objectIdentifier("2.5.29.17"))).toBe("0603551d11");
  });

  test("times: two digits of the year to 2049, four from then on", () => {
    expect(time(new Date("2049-12-31T23:59:59.999Z")).subarray(2).toString()).toBe("491231235959Z");
    expect(time(new Date("2050-01-01T00:00:00Z")).toString("latin1")).toBe("\x18\x0f20500101000000Z");
  });

  test("the rest", () => {
    expect(hex(sequence(boolean(true), boolean(false)))).toBe("30060101ff010100");
    expect(hex(bitString(Uint8Array.of(0x80), 7))).toBe("03020780");
    expect(hex(utf8String("é"))).toBe("0c02c3a9");
    expect(hex(tagged(0xa0, Uint8Array.of(1)))).toBe("a00101");
  });
});
