/**
 * Bodies larger than any buffer go through the edge in constant memory, also when one side is slow.
 * `MEMORY_GIGABYTES=10` for what CI runs.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { startEdge, untilIdle, type EdgeProcess } from "./support/edge-process.ts";
import type { EndlessTask } from "./support/endless-client.ts";
import { inMegabytes, measurable, peakMemory, residentMemory, resetPeak } from "./support/memory.ts";
import { startScript, untilSaid, type Running } from "./support/processes.ts";

const MB = 1024 ** 2;
const GIGABYTES = Number(process.env["MEMORY_GIGABYTES"] ?? 1);
const LENGTH = GIGABYTES * 1024 * MB;
/** Over what the edge takes before the first request, bytes. */
const MOST = 200 * MB;
/** What two pairs of sockets buffer on their own when their peers do not read; `tcp_rmem` and `tcp_wmem` allow it. */
const KERNEL = 120 * MB;
const TIMEOUT = 20_000 + GIGABYTES * 10_000;

const canMeasure = measurable();

let origin: Running;
let edge: EdgeProcess;
let base = 0;

beforeAll(async () => {
  origin = startScript(join(import.meta.dir, "support/endless-origin.ts"), {});
  const [, port] = await untilSaid(origin, /port (\d+)/);
  edge = await startEdge({
    pools: { main: { targets: [`127.0.0.1:${port}`] } },
    routes: [{ match: { path: "/*" }, proxy: "main" }],
    limits: { body: "none" },
  });
  base = residentMemory(edge.pid);
});

afterAll(async () => {
  await edge?.stop();
  await origin?.stop();
});

function client(task: Omit<EndlessTask, "port">): Running {
  return startScript(join(import.meta.dir, "support/endless-client.ts"), { port: edge.port, ...task });
}

/** Runs it to its end; answers its last word and how much the edge took at most, bytes over its base. */
async function transfer(name: string, task: Omit<EndlessTask, "port">): Promise<{ said: string; taken: number }> {
  resetPeak(edge.pid);
  const began = performance.now();
  const running = client(task);
  await running.ended;
  const seconds = (performance.now() - began) / 1000;
  const taken = peakMemory(edge.pid) - base;
  console.log(
    `${name}: ${inMegabytes(task.length)} in ${seconds.toFixed(1)} s; the edge took ${inMegabytes(taken)} over ${inMegabytes(base)}`,
  );
  return { said: running.said().trim().split("\n").at(-1) ?? "", taken };
}

/** What the origin has handed to its kernel of the last download. */
async function offered(): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${edge.port}/count`, { keepalive: false });
  return Number(await response.text());
}

describe.skipIf(!canMeasure)(`${GIGABYTES} GB through the edge in constant memory`, () => {
  test(
    "down",
    async () => {
      const { said, taken } = await transfer("download", { kind: "download", length: LENGTH });
      expect(said).toBe(`${LENGTH} bytes`);
      expect(taken).toBeLessThan(MOST);
    },
    TIMEOUT,
  );

  test(
    "up",
    async () => {
      const { said, taken } = await transfer("upload", { kind: "upload", length: LENGTH });
      expect(said).toBe(`${LENGTH} bytes`);
      expect(taken).toBeLessThan(MOST);
    },
    TIMEOUT,
  );

  test(
    "to a reader that stops: the origin is held back, and all arrives when it reads on",
    async () => {
      resetPeak(edge.pid);
      const running = client({ kind: "download", length: LENGTH, pauseAt: 20 * MB, pause: 2000 });
      await untilSaid(running, /paused/);
      await Bun.sleep(1000);
      // The origin could have sent all of it in this time. What it did send is in the buffers of four sockets.
      const early = await offered();
      await Bun.sleep(500);
      const late = await offered();
      const held = peakMemory(edge.pid) - base;
      console.log(`a reader that stops: ${inMegabytes(late)} were offered, the edge took ${inMegabytes(held)}`);
      expect(late).toBe(early);
      expect(late).toBeLessThan(20 * MB + KERNEL);
      expect(held).toBeLessThan(MOST);
      await running.ended;
      expect(running.said().trim().split("\n").at(-1)).toBe(`${LENGTH} bytes`);
    },
    TIMEOUT,
  );

  test(
    "to an origin that stops",
    async () => {
      const { said, taken } = await transfer("upload to a slow origin", {
        kind: "upload",
        length: LENGTH,
        path: "/slow/1500",
      });
      expect(said).toBe(`${LENGTH} bytes`);
      expect(taken).toBeLessThan(MOST);
    },
    TIMEOUT,
  );

  test("and nothing is left behind", async () => {
    await untilIdle(edge);
  });
});
