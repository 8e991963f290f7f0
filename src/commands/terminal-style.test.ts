import { expect, test } from "bun:test";
import { terminalStyle } from "./terminal-style.ts";

test("the width is the terminal's, within bounds; 80 where there is none", () => {
  expect(
    [undefined, 0, 20, 100, 400].map((columns) => terminalStyle(columns === undefined ? {} : { columns }, {}).width),
  ).toEqual([80, 80, 60, 100, 120]);
});

test("colours only on a terminal, unless asked for or declined", () => {
  const colour = (isTTY: boolean, environment: NodeJS.ProcessEnv): boolean =>
    terminalStyle({ isTTY }, environment).colour;
  expect(colour(true, {})).toBe(true);
  expect(colour(false, {})).toBe(false);
  expect(colour(true, { NO_COLOR: "1" })).toBe(false);
  expect(colour(true, { NO_COLOR: "" })).toBe(true);
  expect(colour(true, { TERM: "dumb" })).toBe(false);
  expect(colour(false, { FORCE_COLOR: "1" })).toBe(true);
  expect(colour(false, { FORCE_COLOR: "0" })).toBe(false);
  expect(colour(false, { FORCE_COLOR: "1", NO_COLOR: "1" })).toBe(false);
});

test("Unicode unless the locale says that it is another encoding", () => {
  const unicode = (environment: NodeJS.ProcessEnv): boolean => terminalStyle({}, environment).unicode;
  expect(unicode({})).toBe(true);
  expect(unicode({ LANG: "en_US.UTF-8" })).toBe(true);
  expect(unicode({ LANG: "C.utf8" })).toBe(true);
  expect(unicode({ LANG: "C" })).toBe(false);
  expect(unicode({ LANG: "en_US.UTF-8", LC_ALL: "POSIX" })).toBe(false);
  expect(unicode({ LANG: "", LC_CTYPE: "de_DE.ISO-8859-1" })).toBe(false);
});
