/** Three backends that can be made ill, and an edge before them. */
import type { PoolConfig } from "../../../src/config/pool-config.ts";
import type { PoolReport } from "../../../src/control/pool-report.ts";
import type { TargetReport } from "../../../src/control/target-report.ts";
import { startBackend, type Backend } from "./backend.ts";
import { FILE_LENGTH } from "./backend-task.ts";
import { startEdge, untilIdle, type EdgeProcess } from "./edge-process.ts";
import { startLoad, type Load } from "./load.ts";
import { until } from "./processes.ts";

export interface Asked {
  readonly status: number;
  /** Name of the backend that answered; "" = the edge did. */
  readonly target: string;
  /** Milliseconds. */
  readonly elapsed: number;
}

export const CONNECT = 500;
export const FIRST_BYTE = 400;
/** What a busy machine may add, milliseconds. */
export const BUSY = 4000;
/** Checks that find out soon, and wait longer than a busy machine makes them. */
export const CHECK = {
  kind: "http",
  path: "/healthz",
  interval: "200ms",
  downInterval: "100ms",
  timeout: "400ms",
  fall: 2,
  rise: 2,
} as const;

export class SickPool {
  backends: Backend[] = [];
  #edge: EdgeProcess | null = null;
  #load: Load | null = null;

  async start(): Promise<void> {
    this.backends = await Promise.all(["a", "b", "c"].map((name) => startBackend(name)));
  }

  async stop(): Promise<void> {
    await this.reset();
    await Promise.all(this.backends.map((backend) => backend.stop()));
  }

  /** An edge with this pool, which tries nothing twice unless it is told to. */
  async begin(pool: Partial<PoolConfig>): Promise<void> {
    this.#edge = await startEdge({
      pools: {
        main: {
          targets: this.backends.map(({ address }) => address),
          timeouts: { connect: `${CONNECT}ms`, firstByte: `${FIRST_BYTE}ms` },
          retry: { attempts: 0 },
          ...pool,
        },
      },
      routes: [{ match: { path: "/*" }, proxy: "main" }],
    });
  }

  /** Edge and load end, and every backend is well again. */
  async reset(): Promise<void> {
    await this.#load?.stop();
    await this.#edge?.stop();
    this.#load = this.#edge = null;
    for (const [index, backend] of this.backends.entries()) {
      backend.signal("SIGCONT");
      if (backend.over()) await this.revive(index);
      else await backend.set({ delay: 0, status: 200, health: 200 });
    }
  }

  async kill(index: number): Promise<void> {
    this.backends[index]!.signal("SIGKILL");
    await this.backends[index]!.ended;
  }

  async revive(index: number): Promise<void> {
    const { name, port } = this.backends[index]!;
    this.backends[index] = await startBackend(name, port);
  }

  /** One request after the other. */
  async ask(count: number): Promise<Asked[]> {
    const all: Asked[] = [];
    for (let turn = 0; turn < count; turn++) {
      const began = performance.now();
      const reply = await fetch(`http://127.0.0.1:${this.#edge!.port}/file.bin`, { keepalive: false });
      await reply.arrayBuffer();
      const target = reply.headers.get("x-target") ?? "";
      all.push({ status: reply.status, target, elapsed: performance.now() - began });
    }
    return all;
  }

  /** Requests per second; ended by `reset` at the latest. */
  async load(rate: number, connections = 64): Promise<Load> {
    const { port } = this.#edge!;
    this.#load = await startLoad({ port, rate, connections, path: "/file.bin", length: FILE_LENGTH });
    return this.#load;
  }

  report(): Promise<PoolReport> {
    return this.#edge!.pool();
  }

  target(index: number): Promise<TargetReport> {
    return this.#edge!.target(this.backends[index]!.address);
  }

  untilIn(index: number, state: TargetReport["state"]): Promise<void> {
    const { name } = this.backends[index]!;
    return until(`${name} is ${state}`, async () => (await this.target(index)).state === state);
  }

  /** A check has passed: one that fails now is not the first, which decides alone. */
  untilChecked(index: number): Promise<void> {
    const { name } = this.backends[index]!;
    return until(`${name} is checked`, async () => (await this.target(index)).check.verdict === "up");
  }

  untilIdle(): Promise<void> {
    return untilIdle(this.#edge!);
  }
}

export const failed = (all: readonly Asked[]): Asked[] => all.filter(({ status }) => status !== 200);
export const answeredBy = (all: readonly Asked[], name: string): number =>
  all.filter(({ status, target }) => status === 200 && target === name).length;
