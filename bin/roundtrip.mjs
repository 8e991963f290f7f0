#!/usr/bin/env node
/**
 * The command `roundtrip`. Under Node it starts itself once more under the project's Bun; under Bun it is the program, when
 * that was told to install nothing.
 * Being started by whatever has no more time for it, Bun's half ends in order when its starter is gone.
 */
import { fileURLToPath } from "node:url";

const LAUNCHER = "ROUNDTRIP_LAUNCHER";
/** The script by the name that it was called by, which may be a link. */
const SCRIPT = "ROUNDTRIP_SCRIPT";
const ORPHAN_CHECK_MS = 250;

if (process.versions.bun === undefined || !process.execArgv.includes("--no-install")) {
  const { runBun } = await import("../scripts/bun.mjs");
  process.env[LAUNCHER] = String(process.pid);
  process.env[SCRIPT] = process.argv[1];
  runBun([fileURLToPath(import.meta.url), ...process.argv.slice(2)], import.meta.url);
} else {
  process.argv[1] = process.env[SCRIPT] ?? process.argv[1];
  delete process.env[SCRIPT];
  endWithLauncher(Number(process.env[LAUNCHER] ?? 0));
  await import("../src/main.ts");
}

/** A launcher that was killed could pass no signal on: without this the edge would live on unseen. */
function endWithLauncher(launcher) {
  // What this process starts itself is no business of that launcher.
  delete process.env[LAUNCHER];
  if (launcher === 0 || process.platform === "win32") return;
  const check = setInterval(() => {
    if (process.ppid === launcher) return;
    clearInterval(check);
    process.kill(process.pid, "SIGTERM");
  }, ORPHAN_CHECK_MS);
  check.unref();
}
