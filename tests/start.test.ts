/** The first command of the README, as a newcomer has it. */
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { startDemonstration } from "./support/demonstration.ts";
import { awaitEnd } from "./support/processes.ts";

const root = join(import.meta.dir, "..");
const START_TIMEOUT = 40_000;
const STOP_TIMEOUT = 15_000;
const TEST_TIMEOUT = START_TIMEOUT + STOP_TIMEOUT + 5000;

describe("npm start", () => {
  test(
    "says what runs where, serves, and leaves nothing behind after ctrl-C",
    async () => {
      const demonstration = await startDemonstration({ command: ["npm", "start"], cwd: root, timeout: START_TIMEOUT });
      try {
        const { edge } = demonstration;
        for (const part of ["users-1", "users-2", "orders-1", "orders-2", "SQLite", "roundtrip explain"]) {
          expect(demonstration.said()).toContain(part);
        }

        const users = await fetch(`${edge}/users/7`);
        expect(users.status).toBe(200);
        expect(users.headers.get("content-type")).toContain("application/json");
        expect(await users.json()).toHaveProperty("id", 7);
        const orders = await fetch(`${edge}/orders/42`);
        expect(orders.status).toBe(200);
        expect((await fetch(`${edge}/`)).headers.get("content-type")).toContain("text/html");
        expect((await fetch(`${edge}/nowhere`)).status).toBe(404);

        const processes = demonstration.processes();
        expect(existsSync(join(demonstration.data, "shop.sqlite"))).toBe(true);
        // npm, its shell, the launcher, the edge and four services.
        expect(processes.length).toBeGreaterThanOrEqual(7);
        // A terminal sends ctrl-C to the whole group; npm and the launcher pass it on once more.
        demonstration.signal("SIGINT", "group");
        expect(await awaitEnd(processes, STOP_TIMEOUT)).toEqual([]);
        expect(existsSync(demonstration.data)).toBe(false);
        expect(demonstration.said()).toContain("edge stopped");
        expect(await refuses(edge)).toBe(true);
      } finally {
        await demonstration.cleanUp();
      }
    },
    TEST_TIMEOUT,
  );

  test.each([
    ["SIGTERM", "command", "a supervisor ends npm alone"],
    ["SIGKILL", "group", "npm and the launcher are killed outright"],
  ] as const)(
    "%s to the %s: ends in order when %s",
    async (signal, whom) => {
      const demonstration = await startDemonstration({ command: ["npm", "start"], cwd: root, timeout: START_TIMEOUT });
      try {
        const processes = demonstration.processes();
        expect(existsSync(join(demonstration.data, "shop.sqlite"))).toBe(true);
        demonstration.signal(signal, whom);
        expect(await awaitEnd(processes, STOP_TIMEOUT)).toEqual([]);
        expect(existsSync(demonstration.data)).toBe(false);
        expect(await refuses(demonstration.edge)).toBe(true);
      } finally {
        await demonstration.cleanUp();
      }
    },
    TEST_TIMEOUT,
  );
});

async function refuses(edge: string): Promise<boolean> {
  try {
    await fetch(edge, { signal: AbortSignal.timeout(2000) });
    return false;
  } catch {
    return true;
  }
}
