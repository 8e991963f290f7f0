/** NSD and Knot as the other side of zone transfers, each in a folder of its own, on 127.0.0.1, as whoever runs the test. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { knotServer, nsdServer } from "../../support/name-server-config.ts";
import { start, type Running } from "./processes.ts";

export interface TransferKey {
  readonly name: string;
  readonly algorithm: string;
  readonly secret: string;
}

export interface TransferPeer extends Running {
  readonly port: number;
  readonly folder: string;
  /** A primary's zone file is written again, and it reads it. */
  write(text: string): void;
}

export interface TransferPeerOptions {
  readonly apex: string;
  readonly key: TransferKey;
  /** Port of the server under test. */
  readonly other: number;
  /** What the zone file has; a secondary has none. */
  readonly zone?: string;
  /** Knot only: the zone is signed, and signed again with each change. */
  readonly signed?: boolean;
}

/** A primary when it is given a zone file, else a secondary of the server under test. */
export async function startNsdPeer(nsd: string, options: TransferPeerOptions): Promise<TransferPeer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "roundtrip-nsd-transfer-"));
  const { apex, key, other, zone } = options;
  const role =
    zone === undefined
      ? `allow-notify: 127.0.0.1 ${key.name}\n  request-xfr: 127.0.0.1@${other} ${key.name}`
      : `provide-xfr: 127.0.0.1 ${key.name}\n  notify: 127.0.0.1@${other} ${key.name}\n  store-ixfr: yes\n  create-ixfr: yes`;
  const config = join(folder, "nsd.conf");
  writeFileSync(
    config,
    `${nsdServer(port, folder, ["verbosity: 2"])}key:
  name: "${key.name}"
  algorithm: ${key.algorithm}
  secret: "${key.secret}"
zone:
  name: ${apex}
  zonefile: ${folder}/zone
  ${role}
`,
  );
  if (zone !== undefined) writeFileSync(join(folder, "zone"), zone);
  return peer(start([nsd, "-d", "-c", config], { group: true }), port, folder);
}

/** As `startNsdPeer`. A primary makes differences of what changes in its zone file. */
export async function startKnotPeer(knotd: string, options: TransferPeerOptions): Promise<TransferPeer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "roundtrip-knot-transfer-"));
  mkdirSync(join(folder, "run"));
  const { apex, key, other, zone, signed = false } = options;
  const load = signed ? "difference-no-serial\n    dnssec-signing: on" : "difference";
  const role = zone === undefined ? "    master: other" : `    notify: other\n    zonefile-load: ${load}`;
  const config = join(folder, "knot.conf");
  writeFileSync(
    config,
    `${knotServer(port, folder, "info", [])}key:
  - id: ${key.name}
    algorithm: ${key.algorithm}
    secret: ${key.secret}
remote:
  - id: other
    address: 127.0.0.1@${other}
    key: ${key.name}
acl:
  - id: all
    key: ${key.name}
    action: [transfer, notify]
zone:
  - domain: ${apex}
    file: ${folder}/zone
    zonefile-sync: -1
    journal-content: ${signed ? "all" : "changes"}
    acl: all
${role}
`,
  );
  if (zone !== undefined) writeFileSync(join(folder, "zone"), zone);
  return peer(start([knotd, "-c", config], { group: true }), port, folder);
}

function peer(running: Running, port: number, folder: string): TransferPeer {
  return {
    ...running,
    port,
    folder,
    write(text) {
      writeFileSync(join(folder, "zone"), text);
      running.signal("SIGHUP");
    },
    async stop() {
      await running.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
