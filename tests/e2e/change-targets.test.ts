/** Targets come, go and change while 2,000 requests a second are on their way: nothing is lost. */
import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { PoolConfig } from "../../src/config/pool-config.ts";
import { ChangingPool, type Name } from "./support/changing-pool.ts";

/** Several processes are started and a while goes by, on a machine that may be busy. */
setDefaultTimeout(30_000);

const pool = new ChangingPool();

beforeAll(() => pool.start());
afterEach(() => pool.reset());
afterAll(() => pool.stop());

const shareOf = (name: Name, shares: Readonly<Record<Name, number>>): number =>
  shares[name] / (shares.a + shares.b + shares.c);

describe("by the admin API, under load", () => {
  test("add, weigh, drain, make ready, remove: each takes effect, and no request is lost", async () => {
    const edge = await pool.begin([pool.entry("a"), pool.entry("b"), { admin: true }]);
    expect((await pool.sharesWithin(200)).c).toBe(0);

    await edge.ask("POST", "/pools/main/targets", { address: pool.address("c") });
    expect(shareOf("c", await pool.sharesWithin(300))).toBeGreaterThan(0.25);

    await edge.ask("POST", pool.path("b"), { weight: 8 });
    expect(shareOf("b", await pool.sharesWithin(300))).toBeGreaterThan(0.7);
    await edge.ask("POST", pool.path("b"), { weight: null });

    await edge.ask("POST", pool.path("a"), { mode: "drain" });
    const drained = await pool.sharesWithin(300);
    expect([drained.a, drained.b > 0]).toEqual([0, true]);
    expect((await edge.target(pool.address("a"))).state).toBe("drain");
    await edge.ask("POST", pool.path("a"), { mode: "ready" });
    expect((await pool.sharesWithin(200)).a).toBeGreaterThan(0);

    await edge.ask("DELETE", pool.path("c"));
    expect((await pool.sharesWithin(300)).c).toBe(0);
    const left = (await edge.pool()).targets.map(({ address }) => address);
    expect(left).toEqual([pool.address("a"), pool.address("b")]);
    await edge.ask("PUT", pool.path("c"), { weight: 2 });
    expect((await pool.sharesWithin(200)).c).toBeGreaterThan(0);
    await pool.expectNothingLost("by the admin API");
  });

  test("to and fro every 50 ms: no request is lost", async () => {
    const edge = await pool.begin([pool.entry("a"), pool.entry("b"), { admin: true }], {
      balance: "least-connections",
    });
    for (let turn = 0; turn < 10; turn++) {
      await edge.ask("PUT", pool.path("c"), { weight: 1 + turn });
      await edge.ask("POST", pool.path("a"), { mode: turn % 2 === 0 ? "drain" : "maintenance" });
      await Bun.sleep(50);
      await edge.ask("DELETE", pool.path("c"));
      await edge.ask("POST", pool.path("a"), { mode: "ready" });
      await Bun.sleep(50);
    }
    const { targets } = await pool.expectNothingLost("to and fro");
    expect(Object.keys(targets).sort()).toEqual(["a", "b", "c"]);
  });
});

describe("by reload, under load", () => {
  test("add, weigh, drain, remove: each takes effect, and no request is lost", async () => {
    await pool.begin([pool.entry("a"), pool.entry("b")]);
    const change = async (targets: PoolConfig["targets"]): Promise<Record<Name, number>> => {
      await pool.reload(targets);
      return pool.sharesWithin(300);
    };
    const [a, b, c] = [pool.entry("a"), pool.entry("b"), pool.entry("c")];
    expect(shareOf("c", await change([a, b, c]))).toBeGreaterThan(0.25);
    expect(shareOf("b", await change([a, pool.entry("b", { weight: 8 }), c]))).toBeGreaterThan(0.7);
    const drained = await change([pool.entry("a", { mode: "drain" }), b, c]);
    expect([drained.a, drained.b > 0]).toEqual([0, true]);
    const removed = await change([a, b]);
    expect([removed.a > 0, removed.c]).toEqual([true, 0]);
    await pool.expectNothingLost("by reload");
  });

  test("another algorithm, checks and stickiness every 100 ms, with another target: no request is lost", async () => {
    await pool.begin([pool.entry("a"), pool.entry("b")]);
    const check = { kind: "http", path: "/healthz", interval: "100ms" } as const;
    const pools: ReadonlyArray<Partial<PoolConfig>> = [
      { balance: "random" },
      { balance: "power-of-two-choices", slowStart: "1s" },
      { balance: "least-connections", health: { check } },
      { balance: "least-time", sticky: true },
      { balance: "ip-hash" },
      { balance: { algorithm: "ring-hash", key: "path", boundedLoad: 1.25 }, health: { check: "tcp" } },
      { balance: { algorithm: "maglev", key: { field: "x-user" }, boundedLoad: 1.5 }, sticky: true },
      { balance: { algorithm: "maglev" }, connections: { max: 8 } },
      { balance: "weighted-round-robin", health: { check, passive: false } },
    ];
    for (const [turn, changed] of pools.entries()) {
      const third = turn % 2 === 0 ? [pool.entry("c", { priority: turn % 3, backup: turn % 4 === 0 })] : [];
      await pool.reload([pool.entry("a"), pool.entry("b"), ...third], changed);
      await Bun.sleep(100);
    }
    await pool.expectNothingLost("all algorithms");
  });
});
