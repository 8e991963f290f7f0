import { afterAll, expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { TestFolder } from "../../config/files-for-tests.ts";
import { parseName } from "../wire/name.ts";
import { zoneFromFile } from "./zone-from-file.ts";

const folder = new TestFolder();
afterAll(() => folder.remove());

const APEX = parseName("shop.test.") as Uint8Array;

test.skipIf(process.platform === "win32")("an included file that is slow holds nothing up", async () => {
  const zone = folder.write("slow.zone", "$TTL 1h\n@ SOA ns1 h 1 2h 1h 2w 5m\n@ NS ns1\n$INCLUDE pipe\n");
  // Who reads a pipe waits until somebody writes: with a call that blocks nobody ever would.
  expect(Bun.spawnSync(["mkfifo", `${folder.path}/pipe`]).exitCode).toBe(0);
  const reading = zoneFromFile(zone, APEX);
  let turns = 0;
  while (turns < 20) {
    await new Promise((resolve) => setImmediate(resolve));
    turns++;
  }
  await writeFile(`${folder.path}/pipe`, "ns1 A 192.0.2.1\n");
  const { zone: data, problems, files } = await reading;
  expect([problems, data?.recordCount]).toEqual([[], 3]);
  expect(files).toEqual([zone, `${folder.path}/pipe`]);
});
