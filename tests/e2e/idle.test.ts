/** What a connection costs that is open and asks nothing; beside nginx. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { startEdge, untilIdle, type EdgeProcess } from "./support/edge-process.ts";
import { freePort } from "./support/free-port.ts";
import { inMegabytes, measurable, residentMemory } from "./support/memory.ts";
import { startNginx } from "./support/nginx.ts";
import { startScript, untilSaid, type Running } from "./support/processes.ts";
import { program } from "./support/program.ts";

const WANTED = Number(process.env["IDLE_CONNECTIONS"] ?? 10_000);
/** Bytes of the edge's resident set for each. */
const MOST = 8 * 1024;
const TARGET = 4 * 1024;
/** Descriptors that a process needs besides. */
const SPARE = 500;

const bash = program("bash");
const nginxProgram = program("nginx");

/** The hard limit of descriptors; Infinity: none. */
function hardLimit(): number {
  const said = Bun.spawnSync([bash!, "-c", "ulimit -Hn"]).stdout.toString().trim();
  return said === "unlimited" ? Infinity : Number(said);
}

const count = bash === null ? 0 : Math.min(WANTED, hardLimit() - SPARE);
const shell = `ulimit -n ${count + SPARE}`;

function openClients(port: number, connections = count): Running {
  const script = join(import.meta.dir, "support/idle-clients.ts");
  return startScript(script, { port, count: connections }, { shell });
}

/** After the collector's turn. */
async function settledMemory(edge: EdgeProcess): Promise<number> {
  const reply = await fetch(`http://127.0.0.1:${edge.port}/collect`, { keepalive: false });
  await reply.text();
  await Bun.sleep(300);
  return residentMemory(edge.pid);
}

/** A few that come and go: what is allocated once does not count. */
async function warmUp(port: number): Promise<void> {
  const clients = openClients(port, 500);
  await untilSaid(clients, /ready/, 30_000);
  await clients.stop();
}

describe.skipIf(bash === null || !measurable())(`${count} idle connections`, () => {
  test("each costs less than 8 KB, none is lost, and all is given back", async () => {
    if (count < WANTED) {
      console.warn(
        `only ${count} idle connections instead of ${WANTED}: the hard limit of descriptors (ulimit -Hn) allows no more`,
      );
    }
    const edge = await startEdge(
      `const config = {
          routes: [
            { match: { path: "/hello" }, respond: { body: "hello" } },
            { match: { path: "/collect" }, handler: () => { Bun.gc(true); return new Response("collected"); } },
          ],
        };`,
      { shell },
    );
    let clients: Running | null = null;
    try {
      await warmUp(edge.port);
      const before = await settledMemory(edge);
      clients = openClients(edge.port);
      await untilSaid(clients, /ready/, 30_000);
      const after = await settledMemory(edge);
      expect((await edge.status()).connections).toBeGreaterThanOrEqual(count);
      const each = (after - before) / count;
      console.log(
        `${count} idle connections: ${inMegabytes(before)} to ${inMegabytes(after)}, ${Math.round(each)} bytes each` +
          ` (limit ${MOST}, target ${TARGET}: ${each <= TARGET ? "reached" : "missed"})`,
      );
      expect(each).toBeLessThan(MOST);
      clients.signal("SIGTERM");
      await clients.ended;
      expect(clients.said()).toContain("lost 0");
      await untilIdle(edge);
    } finally {
      await clients?.stop();
      await edge.stop();
    }
  }, 60_000);

  test.skipIf(nginxProgram === null)(
    "nginx, for comparison",
    async () => {
      const port = await freePort();
      const nginx = await startNginx(nginxProgram!, {
        port,
        server: "location /hello { return 200 hello; }",
        workerConnections: count + SPARE - 100,
        shell,
      });
      let clients: Running | null = null;
      try {
        await warmUp(port);
        const before = residentMemory(nginx.pid);
        clients = openClients(port);
        await untilSaid(clients, /ready/, 30_000);
        const after = residentMemory(nginx.pid);
        console.log(
          `nginx, ${count} idle connections: ${inMegabytes(before)} to ${inMegabytes(after)}, ${Math.round((after - before) / count)} bytes each`,
        );
        expect(after).toBeGreaterThan(0);
      } finally {
        await clients?.stop();
        await nginx.stop();
      }
    },
    60_000,
  );
});
