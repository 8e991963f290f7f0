/** Targets that dawdle and fail, under checks and observation: what clients see, and what the edge says. */
import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { until } from "./support/processes.ts";
import { answeredBy, CHECK, failed, FIRST_BYTE, SickPool } from "./support/sick-pool.ts";

/** Several processes are started and a while goes by, on a machine that may be busy. */
setDefaultTimeout(30_000);

const pool = new SickPool();

beforeAll(() => pool.start());
afterEach(() => pool.reset());
afterAll(() => pool.stop());

describe("a target that dawdles", () => {
  test("is asked less by least-time, and fails nobody", async () => {
    await pool.begin({ balance: "least-time", timeouts: { firstByte: "10s" } });
    await pool.backends[0]!.set({ delay: 60 });
    const running = await pool.load(500);
    await Bun.sleep(1500);
    const result = await running.finish();
    console.log(`one of three slow: ${JSON.stringify(result)}`);
    expect(result.failures).toEqual({});
    const { a = 0, b = 0, c = 0 } = result.targets;
    expect(a).toBeLessThan(0.1 * (a + b + c));
    expect(Math.min(b, c)).toBeGreaterThan(0.2 * (a + b + c));
  });

  test("longer than the first-byte deadline is ejected, though its checks pass, and comes back", async () => {
    // Checks that pass end an ejection as well: rare ones, so that it lasts longer than it takes to look.
    await pool.begin({ health: { check: { ...CHECK, interval: "2s" }, passive: { maxFails: 2, rest: "1500ms" } } });
    await pool.untilChecked(1);
    await pool.backends[1]!.set({ delay: 3 * FIRST_BYTE });
    const first = await pool.ask(9);
    expect(failed(first).map(({ status }) => status)).toEqual([504, 504]);
    const { state, check } = await pool.target(1);
    expect([state, check.verdict]).toEqual(["ejected", "up"]);
    await pool.backends[1]!.set({ delay: 0 });
    await pool.untilIn(1, "up");
    const then = await pool.ask(9);
    expect(failed(then)).toEqual([]);
    expect(answeredBy(then, "b")).toBe(3);
  });
});

describe("a target that answers 500", () => {
  test("is ejected when its statuses count, with what it answered as the evidence", async () => {
    await pool.begin({ health: { passive: { maxFails: 3, window: "10s", statuses: "500-599", rest: "1s" } } });
    await pool.backends[2]!.set({ status: 500 });
    const first = await pool.ask(15);
    // The target's own answers go to their clients as they are.
    expect(failed(first).map(({ status, target }) => [status, target])).toEqual([
      [500, "c"],
      [500, "c"],
      [500, "c"],
    ]);
    const ill = await pool.target(2);
    expect([ill.state, ill.traffic.last?.code]).toEqual(["ejected", "status-500"]);
    expect(ill.traffic.ejectionEndsInMs).toBeWithin(1, 1001);
    expect(failed(await pool.ask(30))).toEqual([]);

    await pool.backends[2]!.set({ status: 200 });
    await pool.untilIn(2, "up");
    const then = await pool.ask(9);
    expect([failed(then).length, answeredBy(then, "c")]).toEqual([0, 3]);
  });

  test("stays when they do not count", async () => {
    await pool.begin({ health: { passive: { maxFails: 1 } } });
    await pool.backends[2]!.set({ status: 500 });
    expect(failed(await pool.ask(12))).toHaveLength(4);
    expect((await pool.target(2)).state).toBe("up");
  });
});

describe("a target that accepts connections and answers checks with 503", () => {
  test("is shown as exactly that, gets no requests, and comes back with its health", async () => {
    await pool.begin({ health: { check: CHECK } });
    await pool.untilChecked(0);
    await pool.backends[0]!.set({ health: 503 });
    await pool.untilIn(0, "down");
    const ill = await pool.target(0);
    expect([ill.state, ill.brokenLayer, ill.usable]).toEqual(["down", "http", false]);
    const [tcp, http] = ill.check.layers;
    expect(tcp).toMatchObject({ layer: "tcp", ok: true });
    expect(http).toMatchObject({ layer: "http", ok: false });
    expect(http!.detail).toContain("503");
    expect(ill.evidence[0]).toMatchObject({ from: "check" });
    expect(ill.evidence[0]!.text).toContain("503");
    const then = await pool.ask(9);
    expect([failed(then).length, answeredBy(then, "a")]).toEqual([0, 0]);

    await pool.backends[0]!.set({ health: 200 });
    await pool.untilIn(0, "up");
    expect(answeredBy(await pool.ask(9), "a")).toBe(3);
  });

  test("like all the others: then all are used, and that is said", async () => {
    await pool.begin({ health: { check: CHECK } });
    await Promise.all(pool.backends.map((backend) => backend.set({ health: 503 })));
    await until("the pool is in panic", async () => (await pool.report()).panic);
    const all = await pool.ask(9);
    expect(failed(all)).toEqual([]);
    expect(new Set(all.map(({ target }) => target)).size).toBe(3);
    await pool.backends[0]!.set({ health: 200 });
    await until("the panic is over", async () => !(await pool.report()).panic);
    expect(new Set((await pool.ask(9)).map(({ target }) => target))).toEqual(new Set(["a"]));
  });

  test("is asked at the interval", async () => {
    await pool.begin({ health: { check: { ...CHECK, jitter: 0 } } });
    const before = (await pool.backends[0]!.counts()).checks;
    await Bun.sleep(1000);
    const { checks } = await pool.backends[0]!.counts();
    expect(checks - before).toBeWithin(3, 7);
  });
});
