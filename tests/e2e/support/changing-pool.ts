/** Three backends, an edge before some of them, and 2,000 requests a second while that changes. */
import { expect } from "bun:test";
import type { Config } from "../../../src/config/config.ts";
import type { PoolConfig, TargetConfig } from "../../../src/config/pool-config.ts";
import { startBackend, type Backend } from "./backend.ts";
import { FILE_LENGTH } from "./backend-task.ts";
import { startEdge, untilIdle, type EdgeProcess } from "./edge-process.ts";
import { startLoad, type Load } from "./load.ts";
import type { LoadReport } from "./load-process.ts";

export type Name = "a" | "b" | "c";
type Targets = PoolConfig["targets"];

const RATE = 2000;

export class ChangingPool {
  #backends: Backend[] = [];
  #edge: EdgeProcess | null = null;
  #load: Load | null = null;

  async start(): Promise<void> {
    this.#backends = await Promise.all(["a", "b", "c"].map((name) => startBackend(name)));
  }

  async stop(): Promise<void> {
    await this.reset();
    await Promise.all(this.#backends.map((backend) => backend.stop()));
  }

  async begin(targets: Targets, pool: Partial<PoolConfig> = {}): Promise<EdgeProcess> {
    this.#edge = await startEdge(configOf(targets, pool));
    const { port } = this.#edge;
    this.#load = await startLoad({ port, rate: RATE, connections: 64, path: "/file.bin", length: FILE_LENGTH });
    return this.#edge;
  }

  /** Edge and load end. */
  async reset(): Promise<void> {
    await this.#load?.stop();
    await this.#edge?.stop();
    this.#load = this.#edge = null;
  }

  address(name: Name): string {
    return this.#backends.find((backend) => backend.name === name)!.address;
  }

  entry(name: Name, rest: Partial<TargetConfig> = {}): TargetConfig {
    return { address: this.address(name), ...rest };
  }

  /** Of a target in the admin API. */
  path(name: Name): string {
    return `/pools/main/targets/${this.address(name)}`;
  }

  async reload(targets: Targets, pool: Partial<PoolConfig> = {}): Promise<void> {
    this.#edge!.configure(configOf(targets, pool));
    await this.#edge!.reload();
  }

  /** Requests that each backend got within so many milliseconds. */
  async sharesWithin(duration: number): Promise<Record<Name, number>> {
    const counts = async (): Promise<number[]> =>
      Promise.all(this.#backends.map(async (backend) => (await backend.counts()).files));
    const before = await counts();
    await Bun.sleep(duration);
    const after = await counts();
    const [a = 0, b = 0, c = 0] = after.map((count, index) => count - before[index]!);
    return { a, b, c };
  }

  /** The load ends: every request was answered rightly, on the connections that there were from the beginning. */
  async expectNothingLost(what: string): Promise<LoadReport> {
    const report = await this.#load!.finish();
    console.log(`${what}: ${JSON.stringify(report)}`);
    expect(report.failures).toEqual({});
    expect(report.reconnects).toBe(0);
    expect(report.right).toBe(report.sent);
    // The load was one: a second's worth at least, on a busy machine.
    expect(report.sent).toBeGreaterThan(RATE / 2);
    await untilIdle(this.#edge!);
    return report;
  }
}

/** Weights count. */
function configOf(targets: Targets, pool: Partial<PoolConfig>): Config {
  return {
    pools: { main: { targets, balance: "weighted-round-robin", ...pool } },
    routes: [{ match: { path: "/*" }, proxy: "main" }],
  };
}
