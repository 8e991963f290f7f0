import type { Config } from "../../../src/config/config.ts";
import type { PoolConfig } from "../../../src/config/pool-config.ts";
import { loadValue } from "../../../src/config/load.ts";
import { startEdge, type EdgeOptions } from "../../../src/edge/edge.ts";
import type { Edge } from "../../../src/edge/edge-handle.ts";
import type { Origin } from "./origin.ts";

export interface TestEdge {
  readonly port: number;
  readonly edge: Edge;
  stop(): Promise<void>;
}

/** An edge on a free port that writes no log. */
export async function edgeWith(config: Config, options: Pick<EdgeOptions, "resolver"> = {}): Promise<TestEdge> {
  const full: Config = {
    listeners: ["127.0.0.1:0"],
    accessLog: false,
    admin: false,
    timeouts: { drain: "200ms" },
    ...config,
  };
  const edge = await startEdge({ ...options, config: loadValue(full, "test") });
  return { port: edge.listeners[0]!.port, edge, stop: () => edge.stop() };
}

/** An edge that proxies everything to the origins (or addresses). */
export function edgeBefore(
  origins: ReadonlyArray<Origin | string>,
  pool: Partial<PoolConfig> = {},
  rest: Partial<Config> = {},
): Promise<TestEdge> {
  return edgeWith({
    pools: {
      main: { targets: origins.map((origin) => (typeof origin === "string" ? origin : origin.address)), ...pool },
    },
    routes: [{ name: "all", match: { path: "/*" }, proxy: "main" }],
    ...rest,
  });
}
