import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseServerTiming, timingGroups } from "./server-timing.ts";

function entry(name: string, durationMs: number | null = null, description = ""): object {
  return { name, durationMs, description };
}

describe("parseServerTiming", () => {
  test.each([
    ["", []],
    ["miss", [entry("miss")]],
    ["db;dur=53.2", [entry("db", 53.2)]],
    ['db;dur=53;desc="pool wait", app;dur=47.2', [entry("db", 53, "pool wait"), entry("app", 47.2)]],
    ["cache ; desc=hit ; dur=0 ,next", [entry("cache", 0, "hit"), entry("next")]],
    ['a;desc="x, y; z";dur=1,b', [entry("a", 1, "x, y; z"), entry("b")]],
    ['a;desc="say \\"hi\\" \\\\"', [entry("a", null, 'say "hi" \\')]],
    ["a;DUR=1;dur=2;Desc=one;desc=two", [entry("a", 1, "one")]],
    ["a;dur=abc;desc", [entry("a")]],
    ["a;dur=-3,b;dur=1e3,c;dur=Infinity", [entry("a"), entry("b", 1000), entry("c")]],
    [", ,a,,", [entry("a")]],
    ['"quoted, name";dur=1,a;dur=2', [entry("a", 2)]],
    ['a;desc="never closed, b;dur=1', [entry("a", null, "never closed, b;dur=1")]],
    ["a;other=x;dur=4;;dur=5", [entry("a", 4)]],
  ])("%s", (value, expected) => {
    expect(parseServerTiming(value)).toEqual(expected as never);
  });

  test("ends with any input, and reads no more than 64 entries", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", ";", "=", '"', ",", "\\", " ", "dur", "1", ".", "é") }),
        (value) => {
          for (const timing of parseServerTiming(value)) expect(timing.name).not.toBe("");
        },
      ),
    );
    expect(parseServerTiming("a,".repeat(1000))).toHaveLength(64);
  });
});

test("timingGroups sums what has the same name", () => {
  const groups = timingGroups(parseServerTiming("q;dur=1, q;dur=2.5, cache, p;dur=4"));
  expect(groups.map(({ name, totalMs, entries }) => [name, totalMs, entries.length])).toEqual([
    ["q", 3.5, 2],
    ["p", 4, 1],
  ]);
});
