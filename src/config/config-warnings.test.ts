import { afterAll, expect, test } from "bun:test";
import { inOneLine } from "../schema/problem.ts";
import { configWarnings } from "./config-warnings.ts";
import { TestFolder } from "./files-for-tests.ts";
import { loadConfig } from "./load.ts";

const folder = new TestFolder();
afterAll(() => folder.remove());

async function warningsOf(text: string): Promise<string[]> {
  const loaded = await loadConfig(folder.write("roundtrip.yaml", text));
  return configWarnings(loaded).map((warning) => inOneLine(warning).replace(`${folder.path}/`, ""));
}

test("no routes", async () => {
  expect(await warningsOf("limits: {}\nroutes: []\n")).toEqual([
    "roundtrip.yaml:2:1: routes: is empty: every request gets 404",
  ]);
  expect(await warningsOf("routes: [{ respond: {} }]\n")).toEqual([]);
  expect(await warningsOf("routes: []\ndns: { listeners: [127.0.0.1:0], zones: {} }\n")).toEqual([]);
});
