import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "../../lib/processes.ts";
import { versionOf } from "../../peers/peer.ts";
import { type DnsPeer, type PeerSettings, serverProgram } from "./peer.ts";

export const knot: DnsPeer = {
  name: "knot",
  version: () => versionOf([serverProgram("knotd"), "-V"], /(\d+\.\d+\S*)/),
  install: "apt install knot",
  transports: ["udp", "tcp"],
  prepare,
};

/** One worker for each transport, no journal and no checks. */
function prepare({ port, apex, zoneFile, folder }: PeerSettings): Command {
  const config = join(folder, "knot.conf");
  mkdirSync(join(folder, "run"));
  writeFileSync(
    config,
    `server:
  listen: 127.0.0.1@${port}
  rundir: ${folder}/run
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
  tcp-idle-timeout: 60
database:
  storage: ${folder}/run
log:
  - target: stderr
    any: error
zone:
  - domain: ${apex}
    file: ${zoneFile}
    semantic-checks: off
    journal-content: none
    zonefile-sync: -1
`,
  );
  return { argv: [serverProgram("knotd"), "-c", config] };
}
