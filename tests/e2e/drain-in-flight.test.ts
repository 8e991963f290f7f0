/** A response and a WebSocket are in flight on a target that goes, under 2,000 requests a second. */
import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { ChangingPool } from "./support/changing-pool.ts";
import type { EdgeProcess } from "./support/edge-process.ts";
import { holdResponse, TalkingSocket, type LongResponse } from "./support/long-exchanges.ts";
import { until } from "./support/processes.ts";

/** How long the response lasts, milliseconds. The full proof takes a minute. */
const HOLD = Number(process.env["HOLD_SECONDS"] ?? "3") * 1000;
/** Several processes are started and a while goes by, on a machine that may be busy. */
setDefaultTimeout(30_000 + 2 * HOLD);

const pool = new ChangingPool();

beforeAll(() => pool.start());
afterEach(() => pool.reset());
afterAll(() => pool.stop());

async function lasting({ port }: EdgeProcess): Promise<{ response: LongResponse; socket: TalkingSocket }> {
  const response = await holdResponse(port, HOLD);
  const socket = await TalkingSocket.open(port);
  expect(response.target).toBe("a");
  await until("the WebSocket talks", () => socket.heard > 0);
  return { response, socket };
}

describe("a response and a WebSocket", () => {
  test("finish at a target that is drained by the admin API", async () => {
    const edge = await pool.begin([pool.entry("a"), { admin: true }], { drain: "5m" });
    const { response, socket } = await lasting(edge);
    await edge.ask("POST", "/pools/main/targets", { address: pool.address("b") });
    await edge.ask("POST", pool.path("a"), { mode: "drain" });
    expect((await pool.sharesWithin(200)).a).toBe(0);
    expect(await edge.target(pool.address("a"))).toMatchObject({ state: "drain", active: 2, tunnels: 1 });

    expect(await response.end).toBe("complete");
    expect(socket.problem()).toBe("");
    expect(socket.heard).toBeGreaterThan(HOLD / 200);
    await socket.close();
    await until("nothing lives at the drained target", async () => {
      const { active, connections } = await edge.target(pool.address("a"));
      return active === 0 && connections === 0;
    });
    await pool.expectNothingLost("drained with a response and a WebSocket in flight");
  });

  test("finish at a target that a reload removes, and then it is gone", async () => {
    const edge = await pool.begin([pool.entry("a")], { drain: "5m" });
    const { response, socket } = await lasting(edge);
    await pool.reload([pool.entry("b")], { drain: "5m" });
    expect((await pool.sharesWithin(200)).a).toBe(0);
    expect(await response.end).toBe("complete");
    expect(socket.problem()).toBe("");
    expect((await edge.pool()).targets.map(({ state }) => state)).toContain("removed");
    await socket.close();
    await until("the removed target is gone", async () => (await edge.pool()).targets.length === 1);
    await pool.expectNothingLost("removed with a response and a WebSocket in flight");
  });

  test("are cut at the deadline, and nobody else notices", async () => {
    const edge = await pool.begin([pool.entry("a"), pool.entry("b", { weight: 0 })]);
    const { response, socket } = await lasting(edge);
    await edge.ask("POST", pool.path("b"), { weight: 1 });
    const began = performance.now();
    await edge.ask("POST", pool.path("a"), { mode: "drain", timeout: "600ms" });
    // Honestly: never a body that looks whole.
    expect(await response.end).toBe("cut");
    // 1006: it ended without a close frame (RFC 6455 §7.1.5).
    expect(await socket.closed).toBe(1006);
    expect(performance.now() - began).toBeWithin(500, 2000);
    await socket.close();
    expect(await edge.target(pool.address("a"))).toMatchObject({ active: 0, connections: 0 });
    await Bun.sleep(500);
    await pool.expectNothingLost("cut at the deadline");
  });
});
