import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseRange } from "./range.ts";

/** As "start-end" with an exclusive end. */
function ranges(value: string | undefined, size = 1000): string {
  const result = parseRange(value, size);
  return result.kind === "ranges" ? result.ranges.map(({ start, end }) => `${start}-${end}`).join(" ") : result.kind;
}

describe("parseRange", () => {
  test.each([
    [undefined, "whole"],
    ["bytes=0-0", "0-1"],
    ["bytes=0-499", "0-500"],
    ["bytes=500-", "500-1000"],
    ["bytes=-1", "999-1000"],
    ["bytes=-5000", "0-1000"],
    ["bytes=999-5000", "999-1000"],
    ["bytes=0-99999999999999999999999", "0-1000"],
    ["BYTES=0-0", "0-1"],
    [" bytes=0-0 , , 500-500 ", "0-1 500-501"],
    ["bytes=1000-", "unsatisfiable"],
    ["bytes=99999999999999999999999-", "unsatisfiable"],
    ["bytes=-0", "unsatisfiable"],
    ["bytes=1000-, 0-0", "0-1"],
    // Not a range, so ignored (RFC 9110 §14.2).
    ["bytes=", "whole"],
    ["bytes=,", "whole"],
    ["bytes=-", "whole"],
    ["bytes=a-b", "whole"],
    ["bytes=5-4", "whole"],
    ["bytes=0-0,x", "whole"],
    ["bytes=0 - 1", "whole"],
    ["bytes=+1-2", "whole"],
    ["bytes 0-1", "whole"],
    ["lines=0-1", "whole"],
  ])("%p", (value, expected) => {
    expect(ranges(value)).toBe(expected);
  });

  test("an empty file has no first byte, but all of its last ones", () => {
    expect(ranges("bytes=0-", 0)).toBe("unsatisfiable");
    expect(ranges("bytes=-5", 0)).toBe("whole");
  });

  test.each([
    ["bytes=0-9,5-20", "0-21"],
    ["bytes=0-9,10-20", "0-21"],
    ["bytes=0-9,50-60", "0-61"],
    ["bytes=500-509,0-9", "500-510 0-10"],
    ["bytes=500-509,0-9,800-809,505-515", "500-516 0-10 800-810"],
    ["bytes=0-9,300-309,600-609,5-605", "0-610"],
    ["bytes=0-,0-,0-", "0-1000"],
  ])("%p is sent as %p", (value, expected) => {
    expect(ranges(value)).toBe(expected);
  });

  test("too many ranges are ignored", () => {
    const many = (count: number) =>
      `bytes=${Array.from({ length: count }, (_, index) => `${index * 500}-${index * 500}`).join(",")}`;
    expect(ranges(many(16), 100_000).split(" ")).toHaveLength(16);
    expect(ranges(many(17), 100_000)).toBe("whole");
  });

  test("what comes out covers what was asked for, inside the file, without overlap", () => {
    const spec = fc.oneof(
      fc.tuple(fc.nat(1200), fc.nat(1200)).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
      fc.nat(1200).map((first) => `${first}-`),
      fc.nat(1200).map((last) => `-${last}`),
    );
    fc.assert(
      fc.property(fc.array(spec, { minLength: 1, maxLength: 8 }), fc.integer({ min: 1, max: 1000 }), (specs, size) => {
        const wanted = new Set<number>();
        for (const text of specs) {
          const [first, last] = text.split("-") as [string, string];
          const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
          const end = first === "" || last === "" ? size - 1 : Math.min(Number(last), size - 1);
          for (let at = start; at <= end; at++) wanted.add(at);
        }
        const result = parseRange(`bytes=${specs.join(",")}`, size);
        if (result.kind !== "ranges") {
          expect(wanted.size).toBe(0);
          return;
        }
        const sent = new Set<number>();
        for (const { start, end } of result.ranges) {
          expect(start < end && end <= size).toBeTrue();
          for (let at = start; at < end; at++) {
            expect(sent.has(at)).toBeFalse();
            sent.add(at);
          }
        }
        for (const at of wanted) expect(sent.has(at)).toBeTrue();
      }),
      { numRuns: 60 },
    );
  });
});
