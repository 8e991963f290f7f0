import { expect, test } from "bun:test";
import { z } from "zod";
import { checkEntries } from "./check.ts";
import { partlyReader } from "./partly.ts";
import { atOnce } from "../time/slices.ts";

const entry = z.strictObject({ a: z.number(), b: z.union([z.string(), z.strictObject({ c: z.string() })]).optional() });
const schema = z.strictObject({
  list: z.array(entry).default([]),
  made: checkEntries(
    z.record(
      z.string().regex(/^\w+$/),
      entry.transform(({ a }) => a + 1),
    ),
    (entries, report) => {
      if (entries.length > 1) report([entries[1]![0]], "is one too many");
    },
  ).optional(),
  inner: z.strictObject({ deep: z.array(z.string()).min(1) }).optional(),
});

const VALUES: readonly unknown[] = [
  {},
  { list: [{ a: 1 }, { a: 2, b: "x" }, { a: 3, b: { c: "y" } }], made: { x: { a: 1 } }, inner: { deep: ["z"] } },
  { list: [{ a: "1" }, { a: 2, d: 1 }, 5, { a: 3, b: { c: 1 } }, { a: 4, b: 4 }] },
  { made: { x: { a: 1 }, y: { a: 2 } } },
  { made: { "x y": { a: 1 }, y: { a: "2" }, ["__proto__"]: 1 } },
  { list: {}, made: [], inner: { deep: [] } },
  { list: null, inner: { deep: [1, "a"], more: 1 }, other: true },
  { made: new Map() },
  [],
  "text",
  null,
];

test.each(VALUES.map((value) => [value]))("read entry by entry, %j is what it is in one go", (value) => {
  const whole = schema.safeParse(value);
  const read = atOnce(partlyReader(schema)(value));
  expect(read.whole).toEqual(whole.success ? whole.data : null);
  expect(read.issues).toEqual(whole.error?.issues ?? []);
});

test("other work may run between any two entries", () => {
  const list = Array.from({ length: 100 }, (_, index) => ({ a: index }));
  const work = partlyReader(schema)({ list });
  let turns = 0;
  while (work.next().done !== true) turns++;
  expect(turns).toBeGreaterThanOrEqual(100);
});
