import { expect, test } from "bun:test";
import type { ConfigProblem } from "../schema/problem.ts";
import { renderProblems } from "./render-problems.ts";

const PROBLEM: ConfigProblem = {
  file: "roundtrip.config.yaml",
  line: 12,
  column: 12,
  path: ["routes", 1, "proxy"],
  value: "usrs",
  expected: "one of users, orders",
  nearest: "users",
  message: 'no pool named "usrs"',
  sourceLine: "    proxy: usrs",
};

test("a problem in full", () => {
  expect(renderProblems([PROBLEM], false)).toBe(`roundtrip.config.yaml:12:12  routes[1].proxy: no pool named "usrs"
   12 │     proxy: usrs
      │            ^
  expected: one of users, orders
  did you mean "users"?
`);
});

test("a problem of a file whose places are not known", () => {
  const { file } = PROBLEM;
  const place = { file, line: 0, column: 0, sourceLine: "" };
  const problem: ConfigProblem = {
    ...place,
    path: [],
    value: undefined,
    expected: "",
    message: "there is no such file",
  };
  expect(renderProblems([problem], false)).toBe("roundtrip.config.yaml  there is no such file\n");
});

test("the caret stands below its character, whatever is in front of it", () => {
  const caretBelow = (sourceLine: string): string => {
    const lines = renderProblems([{ ...PROBLEM, sourceLine, column: sourceLine.indexOf("!") + 1 }], false).split("\n");
    const until = lines[2]!.slice(0, lines[2]!.indexOf("^"));
    let at = "";
    for (const character of lines[1]!) {
      if (Bun.stringWidth(at) === Bun.stringWidth(until)) return character;
      at += character;
    }
    return "";
  };
  expect(caretBelow("\t\tname: !")).toBe("!");
  expect(caretBelow("name: 日本語 !")).toBe("!");
  expect(caretBelow(`${"x".repeat(500)}!${"y".repeat(500)}`)).toBe("!");
});

test("colours only when asked for", () => {
  expect(renderProblems([PROBLEM], false)).not.toContain("\u001b");
  const coloured = renderProblems([PROBLEM], true);
  expect(coloured).toContain("\u001b[");
  expect(Bun.stripANSI(coloured)).toBe(renderProblems([PROBLEM], false));
});

test("what comes from the file cannot steer the terminal", () => {
  expect(renderProblems([{ ...PROBLEM, sourceLine: "a: \u001b[31mred\u0007" }], false)).not.toMatch(/[\u001b\u0007]/);
});
