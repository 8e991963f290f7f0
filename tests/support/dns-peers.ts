/** Other people's name servers, each with a config, a folder and ports of its own. None of them touches port 53. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../e2e/support/free-port.ts";
import { start, until, type Running } from "../e2e/support/processes.ts";
import { UdpAsker } from "./dns-client.ts";
import { knotServer, nsdServer } from "./name-server-config.ts";
import { withoutGenerate, wireName, type ZoneText } from "./dns-zones.ts";
import { writeMessage } from "../../src/dns/wire/message.ts";

export interface NameServer {
  readonly port: number;
  /** Holds its config, its zones and whatever else it writes. */
  readonly folder: string;
  readonly said: () => string;
  stop(): Promise<void>;
}

export interface PeerOptions {
  readonly zones: readonly ZoneText[];
  /** More lines for the config: of the server, and of each zone. */
  readonly server?: string;
  readonly zone?: string;
  /** After the zones. */
  readonly more?: string;
}

/** One NSD process that answers as an authoritative server should today: minimal answers, 1,232 bytes over UDP. */
export async function startNsd(nsd: string, options: PeerOptions): Promise<NameServer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "roundtrip-nsd-"));
  const config = join(folder, "nsd.conf");
  writeFileSync(
    config,
    `${nsdServer(port, folder, [
      "ipv4-edns-size: 1232",
      "minimal-responses: yes",
      "refuse-any: yes",
      "tcp-query-count: 0",
      ...(options.server === undefined ? [] : [options.server]),
    ])}${writeZones(folder, options.zones)
      .map(({ apex, file }) => `zone:\n  name: ${apex}\n  zonefile: ${file}\n  ${options.zone ?? ""}\n`)
      .join("")}
${options.more ?? ""}
`,
  );
  return listening(start([nsd, "-d", "-c", config], { group: true }), port, folder, options.zones[0]!.apex);
}

export async function startKnot(knotd: string, options: PeerOptions): Promise<NameServer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "roundtrip-knot-"));
  const config = join(folder, "knot.conf");
  mkdirSync(join(folder, "run"));
  writeFileSync(
    config,
    `${knotServer(port, folder, "warning", [
      "udp-max-payload: 1232",
      ...(options.server === undefined ? [] : [options.server]),
    ])}zone:
${writeZones(folder, options.zones)
  .map(({ apex, file }) => `  - domain: ${apex}\n    file: ${file}\n    semantic-checks: off\n${options.zone ?? ""}`)
  .join("")}
${options.more ?? ""}
`,
  );
  return listening(start([knotd, "-c", config], { group: true }), port, folder, options.zones[0]!.apex);
}

/** A zone that Unbound gets from a server on this machine and validates from these DNSKEY or DS records. */
export interface StubZone {
  readonly apex: string;
  readonly port: number;
  readonly anchors: readonly string[];
}

/** Unbound as a validating resolver for these zones alone. */
export async function startUnbound(unbound: string, stubs: readonly StubZone[]): Promise<NameServer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "roundtrip-unbound-"));
  const config = join(folder, "unbound.conf");
  writeFileSync(join(folder, "anchors"), stubs.flatMap(({ anchors }) => anchors).join("\n"));
  writeFileSync(
    config,
    `server:
  directory: "${folder}"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  interface: 127.0.0.1
  port: ${port}
  num-threads: 1
  do-ip6: no
  do-daemonize: no
  do-not-query-localhost: no
  local-zone: "test." nodefault
  module-config: "validator iterator"
  trust-anchor-file: ${folder}/anchors
  trust-anchor-signaling: no
  harden-dnssec-stripped: yes
  aggressive-nsec: no
  # On a busy machine answers are late; who is asked again and again is taken for dead.
  unknown-server-time-limit: 5000
  infra-cache-min-rtt: 5000
  val-log-level: 2
remote-control:
  control-enable: no
${stubs.map(({ apex, port: at }) => `stub-zone:\n  name: "${apex}"\n  stub-addr: 127.0.0.1@${at}\n`).join("")}
`,
  );
  return listening(start([unbound, "-d", "-p", "-c", config], { group: true }), port, folder, stubs[0]!.apex);
}

function writeZones(folder: string, zones: readonly ZoneText[]): { apex: string; file: string }[] {
  return zones.map(({ apex, text }) => {
    const file = join(folder, `${apex}zone`);
    writeFileSync(file, withoutGenerate(text));
    return { apex, file };
  });
}

/** Waits until the server answers for the zone. */
async function listening(running: Running, port: number, folder: string, apex: string): Promise<NameServer> {
  const stop = async (): Promise<void> => {
    await running.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  const asker = new UdpAsker(port);
  // RD: a resolver answers too.
  const query = writeMessage({ id: 0, flags: 0x0100, questions: [{ name: wireName(apex), type: 6, class: 1 }] });
  try {
    await until(`a name server answers on ${port}`, async () => {
      if (running.over()) throw new Error(`the name server ended:\n${running.said()}`);
      const answer = await asker.ask(query, 500).catch(() => null);
      return answer !== null && (answer[3]! & 15) === 0;
    });
  } catch (error) {
    await stop();
    throw error;
  } finally {
    asker.close();
  }
  return { port, folder, said: running.said, stop };
}
