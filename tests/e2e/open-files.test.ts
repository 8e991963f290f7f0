/** An edge that may open few files: who is there is served, who comes waits, and nothing spins. */
import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { startBackend, type Backend } from "./support/backend.ts";
import { startEdge, untilIdle, type EdgeProcess } from "./support/edge-process.ts";
import { until } from "./support/processes.ts";

/** Processes are started, on a machine that may be busy. */
setDefaultTimeout(30_000);

const LIMIT = 64;
/** Clients wait as soon as so many files are open. */
const CLIENTS_BELOW = 48;
const MANY = 80;

class Client {
  readonly socket: Socket;
  received = "";
  closed = false;

  constructor(port: number) {
    this.socket = connect(port, "127.0.0.1");
    this.socket.on("data", (bytes: Buffer) => {
      this.received += bytes.latin1Slice();
    });
    this.socket.on("error", () => {});
    this.socket.on("close", () => {
      this.closed = true;
    });
  }

  async connected(): Promise<void> {
    await until("a client has connected", () => !this.socket.connecting);
  }

  ask(): void {
    this.received = "";
    this.socket.write("GET /counts HTTP/1.1\r\nHost: h\r\n\r\n");
  }
}

/** Ticks of 10 ms that the process has used. */
function cpuTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

describe.skipIf(process.platform !== "linux" || process.env["ROUNDTRIP_NETWORK"] === "bun")(
  `ulimit -n ${LIMIT}`,
  () => {
    const running: Array<EdgeProcess | Backend> = [];
    const clients: Client[] = [];

    afterEach(async () => {
      for (const { socket } of clients.splice(0)) socket.destroy();
      for (const one of running.splice(0)) await one.stop();
    });

    test("those who are there are answered, the others wait for a place, and the admin API answers", async () => {
      const backend = await startBackend("a");
      running.push(backend);
      const edge = await startEdge(
        {
          limits: { connections: 1_000 },
          pools: { main: { targets: [backend.address] } },
          routes: [{ proxy: "main" }],
        },
        { shell: `ulimit -n ${LIMIT}` },
      );
      running.push(edge);
      expect(edge.said()).toContain(`open files: limits.connections = 1000 need 1024, and ${LIMIT} are allowed`);
      for (let index = 0; index < MANY; index++) clients.push(new Client(edge.port));
      for (const client of clients) await client.connected();
      await until("the edge says that it accepts nobody", () =>
        edge.said().includes(`accepts no connection for now: ${CLIENTS_BELOW} of ${LIMIT} open files`),
      );
      const { connections } = await edge.status();
      expect(connections).toBeWithin(20, CLIENTS_BELOW);

      // Who is there gets an upstream, one after the other; the others are neither answered nor closed.
      for (const client of clients.slice(0, 10)) {
        client.ask();
        await until("an answer comes", () => client.received.startsWith("HTTP/1.1 200"));
      }
      const late = clients.at(-1)!;
      late.ask();
      const before = cpuTicks(edge.pid);
      await Bun.sleep(1_000);
      expect(cpuTicks(edge.pid) - before).toBeLessThan(25);
      expect([late.received, late.closed]).toEqual(["", false]);
      for (let turn = 0; turn < 10; turn++) expect((await edge.status()).connections).toBe(connections);

      // A place for each that leaves.
      for (const client of clients.slice(0, MANY - 1)) client.socket.destroy();
      await until("who waited is answered", () => late.received.startsWith("HTTP/1.1 200"));
      expect(edge.said().match(/accepts no connection/g)).toHaveLength(1);
      late.socket.destroy();
      await untilIdle(edge);
    });

    test("more requests at once than there are files for upstreams: 503, no target is ejected, and the admin API answers", async () => {
      const backend = await startBackend("a");
      running.push(backend);
      await backend.set({ delay: 1_500 });
      const edge = await startEdge(
        {
          pools: { main: { targets: [backend.address], health: { passive: { maxFails: 1 } } } },
          routes: [{ proxy: "main" }],
        },
        { shell: `ulimit -n ${LIMIT}` },
      );
      running.push(edge);
      expect(edge.said()).not.toContain("open files");
      for (let index = 0; index < MANY; index++) clients.push(new Client(edge.port));
      for (const client of clients) await client.connected();
      for (const client of clients) client.socket.write("GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
      await until("some are refused", () => clients.some(({ received }) => received.includes("sockets-exhausted")));
      expect((await edge.status()).pools[0]!.targets[0]!.state).toBe("up");
      await until("those that have a connection are answered", () =>
        clients.some(({ received }) => received.startsWith("HTTP/1.1 200")),
      );
      expect((await edge.target(backend.address)).state).toBe("up");
    });
  },
);
