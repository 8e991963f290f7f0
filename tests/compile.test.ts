/** One executable: built, then run where neither the checkout nor `node_modules` is near. */
import { describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDemonstration } from "./support/demonstration.ts";
import { awaitEnd } from "./support/processes.ts";

const root = join(import.meta.dir, "..");
const BUILD_TIMEOUT = 60_000;
const START_TIMEOUT = 40_000;
const STOP_TIMEOUT = 15_000;

describe("bun build --compile", () => {
  test(
    "makes one executable that serves the demonstration",
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "roundtrip-compile-"));
      try {
        const executable = join(folder, "roundtrip");
        const build = Bun.spawnSync(
          [process.execPath, "build", "--compile", join(root, "src/main.ts"), "--outfile", executable],
          { cwd: root, timeout: BUILD_TIMEOUT, stdout: "pipe", stderr: "pipe" },
        );
        expect(build.exitCode, build.stderr.toString()).toBe(0);

        const demonstration = await startDemonstration({
          command: [executable, "serve"],
          cwd: folder,
          timeout: START_TIMEOUT,
        });
        try {
          const users = await fetch(`${demonstration.edge}/users`);
          expect(users.status).toBe(200);
          expect(await users.json()).toBeTruthy();
          expect((await fetch(`${demonstration.edge}/orders/42`)).status).toBe(200);

          const explained = Bun.spawnSync([executable, "explain", `${demonstration.edge}/orders/42`], { cwd: folder });
          expect(explained.exitCode, explained.stderr.toString()).toBe(0);
          expect(explained.stdout.toString()).toContain("orders");

          const processes = demonstration.processes();
          expect(existsSync(join(demonstration.data, "shop.sqlite"))).toBe(true);
          expect(processes.length).toBeGreaterThanOrEqual(5);
          demonstration.signal("SIGTERM", "command");
          expect(await awaitEnd(processes, STOP_TIMEOUT)).toEqual([]);
          expect(existsSync(demonstration.data)).toBe(false);
          expect(await demonstration.ended).toBe(0);
        } finally {
          await demonstration.cleanUp();
        }
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    BUILD_TIMEOUT + START_TIMEOUT + STOP_TIMEOUT,
  );
});
