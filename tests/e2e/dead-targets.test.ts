/** Targets that are killed and frozen, under checks and observation: what clients see, and what the edge says. */
import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { until } from "./support/processes.ts";
import { answeredBy, BUSY, CHECK, CONNECT, failed, FIRST_BYTE, SickPool } from "./support/sick-pool.ts";

/** Several processes are started and a while goes by, on a machine that may be busy. */
setDefaultTimeout(30_000);

const FOREVER = "10m";
const pool = new SickPool();

beforeAll(() => pool.start());
afterEach(() => pool.reset());
afterAll(() => pool.stop());

describe("kill -9", () => {
  test("without retries: 502 or 503 within the connect deadline, and after the ejection no request is lost", async () => {
    await pool.begin({ health: { passive: { maxFails: 1, rest: FOREVER } } });
    expect(failed(await pool.ask(6))).toEqual([]);
    await pool.kill(1);
    const first = await pool.ask(6);
    // One request met it: the others had another turn.
    expect(failed(first).length).toBeLessThanOrEqual(2);
    for (const { status, elapsed } of failed(first)) {
      expect([502, 503]).toContain(status);
      expect(elapsed).toBeLessThan(CONNECT + BUSY);
    }
    const dead = await pool.target(1);
    expect([dead.state, dead.traffic.ejected, dead.traffic.last?.code]).toEqual([
      "ejected",
      true,
      "upstream-unreachable",
    ]);
    expect(failed(await pool.ask(100))).toEqual([]);
  });

  test("with a retry, under load: no request fails, and the target that comes back is used", async () => {
    await pool.begin({ retry: { attempts: 2 }, health: { check: CHECK, passive: { rest: "300ms" } } });
    const running = await pool.load(2000);
    await Bun.sleep(300);
    await pool.kill(0);
    await pool.untilIn(0, "down");
    expect((await pool.target(0)).brokenLayer).toBe("tcp");
    await pool.revive(0);
    await pool.untilIn(0, "up");
    await until("the one that came back is used", async () => (await pool.backends[0]!.counts()).files > 10);
    const result = await running.finish();
    console.log(`kill -9 of one of three: ${JSON.stringify(result)}`);
    expect(result.failures).toEqual({});
    expect(result.right).toBe(result.sent);
    await pool.untilIdle();
  });
});

describe("kill -9 under requests that take 300 ms, which are lost with it", () => {
  for (const dead of [1, 2]) {
    test(`of ${dead} of three: every one of them is answered by another`, async () => {
      await pool.begin({
        balance: "least-connections",
        retry: {},
        timeouts: { connect: `${CONNECT}ms`, firstByte: "5s" },
        health: { passive: { rest: FOREVER } },
      });
      for (const backend of pool.backends) await backend.set({ delay: 300 });
      const running = await pool.load(600, 400);
      await Bun.sleep(1_500);
      for (let index = 0; index < dead; index++) pool.backends[index]!.signal("SIGKILL");
      await Bun.sleep(1_500);
      const result = await running.finish();
      console.log(`kill -9 of ${dead} of three, 300 ms: ${JSON.stringify(result)}`);
      expect(result.failures).toEqual({});
      expect(result.right).toBe(result.sent);
      expect(result.sent).toBeGreaterThan(500);
    });
  }
});

describe("SIGSTOP", () => {
  test("with retries, under load: what the frozen target does not answer in time another one does", async () => {
    await pool.begin({ retry: {}, health: { passive: { maxFails: 3, rest: FOREVER } } });
    const running = await pool.load(300, 200);
    await Bun.sleep(1_500);
    pool.backends[1]!.signal("SIGSTOP");
    await until("it is out of use", async () => !(await pool.target(1)).usable);
    await Bun.sleep(FIRST_BYTE + 200);
    const result = await running.finish();
    console.log(`one of three frozen, with retries: ${JSON.stringify(result)}`);
    expect(result.failures).toEqual({});
    expect(result.right).toBe(result.sent);
  });

  test("is found by requests: the first-byte deadline ejects it, and no further request goes there", async () => {
    await pool.begin({ health: { passive: { maxFails: 1, rest: FOREVER } } });
    expect(failed(await pool.ask(3))).toEqual([]);
    pool.backends[2]!.signal("SIGSTOP");
    const first = await pool.ask(3);
    expect(failed(first).map(({ status }) => status)).toEqual([504]);
    expect(failed(first)[0]!.elapsed).toBeWithin(FIRST_BYTE - 100, FIRST_BYTE + BUSY);
    const { state, traffic } = await pool.target(2);
    expect([state, traffic.last?.code]).toEqual(["ejected", "upstream-first-byte-timeout"]);
    const then = await pool.ask(30);
    expect(failed(then)).toEqual([]);
    expect(answeredBy(then, "c")).toBe(0);
  });

  test("is found by checks: up on tcp, broken on http; after SIGCONT it comes back and starts slowly", async () => {
    const SLOW_START = 2000;
    await pool.begin({ slowStart: `${SLOW_START}ms`, health: { check: CHECK }, balance: "weighted-round-robin" });
    await pool.untilChecked(0);
    pool.backends[0]!.signal("SIGSTOP");
    await pool.untilIn(0, "down");
    const frozen = await pool.target(0);
    expect(frozen.brokenLayer).toBe("http");
    expect(frozen.check.layers.map(({ layer, ok }) => [layer, ok])).toEqual([
      ["tcp", true],
      ["http", false],
    ]);
    expect(failed(await pool.ask(10))).toEqual([]);

    pool.backends[0]!.signal("SIGCONT");
    await pool.untilIn(0, "up");
    const began = performance.now();
    const { weight } = await pool.target(0);
    expect(weight.used).toBeLessThan(0.5);
    const early = await pool.ask(30);
    // Too slow a machine to say anything about the beginning.
    if (performance.now() - began < SLOW_START / 4) {
      expect(answeredBy(early, "a")).toBeLessThan(8);
    }
    await until("it has its full weight", async () => (await pool.target(0)).weight.used === 1);
    expect(performance.now() - began).toBeGreaterThan(SLOW_START / 2);
    const late = await pool.ask(30);
    expect(answeredBy(late, "a")).toBeWithin(9, 12);
    expect(failed([...early, ...late])).toEqual([]);
  });

  test("under load: only the frozen target's requests fail, and with checks only for a moment", async () => {
    await pool.begin({ health: { check: CHECK, passive: { maxFails: 3, rest: FOREVER } } });
    const running = await pool.load(1000);
    await Bun.sleep(300);
    pool.backends[1]!.signal("SIGSTOP");
    await until("it is out of use", async () => !(await pool.target(1)).usable);
    // What is on its way there ends by the deadline.
    await Bun.sleep(FIRST_BYTE + 200);
    const result = await running.finish();
    console.log(`one of three frozen: ${JSON.stringify(result)}`);
    expect(Object.keys(result.failures)).toEqual(["504"]);
    const afterwards = await pool.load(1000);
    await Bun.sleep(500);
    const then = await afterwards.finish();
    expect([then.failures, then.right, then.targets["b"]]).toEqual([{}, then.sent, undefined]);
  });
});
