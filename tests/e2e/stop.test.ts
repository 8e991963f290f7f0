/** An edge that is told to stop: by the terminal, and by `roundtrip stop`. */
import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Duration } from "../../src/schema/units.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runFolders } from "../support/run-folders.ts";
import { runProgram, type ProgramResult } from "../support/run-program.ts";
import { startEdge, type EdgeProcess } from "./support/edge-process.ts";
import { holdResponse, TalkingSocket } from "./support/long-exchanges.ts";
import { startScript, until, untilSaid, type Running } from "./support/processes.ts";

setDefaultTimeout(30_000);

const MAIN = join(import.meta.dir, "../../src/main.ts");
let folder = "";
let backend: Running;
let sockets: Running;
let backendPorts: number[] = [];
let edge: EdgeProcess | null = null;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "roundtrip-stop-"));
  backend = startScript(join(import.meta.dir, "support/backend-process.ts"), {});
  sockets = startScript(join(import.meta.dir, "support/websocket-backend.ts"), {});
  backendPorts = await Promise.all(
    [backend, sockets].map(async (one) => Number((await untilSaid(one, /port (\d+)/))[1])),
  );
});

afterEach(async () => {
  await edge?.stop();
  edge = null;
});

afterAll(async () => {
  await backend?.stop();
  await sockets?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** With its run files in a folder of its own, so that no other edge of this machine is asked. */
async function start(drain: Duration): Promise<EdgeProcess> {
  const [hold, tunnel] = backendPorts;
  edge = await startEdge(
    {
      pools: { main: { targets: [`127.0.0.1:${hold}`] }, sockets: { targets: [`127.0.0.1:${tunnel}`] } },
      routes: [
        { match: { path: "/ws" }, proxy: "sockets" },
        { match: { path: "/*" }, proxy: "main" },
      ],
      timeouts: { drain },
    },
    { env: runFolders(folder) },
  );
  return edge;
}

function roundtrip(...args: string[]): Promise<ProgramResult> {
  const environment = Object.entries(runFolders(folder)).map(([name, value]) => `${name}=${value}`);
  return runProgram(["env", ...environment, process.execPath, MAIN, ...args]);
}

test("SIGTERM with nothing under way", async () => {
  const running = await start("20s");
  running.signal("SIGTERM");
  expect(await running.ended).toBe(0);
  expect(running.said()).toEndWith("SIGTERM: the edge stops; nothing is under way\n");
});

test("ctrl-C says what it waits for, and a second one cuts that", async () => {
  const running = await start("20s");
  const held = await holdResponse(running.port, 20_000);
  const socket = await TalkingSocket.open(running.port);
  running.signal("SIGINT");
  await untilSaid(
    running,
    /SIGINT: the edge stops, and waits for 1 request and 1 tunnel, at most 20s; a second Ctrl-C/,
  );
  expect(running.over()).toBe(false);
  const before = performance.now();
  running.signal("SIGINT");
  expect(await running.ended).toBe(130);
  expect(performance.now() - before).toBeLessThan(5000);
  expect(running.said()).toEndWith("cut: 1 request and 1 tunnel\n");
  expect(await held.end).toBe("cut");
  await socket.close();
});

test("roundtrip stop waits until the process has ended, and what was under way too", async () => {
  const running = await start("20s");
  const held = await holdResponse(running.port, 600);
  const { code, output } = await roundtrip("stop");
  expect(await held.end).toBe("complete");
  expect(code).toBe(0);
  expect(output).toMatch(/^edge 127\.0\.0\.1:\d+, .*\nstops, within 20s\n[^]* {2}stopped after \d+ (?:ms|s)\n$/);
  await until("it has ended", () => running.over());
  expect(await running.ended).toBe(0);
  expect(running.said()).toContain("stopped by the admin API: the edge stops, and waits for 1 request, at most 20s");
  expect((await roundtrip("stop")).errors).toContain("no running edge found");
});

test("roundtrip stop --timeout cuts earlier, and says so with exit code 1", async () => {
  const running = await start("20s");
  const held = await holdResponse(running.port, 20_000);
  const { code, output, errors } = await roundtrip("stop", "--timeout", "700ms", "--json");
  expect([code, errors]).toEqual([1, ""]);
  expect(JSON.parse(output)).toMatchObject({ answeredBy: { pid: running.pid }, stopped: true, cut: 1 });
  expect(await held.end).toBe("cut");
  expect(await running.ended).toBe(0);
});
