import { join } from "node:path";
import type { BackendCounts, BackendTask, Knobs } from "./backend-task.ts";
import { startScript, untilSaid, type Running } from "./processes.ts";

export interface Backend extends Running {
  readonly name: string;
  readonly port: number;
  /** "127.0.0.1:port" */
  readonly address: string;
  set(knobs: Knobs): Promise<void>;
  counts(): Promise<BackendCounts>;
}

/** `port` 0: a free one. */
export async function startBackend(name: string, port = 0): Promise<Backend> {
  const running = startScript(join(import.meta.dir, "backend-process.ts"), { name, port } satisfies BackendTask);
  const [, found] = await untilSaid(running, /port (\d+)/);
  const address = `127.0.0.1:${found}`;
  const ask = (path: string, init?: RequestInit): Promise<Response> =>
    fetch(`http://${address}${path}`, { keepalive: false, signal: AbortSignal.timeout(3000), ...init });
  return {
    ...running,
    name,
    port: Number(found),
    address,
    async set(knobs) {
      await ask("/knobs", { method: "POST", body: JSON.stringify(knobs) });
    },
    counts: async () => (await (await ask("/counts")).json()) as BackendCounts,
  };
}
