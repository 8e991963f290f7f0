#!/usr/bin/env node
/** Starts the program under Bun, whichever runtime this file was started with. */
import { fileURLToPath } from "node:url";

const main = new URL("../src/main.ts", import.meta.url);

if (process.versions.bun === undefined) {
  const { runBun } = await import("../scripts/bun.mjs");
  runBun([fileURLToPath(main), ...process.argv.slice(2)], import.meta.url);
} else {
  await import(main.href);
}
