/** The edge as a person starts it: its own process, its own config file. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Config } from "../../../src/config/config.ts";
import type { PoolReport } from "../../../src/control/pool-report.ts";
import type { StatusReport } from "../../../src/control/status-report.ts";
import type { TargetReport } from "../../../src/control/target-report.ts";
import { runFolders } from "../../support/run-folders.ts";
import { start, untilSaid, type Running, type StartOptions } from "./processes.ts";

export interface EdgeProcess extends Running {
  /** Of the first listener. */
  readonly port: number;
  /** By which commands find it. */
  readonly env: Readonly<Record<string, string>>;
  /** Of the running config; may be written again before a reload. */
  readonly file: string;
  /** Writes the config that the next reload reads; the edge also watches the file. */
  configure(config: Config | string): void;
  status(): Promise<StatusReport>;
  reload(): Promise<{ ok: boolean }>;
  /** Of the pool `main`. */
  pool(): Promise<PoolReport>;
  /** Of a target of the pool `main`. */
  target(address: string): Promise<TargetReport>;
  /** Another request to the admin API. @throws when it is refused. */
  ask(method: string, path: string, body?: unknown): Promise<unknown>;
}

/** Another tree of the same program can be put to the test. */
const MAIN = process.env["ROUNDTRIP_MAIN"] ?? join(import.meta.dir, "../../../src/main.ts");
const TOKEN = "token-of-the-end-to-end-tests";
const START_TIMEOUT = 15_000;

/** The config is an object, or the text of a TypeScript module when it has handlers. The listener gets a free port. */
export async function startEdge(config: Config | string, options: StartOptions = {}): Promise<EdgeProcess> {
  const folder = mkdtempSync(join(tmpdir(), "roundtrip-e2e-"));
  const file = join(folder, typeof config === "string" ? "roundtrip.config.ts" : "roundtrip.config.json");
  const configure = (next: Config | string): void => writeFileSync(file, textOf(next));
  configure(config);
  const env = { ...runFolders(folder), ...options.env };
  const running = start([process.execPath, MAIN, "serve", file], { ...options, env });
  try {
    const [, port] = await untilSaid(running, /^\s*edge +http:\/\/127\.0\.0\.1:(\d+)/m, START_TIMEOUT);
    const [, admin] = await untilSaid(running, /^\s*admin +(http:\S+)/m, START_TIMEOUT);
    const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
      const content = body === undefined ? {} : { body: JSON.stringify(body) };
      const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
      const response = await fetch(`${admin}${path}`, { method, headers, ...content });
      if (response.ok) return await response.json();
      throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    };
    return {
      ...running,
      port: Number(port),
      env,
      file,
      configure,
      status: async () => (await ask("GET", "/status")) as StatusReport,
      reload: async () => (await ask("POST", "/reload")) as { ok: boolean },
      pool: async () => (await ask("GET", "/pools/main")) as PoolReport,
      target: async (address) => (await ask("GET", `/pools/main/targets/${address}`)) as TargetReport,
      ask,
      async stop() {
        await running.stop();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await running.stop();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

const COMMON = { listeners: ["127.0.0.1:0"], accessLog: false, admin: { token: TOKEN } } as const;

function textOf(config: Config | string): string {
  if (typeof config !== "string") return JSON.stringify({ ...COMMON, ...config }, null, 2);
  return `${config}\nexport default { ...${JSON.stringify(COMMON)}, ...config };\n`;
}

/** Nothing of any exchange is left in the edge: no connection, no exchange, no target that is thought busy. */
export async function untilIdle(edge: EdgeProcess, timeout = 5000): Promise<void> {
  const deadline = performance.now() + timeout;
  for (;;) {
    const { connections, exchanges, pools } = await edge.status();
    const active = pools.flatMap((pool) => pool.targets).map((target) => target.active);
    if (connections === 0 && exchanges === 0 && active.every((count) => count === 0)) return;
    if (performance.now() > deadline) {
      throw new Error(`left in the edge: ${JSON.stringify({ connections, exchanges, active })}`);
    }
    await Bun.sleep(20);
  }
}
