/**
 * Proxies from npm, in a package of their own beside this file; `npm ci --prefix bench/peers` installs them when they
 * are first asked for.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { routePrefixes } from "../lib/workloads.ts";
import type { Peer, PeerSettings } from "./peer.ts";

const FOLDER = import.meta.dir;
const BUN = join(FOLDER, "..", "..", "node_modules", ".bin", "bun");

/** On Bun: it asks for Node 22, and is cheaper there than on Node 20. */
export const httpProxy3: Peer = npmPeer("http-proxy-3", "http-proxy-3", BUN);

/** On Node: it takes undici, which is a stand-in without `request` on Bun. */
export const fastify: Peer = npmPeer("fastify", "@fastify/http-proxy", "node");

function npmPeer(name: string, dependency: string, runtime: string): Peer {
  return {
    name,
    version: async () => {
      if (Bun.which(runtime) === null) return undefined;
      if (!existsSync(join(FOLDER, "node_modules", dependency)) && !installed()) return undefined;
      const text = await Bun.file(join(FOLDER, "node_modules", dependency, "package.json")).text();
      const host = Bun.spawnSync([runtime, "--version"]).stdout.toString().trim();
      return `${/"version": "([^"]+)"/.exec(text)?.[1] ?? "?"} (${runtime === BUN ? "Bun" : "Node"} ${host})`;
    },
    install: `npm ci --prefix bench/peers, and ${runtime === BUN ? "npm ci" : "Node 20 or later"}`,
    usual: ["get-1k-64"],
    warmUp: 15_000,
    prepare: ({ port, origins, routes, folder }: PeerSettings) => {
      const log = join(folder, "access.log");
      const settings = { port, origins, prefixes: routePrefixes(routes), log };
      return { argv: [runtime, join(FOLDER, `${name}.mjs`), JSON.stringify(settings)], cwd: FOLDER, logs: [log] };
    },
  };
}

let tried = false;

function installed(): boolean {
  if (tried || Bun.which("npm") === null) return false;
  tried = true;
  process.stderr.write("npm ci --prefix bench/peers …\n");
  return Bun.spawnSync(["npm", "ci", "--prefix", FOLDER, "--no-audit", "--no-fund"]).exitCode === 0;
}
