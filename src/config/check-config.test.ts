import { afterAll, expect, test } from "bun:test";
import { checkConfig, checkValue } from "./check-config.ts";
import { TestFolder } from "./files-for-tests.ts";

const folder = new TestFolder();
afterAll(() => folder.remove());

test("a file is good, or every problem is thrown", async () => {
  await checkConfig(folder.write("good.yaml", "routes: [{ respond: {} }]"));
  const bad = folder.write("bad.yaml", "routes: [{ respond: {} }]\nlimits: { head: 5 }\ntimeouts: { head: 5 }");
  await expect(checkConfig(bad)).rejects.toThrow(/limits\.head: [^]*timeouts\.head: /);
});

test("so is a value, below a folder", () => {
  folder.write("public/index.html", "");
  checkValue({ routes: [{ static: "public" }] }, "the program", folder.path);
  expect(() => checkValue({ routes: [{ static: "nowhere" }] }, "the program")).toThrow("the program  routes[0].static");
});
