/** Sources of targets as they are outside of tests: a file that is rewritten under load, a name that nobody knows. */
import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBackend, type Backend } from "./support/backend.ts";
import { startEdge, untilIdle, type EdgeProcess } from "./support/edge-process.ts";
import { startLoad } from "./support/load.ts";
import { until } from "./support/processes.ts";

/** Several processes are started and a while goes by, on a machine that may be busy. */
setDefaultTimeout(30_000);

let backends: Backend[] = [];
let edge: EdgeProcess;
const folder = mkdtempSync(join(tmpdir(), "roundtrip-discovery-"));
const file = join(folder, "targets.json");

beforeAll(async () => {
  backends = await Promise.all(["a", "b", "c"].map((name) => startBackend(name)));
});

afterEach(async () => {
  await edge?.stop();
});

afterAll(async () => {
  await Promise.all(backends.map((backend) => backend.stop()));
  rmSync(folder, { recursive: true });
});

const addressOf = (name: string): string => backends.find((backend) => backend.name === name)!.address;
const inUse = async (): Promise<string> =>
  (await edge.pool()).targets
    .filter(({ removed }) => !removed)
    .map(({ address }) => backends.find((backend) => backend.address === address)!.name)
    .join("");

describe("a file of targets, rewritten under 2,000 requests a second", () => {
  const write = (text: string, atOnce: boolean): void => {
    const into = atOnce ? `${file}.new` : file;
    writeFileSync(into, text);
    if (atOnce) renameSync(into, file);
  };
  const list = (names: string): string => JSON.stringify(names.split("").map(addressOf), null, 2);

  test("takes effect each time, replaced or written in place, and no request is lost", async () => {
    write(list("ab"), true);
    edge = await startEdge({
      pools: { main: { targets: [{ file }] } },
      routes: [{ match: { path: "/*" }, proxy: "main" }],
    });
    const load = await startLoad({ port: edge.port, rate: 2000, connections: 64, path: "/file.bin", length: 1024 });
    try {
      for (const [index, names] of ["bc", "c", "abc", "a", "ab"].entries()) {
        write(list(names), index % 2 === 0);
        await until(`${names} are in use`, async () => (await inUse()) === names);
      }
      // What a tool that was killed in the middle leaves behind.
      write('["127.0.0.1:', false);
      await until("the edge says what is wrong", async () => {
        const { sources, targets } = await edge.pool();
        return targets.length === 2 && sources.some(({ problem }) => problem.includes("targets.json:1"));
      });
      const report = await load.finish();
      console.log(`a file rewritten: ${JSON.stringify(report)}`);
      expect(report.failures).toEqual({});
      expect(report.reconnects).toBe(0);
      expect(report.right).toBe(report.sent);
      expect(Object.keys(report.targets).sort()).toEqual(["a", "b", "c"]);
      await untilIdle(edge);
    } finally {
      await load.stop();
    }
  });
});

describe("a name that does not resolve", () => {
  test("does not stop the start: what else is there is served, and the pool says what it waits for", async () => {
    edge = await startEdge({
      pools: {
        main: { targets: [{ dns: "nobody.invalid:80", refresh: { minimum: "200ms" } }] },
        other: { targets: [addressOf("a")] },
      },
      routes: [
        { match: { path: "/*" }, proxy: "main" },
        { match: { path: "/file.bin" }, proxy: "other" },
      ],
    });
    const ask = (path: string): Promise<Response> =>
      fetch(`http://127.0.0.1:${edge.port}${path}`, { keepalive: false });
    expect((await ask("/file.bin")).status).toBe(200);
    const refused = await ask("/");
    expect([refused.status, refused.headers.get("proxy-status")?.includes("no-target")]).toEqual([503, true]);
    await until(
      "the edge says so",
      async () => (await edge.pool()).sources[0]!.problem.includes("nobody.invalid"),
      20_000,
    );
  });
});
