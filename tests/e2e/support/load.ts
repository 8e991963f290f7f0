import { join } from "node:path";
import type { LoadReport, LoadTask } from "./load-process.ts";
import { startScript, untilSaid } from "./processes.ts";

export interface Load {
  /** Ends it and answers how it went. */
  finish(): Promise<LoadReport>;
  /** Ends it without a word, for cleaning up. */
  stop(): Promise<void>;
}

/** Starts a load and waits until replies come. */
export async function startLoad(task: LoadTask): Promise<Load> {
  const running = startScript(join(import.meta.dir, "load-process.ts"), task);
  await untilSaid(running, /loading/);
  return {
    async finish() {
      running.signal("SIGTERM");
      await running.ended;
      const line = /^\{.*\}$/m.exec(running.said())?.[0];
      if (line === undefined) throw new Error(`the load did not report:\n${running.said()}`);
      return JSON.parse(line) as LoadReport;
    },
    stop: () => running.stop(),
  };
}
