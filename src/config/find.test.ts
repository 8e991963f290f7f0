import { afterAll, expect, test } from "bun:test";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { TestFolder } from "./files-for-tests.ts";
import { CONFIG_NAMES, findConfig } from "./find.ts";

const folder = new TestFolder();
afterAll(() => folder.remove());

test("the first name of the list that is a file is taken", () => {
  expect(findConfig(folder.path)).toBeNull();
  // From the last to the first: each goes before those that are there already.
  for (const name of CONFIG_NAMES.toReversed()) {
    const file = folder.write(name, "");
    expect(findConfig(folder.path)).toBe(file);
  }
  rmSync(join(folder.path, CONFIG_NAMES[0]!));
  mkdirSync(join(folder.path, CONFIG_NAMES[0]!));
  expect(findConfig(folder.path)).toBe(join(folder.path, CONFIG_NAMES[1]!));
});
