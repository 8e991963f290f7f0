import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../../src/config/config.ts";
import { routePrefixes } from "../lib/workloads.ts";
import type { Peer, PeerCommand, PeerSettings } from "./peer.ts";

const ROOT = join(import.meta.dir, "..", "..");
const BUN = join(ROOT, "node_modules", ".bin", "bun");
const MAIN = join(ROOT, "src", "main.ts");

export const roundtrip: Peer = {
  name: "roundtrip",
  version: roundtripVersion,
  install: "npm ci",
  warmUp: 30_000,
  prepare: (settings) => prepare(settings, true),
};

/** Beside it, with Bun's own sockets, as everywhere but on Linux. */
export const roundtripBun: Peer = {
  name: "roundtrip-bun",
  version: roundtripVersion,
  install: "npm ci",
  warmUp: 30_000,
  prepare: (settings) => {
    const { argv, ...rest } = prepare(settings, true);
    return { argv: ["env", "ROUNDTRIP_NETWORK=bun", ...argv], ...rest };
  },
};

/** Beside it, to show what the recorder of every request costs. */
export const roundtripTraceOff: Peer = {
  name: "roundtrip-trace-off",
  version: roundtripVersion,
  install: "npm ci",
  usual: ["get-1k-64", "get-1k-512", "close", "rate-5000"],
  warmUp: 30_000,
  prepare: (settings) => prepare(settings, false),
};

async function roundtripVersion(): Promise<string | undefined> {
  if (!existsSync(BUN) || !existsSync(MAIN)) return undefined;
  const text = readFileSync(join(ROOT, "package.json"), "utf8");
  return `${/"version": "([^"]+)"/.exec(text)?.[1] ?? "?"} (Bun ${Bun.version})`;
}

function prepare({ port, origins, routes, folder }: PeerSettings, trace: boolean): PeerCommand {
  const file = join(folder, "roundtrip.json");
  const log = join(folder, "access.log");
  const config: Config = {
    listeners: [`127.0.0.1:${port}`],
    pools: {
      main: {
        targets: origins.map((origin) => `127.0.0.1:${origin}`),
        balance: "least-connections",
        connections: { idle: 600, idleTimeout: "10m" },
      },
    },
    routes: [
      ...routePrefixes(routes).map((prefix) => ({ match: { path: `${prefix}*` }, proxy: "main" })),
      { match: { path: "/*" }, proxy: "main" },
    ],
    limits: { connections: 12_000 },
    timeouts: { keepAlive: "10m", drain: "1s" },
    accessLog: { path: log, format: "json" },
    admin: false,
    // The peers do not send RFC 7239's field.
    forwarding: { forwarded: false },
    trace: { enabled: trace },
  };
  writeFileSync(file, JSON.stringify(config, undefined, 1));
  return { argv: [BUN, MAIN, "serve", file], cwd: ROOT, logs: [log] };
}
