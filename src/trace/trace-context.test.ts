import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { TraceRecord } from "../contract/trace-record.ts";
import {
  RandomPool,
  newIds,
  parentIdHex,
  readTraceparent,
  spanIdHex,
  traceIdHex,
  TRACEPARENT_LENGTH,
  writeTraceparent,
} from "./trace-context.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PARENT = "b7ad6b7169203331";

function read(value: string): { ok: boolean; record: TraceRecord } {
  const record = new TraceRecord();
  const bytes = Buffer.from(`??${value}??`, "latin1");
  return { ok: readTraceparent(bytes, 2, bytes.length - 2, record), record };
}

/** Counts up, so that every byte taken is told apart. */
function countingPool(): RandomPool {
  let next = 0;
  return new RandomPool((into) => {
    for (let at = 0; at < into.length; at++) into[at] = next++;
  });
}

describe("readTraceparent", () => {
  test("takes trace id, parent and sampled flag", () => {
    const { ok, record } = read(`00-${TRACE}-${PARENT}-01`);
    expect(ok).toBe(true);
    expect(traceIdHex(record)).toBe(TRACE);
    expect(parentIdHex(record)).toBe(PARENT);
    expect(record.sampled).toBe(true);
  });

  test("reads only the sampled bit of the flags", () => {
    expect(read(`00-${TRACE}-${PARENT}-00`).record.sampled).toBe(false);
    expect(read(`00-${TRACE}-${PARENT}-02`).record.sampled).toBe(false);
    expect(read(`00-${TRACE}-${PARENT}-03`).record.sampled).toBe(true);
    expect(read(`00-${TRACE}-${PARENT}-ff`).record.sampled).toBe(true);
  });

  test("reads an unknown later version by its prefix", () => {
    expect(read(`cc-${TRACE}-${PARENT}-01`).ok).toBe(true);
    expect(read(`cc-${TRACE}-${PARENT}-01-what-the-future-holds`).ok).toBe(true);
    expect(read(`01-${TRACE}-${PARENT}-01-`).ok).toBe(true);
  });

  test.each([
    ["empty", ""],
    ["version ff", `ff-${TRACE}-${PARENT}-01`],
    ["version not hexadecimal", `0g-${TRACE}-${PARENT}-01`],
    ["version of one digit", `0-${TRACE}-${PARENT}-01`],
    ["zero trace id", `00-${"0".repeat(32)}-${PARENT}-01`],
    ["zero parent id", `00-${TRACE}-${"0".repeat(16)}-01`],
    ["upper case in the trace id", `00-${TRACE.toUpperCase()}-${PARENT}-01`],
    ["upper case in the parent id", `00-${TRACE}-${PARENT.toUpperCase()}-01`],
    ["not hexadecimal in the trace id", `00-${TRACE.slice(0, -1)}.-${PARENT}-01`],
    ["not hexadecimal in the flags", `00-${TRACE}-${PARENT}-0x`],
    ["short trace id", `00-${TRACE.slice(1)}-${PARENT}-01`],
    ["cut off", `00-${TRACE}-${PARENT}-0`],
    ["version 00 with more behind it", `00-${TRACE}-${PARENT}-01-more`],
    ["version 00 with a dash behind it", `00-${TRACE}-${PARENT}-01-`],
    ["later version without a dash before the rest", `cc-${TRACE}-${PARENT}-01.more`],
    ["wrong separators", `00_${TRACE}_${PARENT}_01`],
    ["space in front", ` 00-${TRACE}-${PARENT}-01`],
  ])("refuses: %s", (_, value) => {
    expect(read(value).ok).toBe(false);
  });

  test("takes any non-zero ids, and no value with one character changed to no digit", () => {
    const hex = (bytes: number): fc.Arbitrary<string> =>
      fc
        .uint8Array({ minLength: bytes, maxLength: bytes })
        .map((array) => Buffer.from(array).toString("hex"))
        .filter((text) => /[^0]/.test(text));
    fc.assert(
      fc.property(
        hex(16),
        hex(8),
        fc.nat(54),
        fc.constantFrom("G", " ", "\0", "é", "-", "F"),
        (trace, parent, at, bad) => {
          const value = `00-${trace}-${parent}-01`;
          expect(read(value).ok).toBe(true);
          const broken = value.slice(0, at) + bad + value.slice(at + 1);
          expect(read(broken).ok).toBe(broken === value);
        },
      ),
    );
  });
});

describe("newIds", () => {
  test("makes a trace id and a span id when none came", () => {
    const record = new TraceRecord();
    record.ids.fill(0xee);
    newIds(record, countingPool(), false);
    expect(traceIdHex(record)).toBe("000102030405060708090a0b0c0d0e0f");
    expect(spanIdHex(record)).toBe("1011121314151617");
    expect(parentIdHex(record)).toBe("");
    expect(record.sampled).toBe(true);
  });

  test("keeps what was inherited", () => {
    const { record } = read(`00-${TRACE}-${PARENT}-00`);
    newIds(record, countingPool(), true);
    expect(traceIdHex(record)).toBe(TRACE);
    expect(parentIdHex(record)).toBe(PARENT);
    expect(spanIdHex(record)).toBe("0001020304050607");
    expect(record.sampled).toBe(false);
  });

  test("never makes an id of zeros", () => {
    const record = new TraceRecord();
    newIds(record, new RandomPool((into) => into.fill(0)), false);
    expect(/[^0]/.test(traceIdHex(record))).toBe(true);
    expect(/[^0]/.test(spanIdHex(record))).toBe(true);
  });

  test("refills the pool and uses no byte twice", () => {
    let fills = 0;
    const pool = new RandomPool((into) => {
      fills++;
      for (let at = 0; at < into.length; at += 2) {
        into[at] = (fills << 5) | (at >> 9);
        into[at + 1] = at >> 1;
      }
    });
    const seen = new Set<string>();
    const record = new TraceRecord();
    for (let count = 0; count < 500; count++) {
      newIds(record, pool, true);
      seen.add(spanIdHex(record));
    }
    expect(seen.size).toBe(500);
    expect(fills).toBe(1);
    for (let count = 0; count < 20; count++) newIds(record, pool, true);
    expect(fills).toBe(2);
  });
});

test("writeTraceparent names this exchange as the parent and passes the sampled flag on", () => {
  for (const flags of ["00", "01"]) {
    const { record } = read(`00-${TRACE}-${PARENT}-${flags}`);
    newIds(record, countingPool(), true);
    const into = Buffer.alloc(64, "?");
    const end = writeTraceparent(record, into, 3);
    expect(end).toBe(3 + TRACEPARENT_LENGTH);
    expect(into.latin1Slice(0, end + 1)).toBe(`???00-${TRACE}-0001020304050607-${flags}?`);
  }
});
