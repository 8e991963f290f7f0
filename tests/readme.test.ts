/** What the README shows is what comes out: its first config in front of the shop, whose database connections are all held. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { portOf, ask } from "../examples/shop/check-shop.ts";
import { startShop, type Shop } from "../examples/shop/start-services.ts";
import type { Config } from "../src/config/config.ts";
import { startEdge, type EdgeProcess } from "./e2e/support/edge-process.ts";
import { codeBlocks } from "./support/markdown.ts";
import { runProgram } from "./support/run-program.ts";

const root = join(import.meta.dir, "..");
const blocks = codeBlocks(readFileSync(join(root, "README.md"), "utf8"));
const COMMAND = "npx roundtrip explain --analyze ";
const INSTANCES = ["orders-1", "orders-2"];
const HELD_FOR = 1500;

let shop: Shop;
let edge: EdgeProcess;
beforeAll(async () => {
  shop = await startShop({ pool: 1 });
  const config = parse(blocks.find(({ language }) => language === "yaml")!.text) as Config;
  const targets = INSTANCES.map((instance) => `127.0.0.1:${portOf(shop, instance)}`);
  edge = await startEdge({
    ...config,
    listeners: ["127.0.0.1:0"],
    pools: { orders: { ...config.pools!["orders"]!, targets } },
  });
}, 30_000);
afterAll(async () => {
  await edge.stop();
  await shop.stop();
});

test("explain --analyze finds the backend's wait for a connection, in the words of the README", async () => {
  const command = blocks.findIndex(({ text }) => text.includes(COMMAND));
  const shown = blocks[command + 1]!.text;
  const path = /explain --analyze http:\/\/[^/\s]+(\S+)/.exec(blocks[command]!.text)![1]!;

  const held = INSTANCES.map((instance) => ask(portOf(shop, instance), `/slow?ms=${HELD_FOR}&hold=connection`));
  // Both connections are taken as soon as a query has to wait.
  for (const instance of INSTANCES) await untilHeld(portOf(shop, instance));
  const url = `http://127.0.0.1:${edge.port}${path}`;
  const main = join(root, "src/main.ts");
  const { output, errors } = await runProgram([process.execPath, main, "explain", "--analyze", url], 20_000, edge.env);
  await Promise.all(held);
  expect(errors).toBe("");
  expect(entries(output).length).toBeGreaterThan(20);
  expect(entries(shown)).toEqual(entries(output));
}, 20_000);

async function untilHeld(port: number): Promise<void> {
  for (;;) {
    const asked = fetch(`http://127.0.0.1:${port}/orders/1`, { signal: AbortSignal.timeout(100) });
    if (
      await asked.then(
        () => false,
        () => true,
      )
    )
      return;
  }
}

/** One text per row of the tree, and one for each finding, without what differs from run to run. */
function entries(output: string): string[] {
  const rows: string[] = [];
  // Before the tree stand the process, the trace and the folder.
  for (const line of output.slice(output.indexOf("├")).split("\n")) {
    // The waterfall says the same once more, drawn to the scale of this run.
    if (/[█▏]/.test(line)) continue;
    const text = line.replace(/^[│├└─ ]+/, "");
    if (text === "") continue;
    const begins = /^(?:[│ ]*[├└]─ |· | {3}\w)/.test(line);
    const time = / {2,}[\d.]+ (?:µs|ms|s)$/;
    if (begins || rows.length === 0) rows.push(text.replace(time, ""));
    else rows[rows.length - 1] += ` ${text.replace(time, "")}`;
  }
  return rows.map((row) => neutral(row)).toSorted();
}

function neutral(row: string): string {
  return row
    .replace(/\s+/g, " ")
    .replace(/^defined at .*/, "defined at")
    .replace(/127\.0\.0\.1:\d+/g, "ADDRESS")
    .replace(/\b[\d.]+ (?:µs|ms|s)\b/g, "TIME")
    .replace(/\b\d+ %/g, "SHARE");
}
