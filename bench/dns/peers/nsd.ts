import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "../../lib/processes.ts";
import { versionOf } from "../../peers/peer.ts";
import { type DnsPeer, type PeerSettings, serverProgram } from "./peer.ts";

export const nsd: DnsPeer = {
  name: "nsd",
  version: () => versionOf([serverProgram("nsd"), "-v"], /version (\S+)/),
  install: "apt install nsd",
  transports: ["udp", "tcp", "tls"],
  prepare,
};

/** One process, no rate limit, as much over a connection as comes. */
function prepare({ port, tlsPort, apex, zoneFile, certificate, key, folder }: PeerSettings): Command {
  const config = join(folder, "nsd.conf");
  writeFileSync(
    config,
    `server:
  ip-address: 127.0.0.1@${port}
  ip-address: 127.0.0.1@${tlsPort}
  port: ${port}
  tls-port: ${tlsPort}
  tls-service-key: ${key}
  tls-service-pem: ${certificate}
  username: ""
  server-count: 1
  zonesdir: ${folder}
  database: ""
  zonelistfile: ${folder}/zone.list
  xfrdfile: ${folder}/xfrd.state
  xfrdir: ${folder}
  pidfile: ""
  minimal-responses: yes
  rrl-ratelimit: 0
  tcp-count: 1000
  tcp-query-count: 0
  tcp-timeout: 60
  verbosity: 0
remote-control:
  control-enable: no
zone:
  name: ${apex}
  zonefile: ${zoneFile}
`,
  );
  return { argv: [serverProgram("nsd"), "-d", "-c", config] };
}
