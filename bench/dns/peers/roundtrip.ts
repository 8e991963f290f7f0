import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../../../src/config/config.ts";
import type { Command } from "../../lib/processes.ts";
import type { DnsPeer, PeerSettings } from "./peer.ts";

const ROOT = join(import.meta.dir, "..", "..", "..");
const BUN = join(ROOT, "node_modules", ".bin", "bun");

export const roundtrip: DnsPeer = {
  name: "roundtrip",
  version,
  install: "npm ci",
  transports: ["udp", "tcp", "tls", "http"],
  http1: true,
  prepare,
};

function version(): Promise<string> {
  const text = readFileSync(join(ROOT, "package.json"), "utf8");
  return Promise.resolve(`${/"version": "([^"]+)"/.exec(text)?.[1] ?? "?"} (Bun ${Bun.version})`);
}

/** The program as everybody runs it, with its zone file watched; only the limit of the answers' rate is off. */
function prepare(settings: PeerSettings): Command {
  const { port, tlsPort, httpPort, apex, zoneFile, certificate, key, folder } = settings;
  const config: Config = {
    listeners: [`127.0.0.1:${httpPort}`],
    routes: [{ match: { path: "/dns-query" }, doh: true }],
    admin: false,
    accessLog: false,
    dns: {
      listeners: [`127.0.0.1:${port}`, { tls: `127.0.0.1:${tlsPort}` }],
      tls: { certificate, key },
      rateLimit: false,
      zones: { [apex]: { file: zoneFile } },
    },
  };
  const file = join(folder, "roundtrip.json");
  writeFileSync(file, JSON.stringify(config, undefined, 1));
  return { argv: [BUN, join(ROOT, "src", "main.ts"), "serve", file], cwd: ROOT };
}
