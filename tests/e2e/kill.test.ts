/** Backends that die, freeze and come back under load: real nginx processes behind the edge. */
import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { content } from "./support/content.ts";
import { startEdge, untilIdle, type EdgeProcess } from "./support/edge-process.ts";
import { freePorts } from "./support/free-port.ts";
import { startLoad, type Load } from "./support/load.ts";
import { startNginx, type Nginx } from "./support/nginx.ts";
import { until } from "./support/processes.ts";
import { program } from "./support/program.ts";

/** Several processes are started and a while goes by, on a machine that may be busy. */
setDefaultTimeout(30_000);

const nginxProgram = program("nginx");
const LENGTH = 1024;
const FIRST_BYTE = 700;
/** What a busy machine may add, less than any other timer; milliseconds. */
const BUSY = 4000;
const CONNECT = 500;
const REST = 500;

describe.skipIf(nginxProgram === null)("four nginx backends under 2,000 requests a second", () => {
  let backends: Nginx[] = [];
  let edge: EdgeProcess;
  let load: Load | null = null;

  const startBackend = (port: number): Promise<Nginx> =>
    startNginx(nginxProgram!, { port, files: { "file.bin": content(1, LENGTH) } });

  /** kill -9, and all that it leaves in the file system goes too. */
  const kill = async (index: number): Promise<void> => {
    const victim = backends[index]!;
    victim.signal("SIGKILL");
    await victim.stop();
  };
  const restart = async (index: number): Promise<void> => {
    backends[index] = await startBackend(backends[index]!.port);
  };

  beforeAll(async () => {
    const ports = await freePorts(4);
    backends = await Promise.all(ports.map(startBackend));
    edge = await startEdge({
      pools: {
        main: {
          targets: backends.map((backend) => backend.address),
          timeouts: { firstByte: `${FIRST_BYTE}ms`, connect: `${CONNECT}ms` },
          health: { passive: { rest: `${REST}ms` } },
          // With three of four dead, a request may meet each of them before it meets the one that lives.
          retry: { attempts: 4 },
        },
      },
      routes: [{ match: { path: "/*" }, proxy: "main" }],
    });
  });

  afterEach(async () => {
    await load?.stop();
    load = null;
  });

  afterAll(async () => {
    await Promise.all([edge?.stop(), ...backends.map((backend) => backend.stop())]);
  });

  const loading = async (connections = 64): Promise<Load> => {
    load = await startLoad({ port: edge.port, rate: 2000, connections, path: "/file.bin", length: LENGTH });
    return load;
  };

  const ask = async (): Promise<Response> => {
    const reply = await fetch(`http://127.0.0.1:${edge.port}/file.bin`, { keepalive: false });
    await reply.arrayBuffer();
    return reply;
  };
  const answers = async (): Promise<boolean> => (await ask()).ok;

  test("kill -9 of one, and its return: no request fails", async () => {
    const running = await loading();
    await Bun.sleep(500);
    await kill(1);
    await Bun.sleep(1500);
    await restart(1);
    // The pause after its failure ends, and it gets its share again.
    await until("the backend that came back is used", async () => {
      const { pools } = await edge.status();
      return pools[0]!.targets[1]!.state === "up";
    });
    await Bun.sleep(500);
    const report = await running.finish();
    console.log(`kill -9 of one of four: ${JSON.stringify(report)}`);
    expect(report.failures).toEqual({});
    expect(report.reconnects).toBe(0);
    expect(report.right).toBe(report.sent);
    expect(report.sent).toBeGreaterThan(3000);
  });

  test("all but one are killed one after the other: no request fails", async () => {
    const running = await loading();
    for (const index of [0, 1, 2]) {
      await kill(index);
      await Bun.sleep(300);
    }
    for (const index of [0, 1, 2]) await restart(index);
    const report = await running.finish();
    console.log(`kill -9 of three of four: ${JSON.stringify(report)}`);
    expect(report.failures).toEqual({});
    expect(report.right).toBe(report.sent);
  });

  test("one is frozen: what it does not answer by the first-byte deadline another one does", async () => {
    // Enough connections that those that wait for the frozen one do not keep the others from being asked.
    const running = await loading(2000);
    const frozen = backends[2]!;
    frozen.signal("SIGSTOP");
    await Bun.sleep(1500);
    frozen.signal("SIGCONT");
    await Bun.sleep(300);
    const report = await running.finish();
    console.log(`one of four frozen for 1.5 s: ${JSON.stringify(report)}`);
    // Nobody was disconnected, and nobody waited much longer than the deadline.
    expect(report.failures).toEqual({});
    expect(report.right).toBe(report.sent);
    expect(report.reconnects).toBe(0);
    expect(report.slowest).toBeLessThan(FIRST_BYTE + BUSY);
    await until("requests are answered again", answers);
  });

  test("all are killed: an answer within the connect deadline, 502 or 503", async () => {
    await Promise.all(backends.map((_, index) => kill(index)));
    for (let round = 0; round < 3; round++) {
      const began = performance.now();
      const replies = await Promise.all(Array.from({ length: 20 }, ask));
      expect(performance.now() - began).toBeLessThan(CONNECT + BUSY);
      for (const reply of replies) {
        expect([502, 503]).toContain(reply.status);
        expect(reply.headers.get("proxy-status")).toMatch(/roundtrip/);
      }
    }
    await Promise.all(backends.map((_, index) => restart(index)));
    await until("requests are answered again", answers);
  });

  test("and nothing is left behind", async () => {
    await untilIdle(edge);
  });
});
