import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "../../lib/processes.ts";
import { versionOf } from "../../peers/peer.ts";
import { type DnsPeer, type PeerSettings, serverProgram } from "./peer.ts";

export const bind: DnsPeer = {
  name: "bind",
  version: () => versionOf([serverProgram("named"), "-v"], /BIND (\S+)/),
  install: "apt install bind9",
  transports: ["udp", "tcp", "tls", "http"],
  prepare,
};

/** One thread, authoritative only, without logs. */
function prepare({ port, tlsPort, httpPort, apex, zoneFile, certificate, key, folder }: PeerSettings): Command {
  const config = join(folder, "named.conf");
  writeFileSync(
    config,
    `tls own { cert-file "${certificate}"; key-file "${key}"; };
http own { endpoints { "/dns-query"; }; };
options {
  directory "${folder}";
  pid-file none;
  session-keyfile none;
  listen-on port ${port} { 127.0.0.1; };
  listen-on port ${tlsPort} tls own { 127.0.0.1; };
  listen-on port ${httpPort} tls none http own { 127.0.0.1; };
  listen-on-v6 { none; };
  recursion no;
  minimal-responses yes;
  minimal-any yes;
  notify no;
  allow-query { any; };
  tcp-clients 1000;
  tcp-idle-timeout 600;
  empty-zones-enable no;
  querylog no;
};
controls { };
logging { category default { null; }; };
zone "${apex}" { type primary; file "${zoneFile}"; check-names ignore; };
`,
  );
  return { argv: [serverProgram("named"), "-f", "-n", "1", "-c", config] };
}
