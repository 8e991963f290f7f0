/** A target by a name whose first address is silent: the real program, with a hosts file of its own. */
import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { blackhole } from "../scenario/support/blackhole.ts";
import { startEdge } from "./support/edge-process.ts";
import { until } from "./support/processes.ts";

/** A process is started, on a machine that may be busy. */
setDefaultTimeout(30_000);

const SILENT = "127.0.0.1";
const ANSWERS = "127.0.0.2";
const NAME = "shop.test";

/** Mounts are this process's own: the machine's hosts file stays as it is. */
const inOwnMounts = (hosts: string): string[] => [
  "unshare",
  "-rm",
  "bash",
  "-c",
  `mount --bind ${hosts} /etc/hosts && exec "$@"`,
  "bash",
];
const folder = mkdtempSync(join(tmpdir(), "roundtrip-hosts-"));
const hosts = join(folder, "hosts");
writeFileSync(hosts, `${SILENT} ${NAME}\n${ANSWERS} ${NAME}\n`);
const can = process.platform === "linux" && Bun.spawnSync([...inOwnMounts(hosts), "true"]).exitCode === 0;
if (!can) console.warn("NOT TESTED: a hosts file of its own needs a mount namespace");

const undo: Array<() => unknown> = [() => rmSync(folder, { recursive: true })];

afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

describe.skipIf(!can)("a target by name", () => {
  test("whose first address is silent answers, its check passes, and the trace says which address it was", async () => {
    const silent = await blackhole();
    undo.push(() => silent.stop());
    const port = Number(silent.address.split(":")[1]);
    const origin = createServer((_request, response) => {
      response.writeHead(200, { connection: "close" });
      response.end("here");
    });
    await new Promise<void>((resolve) => origin.listen(port, ANSWERS, resolve));
    undo.push(() => origin.close());
    const edge = await startEdge(
      {
        pools: { main: { targets: [`${NAME}:${port}`], health: { check: { kind: "tcp", interval: "10m" } } } },
        routes: [{ proxy: "main" }],
      },
      {
        shell: `exec ${inOwnMounts(hosts)
          .map((word) => `'${word}'`)
          .join(" ")} "$@"`,
      },
    );
    undo.push(() => edge.stop());

    const begun = performance.now();
    const reply = await fetch(`http://127.0.0.1:${edge.port}/`, { keepalive: false });
    expect([reply.status, await reply.text()]).toEqual([200, "here"]);
    expect(performance.now() - begun).toBeLessThan(10_000);

    await until("it was checked", async () => (await edge.target(`${NAME}:${port}`)).check.verdict === "up");
    const { check } = await edge.target(`${NAME}:${port}`);
    expect(JSON.stringify(check)).toMatch(/connected to 127\.0\.0\.2/);

    // From now on that address is asked first. Who asks another one before takes 250 ms each time (RFC 8305 §5).
    let least = Infinity;
    for (let turn = 0; turn < 5 && least >= 240; turn++) {
      const again = performance.now();
      expect((await fetch(`http://127.0.0.1:${edge.port}/`, { keepalive: false })).status).toBe(200);
      least = Math.min(least, performance.now() - again);
    }
    expect(least).toBeLessThan(240);

    const traces = (await edge.ask("GET", "/traces?limit=2")) as Array<{ readonly traceId: string }>;
    for (const { traceId } of traces) {
      expect(JSON.stringify(await edge.ask("GET", `/traces/${traceId}`))).toContain(
        "opened a new connection to 127.0.0.2",
      );
    }
    expect(traces).toHaveLength(2);
  });
});
