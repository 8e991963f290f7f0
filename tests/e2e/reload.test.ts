/** A new plan and the end, both under load: nobody who is served notices. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { connect } from "node:net";
import type { Config } from "../../src/config/config.ts";
import { content } from "./support/content.ts";
import { startEdge, untilIdle, type EdgeProcess } from "./support/edge-process.ts";
import { freePorts } from "./support/free-port.ts";
import { startLoad } from "./support/load.ts";
import { startNginx, type Nginx } from "./support/nginx.ts";
import { until } from "./support/processes.ts";
import { program } from "./support/program.ts";

/** Several processes are started and a while goes by, on a machine that may be busy. */
setDefaultTimeout(30_000);

const nginxProgram = program("nginx");
const LENGTH = 1024;
const DRAIN = 20_000;

describe.skipIf(nginxProgram === null)("under 2,000 requests a second", () => {
  let backends: Nginx[] = [];

  beforeAll(async () => {
    const ports = await freePorts(2);
    backends = await Promise.all(
      ports.map((port) =>
        startNginx(nginxProgram!, {
          port,
          files: { "file.bin": content(1, LENGTH), "large.bin": content(2, 8 * 1024 * 1024) },
          server: "location /trickle/ { alias root/; limit_rate 4m; }",
        }),
      ),
    );
  });

  afterAll(async () => {
    await Promise.all(backends.map((backend) => backend.stop()));
  });

  const configOf = (version: number, targets: readonly Nginx[]): Config => ({
    pools: { main: { targets: targets.map((backend) => backend.address) } },
    routes: [
      { match: { path: "/*" }, proxy: "main" },
      { match: { path: "/version" }, respond: { body: String(version) } },
    ],
    timeouts: { drain: `${DRAIN}ms` },
  });

  const versionOf = async (edge: EdgeProcess): Promise<string> =>
    (await fetch(`http://127.0.0.1:${edge.port}/version`, { keepalive: false })).text();

  test("a reload by SIGHUP every 200 ms for 5 s loses no request and no connection", async () => {
    const edge = await startEdge(configOf(0, backends));
    const load = await startLoad({ port: edge.port, rate: 2000, connections: 64, path: "/file.bin", length: LENGTH });
    try {
      const before = (await edge.status()).plan.version;
      for (let version = 1; version <= 25; version++) {
        // Now both backends, now one: pools and their connections come and go.
        edge.configure(configOf(version, version % 3 === 0 ? backends.slice(1) : backends));
        edge.signal("SIGHUP");
        await Bun.sleep(200);
      }
      await until("the last config is in use", async () => (await versionOf(edge)) === "25");
      const report = await load.finish();
      console.log(`25 reloads: ${JSON.stringify(report)}`);
      expect((await edge.status()).plan.version).toBeGreaterThanOrEqual(before + 20);
      expect(report.failures).toEqual({});
      expect(report.reconnects).toBe(0);
      expect(report.right).toBe(report.sent);
      expect(report.sent).toBeGreaterThan(6000);
      await untilIdle(edge);
    } finally {
      await load.stop();
      await edge.stop();
    }
  });

  test("a config that cannot be used changes nothing, and the edge says why", async () => {
    const edge = await startEdge(configOf(1, backends));
    const load = await startLoad({ port: edge.port, rate: 500, connections: 16, path: "/file.bin", length: LENGTH });
    try {
      await Bun.write(edge.file, '{ "routes": [ { "match": { "path": "/*" }, "proxy": "nowhere" } ] }');
      edge.signal("SIGHUP");
      await until("it says why", () => /not reloaded[\s\S]*nowhere/.test(edge.said()));
      expect(await versionOf(edge)).toBe("1");
      const report = await load.finish();
      expect(report.failures).toEqual({});
      expect(report.reconnects).toBe(0);
    } finally {
      await load.stop();
      await edge.stop();
    }
  });

  test("a download that a reload meets goes on to its end, from a pool that is no more", async () => {
    const edge = await startEdge(configOf(1, backends));
    try {
      const response = await fetch(`http://127.0.0.1:${edge.port}/trickle/large.bin`, { keepalive: false });
      edge.configure({ routes: [{ match: { path: "/version" }, respond: { body: "2" } }] });
      edge.signal("SIGHUP");
      await until("the new config is in use", async () => (await versionOf(edge)) === "2");
      expect(content(2, 8 * 1024 * 1024).equals(Buffer.from(await response.arrayBuffer()))).toBe(true);
      await untilIdle(edge);
    } finally {
      await edge.stop();
    }
  });

  test("SIGTERM: what is under way ends whole, idle connections are closed, nobody is let in, exit code 0", async () => {
    const edge = await startEdge(configOf(1, backends));
    try {
      const slow = fetch(`http://127.0.0.1:${edge.port}/trickle/large.bin`, { keepalive: false });
      const response = await slow;
      const idle = connect({ port: edge.port, host: "127.0.0.1" });
      await new Promise((resolve) => idle.once("connect", resolve));
      const idleClosed = new Promise((resolve) => idle.once("close", resolve));
      idle.on("error", () => {}).resume();
      await until("both are connected", async () => (await edge.status()).connections >= 2);

      const began = performance.now();
      edge.signal("SIGTERM");
      await idleClosed;
      expect(performance.now() - began).toBeLessThan(8000);
      expect(await refused(edge.port)).toBe(true);
      expect(content(2, 8 * 1024 * 1024).equals(Buffer.from(await response.arrayBuffer()))).toBe(true);
      const bodyEnded = performance.now();
      expect(await edge.ended).toBe(0);
      // As soon as nothing runs any more, not when the deadline is over.
      expect(performance.now() - bodyEnded).toBeLessThan(8000);
    } finally {
      await edge.stop();
    }
  });

  test("SIGTERM under load: no request is lost, no reply is cut, the process ends within the drain deadline", async () => {
    const edge = await startEdge(configOf(1, backends));
    const load = await startLoad({ port: edge.port, rate: 2000, connections: 64, path: "/file.bin", length: LENGTH });
    try {
      await Bun.sleep(500);
      const began = performance.now();
      edge.signal("SIGTERM");
      expect(await edge.ended).toBe(0);
      expect(performance.now() - began).toBeLessThan(8000);
      const report = await load.finish();
      console.log(`SIGTERM under load: ${JSON.stringify(report)}`);
      // A kept connection may be closed between two replies (RFC 9112 §9.5), and a request may cross that close. The edge
      // answers what idle connections have already sent before it closes them, so hardly any does.
      const { failures } = report;
      const lawful = ["a kept connection was closed", "connection refused", "closed before the reply was complete"];
      expect(Object.keys(failures).filter((what) => !lawful.includes(what))).toEqual([]);
      expect(failures["closed before the reply was complete"] ?? 0).toBeLessThan(5);
    } finally {
      await load.stop();
      await edge.stop();
    }
  });

  test("SIGTERM: a reply that does not end is cut at the drain deadline", async () => {
    const edge = await startEdge({ ...configOf(1, backends), timeouts: { drain: "500ms" } });
    try {
      const response = await fetch(`http://127.0.0.1:${edge.port}/trickle/large.bin`, { keepalive: false });
      const began = performance.now();
      edge.signal("SIGTERM");
      // Honestly: never a body that looks whole.
      expect(
        await response.arrayBuffer().then(
          (body) => `${body.byteLength} bytes`,
          () => "cut",
        ),
      ).toBe("cut");
      expect(await edge.ended).toBe(0);
      const took = performance.now() - began;
      expect(took).toBeGreaterThan(400);
      expect(took).toBeLessThan(8000);
    } finally {
      await edge.stop();
    }
  });
});

function refused(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.once("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.once("error", () => resolve(true));
  });
}
