/** Priorities and backups: who is asked first, when requests spill, and that they come back. */
import { afterEach, describe, expect, test } from "bun:test";

import { startNamedPool, type NamedPool, type NamedPoolOptions } from "./support/named-pool.ts";
import { ok, startOrigin, type Origin, type Received } from "./support/origin.ts";
import { poll } from "./support/poll.ts";
import { recordOf } from "./support/traces.ts";

let pool: NamedPool;
let revived: Origin[] = [];

afterEach(async () => {
  await pool.stop();
  for (const origin of revived) await origin.stop();
  revived = [];
});

/** a and b in tier 0, c in tier 1, d in reserve. */
const ENTRIES = { c: { priority: 1 }, d: { backup: true } } as const;
const REST = 400;

async function start(options: NamedPoolOptions = {}): Promise<void> {
  pool = await startNamedPool("abcd", {
    entries: ENTRIES,
    ...options,
    pool: {
      health: { passive: { maxFails: 1, rest: `${REST}ms`, maxEjected: 1 } },
      retry: { attempts: 3 },
      ...options.pool,
    },
  });
}

const kill = (...names: string[]): Promise<unknown> => Promise.all(names.map((name) => pool.origins[name]!.stop()));

async function revive(name: string): Promise<void> {
  revived.push(await startOrigin((request) => ok(request, name), undefined, pool.origins[name]!.port));
}

const named = (text: string): string => [...new Set(text)].toSorted().join("");

describe("while tier 0 can take the requests", () => {
  test("nobody else gets any, and explain says why not", async () => {
    await start();
    expect(named(await pool.turns(12))).toBe("ab");
    const { detail } = (await pool.explain("/x")).record;
    const verdicts = Object.fromEntries(detail!.targets.map((one) => [pool.nameOf(one.target), one.verdict]));
    expect(verdicts["c"]).toBe("unchosen-tier");
    expect(verdicts["d"]).toBe("unchosen-tier");
    expect(["picked", "passed-over"]).toContain(verdicts["a"]!);
  });

  test("a part of it bears up to 1.4 times its load; the rest spills, evenly", async () => {
    await start();
    pool.live().setMode(pool.target("a"), "maintenance", pool.now(), 0);
    const turns = await pool.turns(20);
    expect(turns.split("b").length - 1).toBe(14);
    expect(turns).not.toContain("d");
    expect(turns).not.toContain("ccc");
  });
});

describe("a backup", () => {
  test("gets nothing as long as one target that is none is up", async () => {
    await start({ entries: { c: null, d: { backup: true } } });
    pool.live().setMode(pool.target("a"), "maintenance", pool.now(), 0);
    expect(await pool.turns(8)).toBe("bbbbbbbb");
    pool.live().setMode(pool.target("b"), "maintenance", pool.now(), 0);
    expect(await pool.turns(3)).toBe("ddd");
  });
});

describe("when tier 0 is killed", () => {
  test("traffic spills to tier 1, no request fails, and it comes back with tier 0", async () => {
    await start();
    await kill("a", "b");
    expect(await pool.turns(12)).toBe("c".repeat(12));
    expect((await recordOf(pool.edge, "/turn/11")).pickReason).toBe("spill");
    expect((await pool.explain("/x")).record.pickReason).toBe("spill");
    await revive("a");
    await revive("b");
    expect(await poll(() => !pool.target("b").down && !pool.target("a").down, 5 * REST)).toBe(true);
    expect(named(await pool.turns(6))).toBe("ab");
  });

  test("and tier 1 as well, the backup is used; and not longer than that", async () => {
    await start();
    await kill("a", "b", "c");
    expect(await pool.turns(8)).toBe("dddddddd");
    await revive("c");
    expect(await poll(() => !pool.target("c").down, 5 * REST)).toBe(true);
    // The dead ones of tier 0 may be tried once more by now: a retry hides that.
    expect(await pool.turns(4)).toBe("cccc");
  });

  test("and everything else: the edge answers 502 or 503, and says that it tries them all", async () => {
    await start();
    await kill("a", "b", "c", "d");
    for (let turn = 0; turn < 3; turn++) expect([502, 503]).toContain((await pool.get("/x")).status);
    expect(pool.live().panic).toBe(true);
    await revive("a");
    expect(await poll(() => !pool.target("a").down, 5 * REST)).toBe(true);
    expect(await pool.turns(3)).toBe("aaa");
    expect(pool.live().panic).toBe(false);
  });
});

describe("when tier 0 is full", () => {
  test("what it cannot take spills, and the queue is for when all are full", async () => {
    const held: Received[] = [];
    await start({
      pool: { connections: { max: 1 }, queue: { timeout: "5s" } },
      answer: (name, request) => {
        if (request.path === "/held") held.push(request);
        else ok(request, name);
      },
    });
    const waiting = [pool.get("/held"), pool.get("/held")];
    expect(await poll(() => held.length === 2)).toBe(true);
    expect(await pool.turns(3)).toBe("ccc");
    expect((await recordOf(pool.edge, "/turn/2")).pickReason).toBe("spill");
    for (const request of held.splice(0)) ok(request, "done");
    await Promise.all(waiting);
    expect(named(await pool.turns(6))).toBe("ab");
  });
});
