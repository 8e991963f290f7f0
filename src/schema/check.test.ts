/** Checks of several parts run over those that are well-formed, and the rest of a value can still be read. */
import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { check, checkEntries, goesWith, oneOf } from "./check.ts";
import { option } from "./facts.ts";
import { toProblems } from "./issues.ts";
import { partlyReader } from "./partly.ts";
import { formatPath } from "./problem.ts";
import { Source } from "./source.ts";
import { duration, whole } from "./value.ts";
import { atOnce } from "../time/slices.ts";

/** Path and message of each problem. */
function problems(schema: z.ZodObject, value: unknown): string[] {
  const { issues } = atOnce(partlyReader(schema)(value));
  const found = toProblems(issues, schema, value, new Source("t", ""));
  return found.map(({ path, message }) => `${formatPath(path)}: ${message}`);
}

const bounds = z.strictObject({
  least: whole(0, 9).default(1),
  most: whole(0, 9).default(5),
  other: whole(0, 9).optional(),
});
const ordered = check(bounds, ["least", "most"], ({ least, most }, report) => {
  if (least > most) report(["least"], "is more than most");
});

describe("check", () => {
  test.each([
    [{ least: 6, most: 4 }, ["least: is more than most"]],
    [{ least: 6 }, ["least: is more than most"]],
    [{ least: 6, other: 10 }, ["other: 10 is too large", "least: is more than most"]],
    [{ least: 6, ohter: 1 }, ["ohter: is not known here", "least: is more than most"]],
    // What stands in its place is not known.
    [{ least: 6, most: 10 }, ["most: 10 is too large"]],
    [{ least: 2 }, []],
  ])("%j", (value, expected) => {
    expect(problems(ordered, value)).toEqual(expected);
  });
});

describe("checkEntries", () => {
  const item = z.strictObject({ id: whole(0, 9), size: whole(0, 9).default(0) });
  const once = (part?: "id") =>
    z.strictObject({
      list: checkEntries(
        z.array(item),
        (entries, report) => {
          const seen = new Set<number>();
          for (const [index, { id }] of entries) {
            if (seen.has(id)) report([index], `${id} appears twice`);
            seen.add(id);
          }
        },
        part,
      ),
    });

  test("passes over what is not well-formed", () => {
    const list = [{ id: 1 }, { id: 1, size: 10 }, { id: 2 }, { id: 10 }, { id: 2 }];
    const wrong = ["list[1].size: 10 is too large", "list[3].id: 10 is too large"];
    expect(problems(once(), { list })).toEqual([...wrong, "list[4]: 2 appears twice"]);
    expect(problems(once("id"), { list })).toEqual([...wrong, "list[1]: 1 appears twice", "list[4]: 2 appears twice"]);
  });

  test.each([[5], [null], [{ 0: { id: 1 } }], [undefined]])(
    "a list that is %j is not a list, and no more is said",
    (list) => {
      expect(problems(once(), { list })).toHaveLength(1);
    },
  );
});

describe("oneOf and goesWith", () => {
  const kinds = ["red", "blue"] as const;
  const object = z.strictObject({
    red: whole(0, 9).optional(),
    blue: whole(0, 9).optional(),
    shade: whole(0, 9).optional(),
  });
  const schema = goesWith(
    oneOf(object, kinds, { none: "has no colour", many: "colours" }),
    (parts) => kinds.find((kind) => parts[kind] !== undefined) ?? null,
    { shade: ["blue"] },
  );

  test.each([
    [{ red: 1 }, []],
    [{}, [": has no colour"]],
    [{ red: 1, blue: 2 }, ["blue: has 2 colours: red, blue"]],
    // One that is wrong is there all the same.
    [{ red: 10, blue: 2 }, ["red: 10 is too large", "blue: has 2 colours: red, blue"]],
    [{ rde: 1 }, ["rde: is not known here"]],
    [{ banana: 1 }, ["banana: is not known here", ": has no colour"]],
    [{ red: 1, shade: 2 }, ["shade: cannot be combined with red"]],
    [{ red: 10, shade: 2 }, ["red: 10 is too large"]],
  ])("%j", (value, expected) => {
    expect(problems(schema, value)).toEqual(expected);
  });
});

describe("what can be read beside what is wrong", () => {
  const schema = z.strictObject({
    name: z.string().optional(),
    wait: option(duration(0, 1000).default(5), "How long."),
    list: z.array(z.strictObject({ a: whole(0, 9), b: whole(0, 9).default(7) })).default([]),
    made: z
      .strictObject({ c: whole(0, 9) })
      .transform(({ c }) => ({ twice: c * 2 }))
      .optional(),
    by: z.record(z.string(), whole(0, 9)).default({}),
  });
  const read = partlyReader(schema);

  test("is everything when nothing is", () => {
    const { whole: all, parts, issues } = atOnce(read({ list: [{ a: 1 }], made: { c: 2 } }));
    const expected = { wait: 5, list: [{ a: 1, b: 7 }], made: { twice: 4 }, by: {} };
    expect([all, parts, issues]).toEqual([expected, expected, []]);
  });

  test.each([
    [
      { wait: "x", by: { k: 1 } },
      { wait: undefined, list: [], by: { k: 1 } },
    ],
    [{ list: [{ a: 10 }, { a: 1 }, 5] }, { wait: 5, list: [{ b: 7 }, { a: 1, b: 7 }, undefined], by: {} }],
    // What is transformed is there as a whole or not at all; an unknown key does not count.
    [{ made: { c: 10 } }, { wait: 5, list: [], by: {} }],
    [{ made: { c: 1, d: 2 } }, { wait: 5, list: [], made: { twice: 2 }, by: {} }],
    [{ by: { k: 10, l: 2 } }, { wait: 5, list: [], by: { l: 2 } }],
    [5, {}],
  ])("%j", (value, expected) => {
    const { whole: all, parts } = atOnce(read(value));
    expect(all).toBeNull();
    expect(parts).toEqual(expected as typeof parts);
  });

  test("leaves what was written as it was", () => {
    const value = { list: [{ a: 10 }], by: { k: 10 } };
    atOnce(read(value));
    expect(value).toEqual({ list: [{ a: 10 }], by: { k: 10 } });
  });
});
