import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Config } from "../../../src/config/config.ts";
import { loadConfig } from "../../../src/config/load.ts";
import type { ReloadResult } from "../../../src/control/edge-control.ts";
import { startEdge } from "../../../src/edge/edge.ts";
import type { TestEdge } from "./edge.ts";

export interface FileEdge extends TestEdge {
  readonly file: string;
  /** Lines that the edge reported by itself. */
  readonly reports: string[];
  write(config: Config | string): void;
  /** Writes and reloads. */
  reload(config: Config | string): Promise<ReloadResult>;
}

/** An edge that was started from a config file on disk, `roundtrip.json` unless named otherwise. */
export async function edgeFromFile(config: Config | string, name = "roundtrip.json"): Promise<FileEdge> {
  const folder = mkdtempSync(join(tmpdir(), "roundtrip-reload-"));
  const file = join(folder, name);
  const write = (next: Config | string): void => {
    const base: Config = {
      listeners: ["127.0.0.1:0"],
      accessLog: false,
      admin: false,
      timeouts: { drain: "300ms" },
      routes: [],
    };
    writeFileSync(file, typeof next === "string" ? next : JSON.stringify({ ...base, ...next }, null, 2));
  };
  write(config);
  const reports: string[] = [];
  const edge = await startEdge({ config: await loadConfig(file), file, report: (line) => reports.push(line) });
  return {
    edge,
    file,
    reports,
    port: edge.listeners[0]!.port,
    write,
    reload(next) {
      write(next);
      return edge.control.reload();
    },
    async stop() {
      await edge.stop();
      rmSync(folder, { recursive: true });
    },
  };
}
