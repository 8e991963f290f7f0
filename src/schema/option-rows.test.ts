import { expect, test } from "bun:test";
import { z } from "zod";
import { network } from "./address.ts";
import { option, reference } from "./facts.ts";
import { optionRows } from "./option-rows.ts";
import { referenceProblems } from "./references.ts";
import { withoutSecrets } from "./secrets.ts";
import { Source } from "./source.ts";
import { choice, duration, hidden, share, size, text, whole } from "./value.ts";
import { atOnce } from "../time/slices.ts";

const secret = hidden("a secret", 8, 20, () => "");
const poolName = reference(
  "pool",
  text("a pool", (input) => input),
);

const schema = z.strictObject({
  wait: option(duration(0, 3_600_000).default(5000), "How long."),
  body: option(size(0, 1024 ** 2, true).default(Infinity), "How much."),
  count: option(whole(1, 9), "How many."),
  part: option(share.optional(), "How much of it.", { initial: "all" }),
  mode: option(choice("on", "off", "").default("on"), ""),
  flag: option(z.boolean().default(false), "Whether."),
  from: option(z.array(network).default([]), "Who.", { values: "networks" }),
  key: option(secret.optional(), "Signs."),
  pools: option(
    z.record(z.string(), z.strictObject({ next: option(poolName.optional(), "Another.") })).default({}),
    "",
    {
      names: { kind: "pool", plain: (name) => name.toLowerCase() },
    },
  ),
  silent: z.string().optional(),
});

test("a row says what its schema knows, and what the option says instead", () => {
  expect(optionRows(schema).map(({ path, initial, values, words }) => [path, initial, values, words])).toEqual([
    ["wait", "`5s`", "0 to 1h", "How long."],
    ["body", "`no limit`", "0 to 1MB, or `none`", "How much."],
    ["count", "required", "1 to 9", "How many."],
    ["part", "all", "0 to 1", "How much of it."],
    ["mode", "`on`", '`on`, `off`, `""`', ""],
    ["flag", "`false`", "true, false", "Whether."],
    ["from", "`[]`", "networks", "Who."],
    ["key", "random", "8 to 20 characters", "Signs."],
    ["pools", "`{}`", "", ""],
    ["pools.*.next", "", "", "Another."],
    ["silent", "", "string", undefined],
  ]);
});

test("references are found wherever they stand, and names as they are compared", () => {
  const source = new Source("t", "");
  const config = { pools: { One: { next: "oen" }, two: { next: "ONE" }, three: 5 } };
  expect(atOnce(referenceProblems(config, schema, source))).toMatchObject([
    {
      path: ["pools", "One", "next"],
      message: 'no pool named "oen"',
      expected: "one of One, two, three",
      nearest: "One",
    },
  ]);
});

test("a secret is taken out of every problem, also one that stands in a wrong place", () => {
  const config = { key: "open sesame", limits: { key: "hunter2 hunter2" } };
  const problem = { file: "t", line: 1, column: 1, path: ["key"], expected: "", value: undefined, sourceLine: "" };
  const problems = [
    { ...problem, message: "is wrong", sourceLine: "key: open sesame" },
    { ...problem, message: '"hunter2 hunter2" is wrong', value: { key: "hunter2 hunter2" } },
    { ...problem, message: "is wrong", sourceLine: "wait: 5s" },
  ];
  const told = atOnce(withoutSecrets(problems, config, schema));
  expect(JSON.stringify(told)).not.toMatch(/sesame|hunter2/);
  expect(told[2]).toMatchObject({ message: "is wrong", sourceLine: "wait: 5s" });
});
