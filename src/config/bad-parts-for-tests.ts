/** Tests of what is said of a bad part of a config, for the sections of the rooms. */
import { afterAll, expect, test } from "bun:test";
import { TestFolder } from "./files-for-tests.ts";

/** What is written, and what is said of it: several problems with " | " between them. */
export type BadParts = ReadonlyArray<readonly [string, string]>;

/** Each a line of YAML, from column 1 of line 2. */
export function testBadLines(parts: BadParts): void {
  testBad(parts, (line) => `routes: []\n${line}\n`);
}

/** Each a route as a YAML flow map, from column 3 of line 3. There is a pool `app`. */
export function testBadRoutes(parts: BadParts): void {
  testBad(parts, (route) => `pools: { app: { targets: ["127.0.0.1:1"] } }\nroutes:\n- ${route}\n`);
}

function testBad(parts: BadParts, textOf: (part: string) => string): void {
  const folder = new TestFolder();
  afterAll(() => folder.remove());
  test.each(parts)("%s", async (part, expected) => {
    expect(await folder.summaries("bad.yaml", textOf(part))).toEqual(expected.split(" | "));
  });
}
