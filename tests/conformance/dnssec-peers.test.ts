/**
 * DNSSEC as other programs see it: a signed zone is whole to ldns-verify-zone and dnssec-verify, and answers validate in
 * delv and in Unbound, from stored signatures (ours, and BIND's with NSEC3) and from ones made online.
 */
import { atOnce } from "../../src/time/slices.ts";
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { createSocket } from "node:dgram";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { wire, zoneFrom } from "../../src/dns/authority/ask-for-tests.ts";
import { AuthoritativeZone } from "../../src/dns/authority/authoritative-zone.ts";
import { OnlineSecurity } from "../../src/dns/authority/online-security.ts";
import { ZoneSet } from "../../src/dns/authority/zone-set.ts";
import { allKeys, formatBindKey } from "../../src/dns/dnssec/dnssec-for-tests.ts";
import { signZone, addKeys } from "../../src/dns/dnssec/sign-zone.ts";
import { generateKey, type SigningKey } from "../../src/dns/dnssec/signing-key.ts";
import { dsLines } from "../../src/dns/dnssec/zone-keys.ts";
import { startDnsServer } from "../../src/dns/server/dns-server.ts";
import { type DnsMessage, readMessage, writeMessage } from "../../src/dns/wire/message.ts";
import { ROOT } from "../../src/dns/wire/name.ts";
import { Flag, RecordType, responseCodeName, typeNumber } from "../../src/dns/wire/record-type.ts";
import type { ZoneData } from "../../src/dns/zone/zone-data.ts";
import { writeZoneFile } from "../../src/dns/zone/zone-text.ts";

/** Programs are started, on a machine that may be busy. */
setDefaultTimeout(60_000);

const PEERS = ["ldns-verify-zone", "dnssec-verify", "dnssec-signzone", "delv", "unbound"];
const missing = PEERS.filter((peer) => find(peer) === null);
if (missing.length > 0)
  console.warn(`SKIPPED: ${missing.join(", ")} not installed (ldnsutils, bind9-utils, bind9-dnsutils, unbound)`);

function find(peer: string): string | null {
  return Bun.which(peer) ?? Bun.which(peer, { PATH: "/usr/sbin:/sbin" });
}

const TEXT = `
  @ NS ns1
  @ MX 10 Mail
  ns1 A 127.0.0.1
  mail A 192.0.2.25
  mail AAAA 2001:db8::25
  a.b.c TXT "one" "two"
  *.w A 192.0.2.9
  *.wc CNAME Mail
  to CNAME nowhere
  many A 192.0.2.3
  many A 192.0.2.1
  many A 192.0.2.2
  sub NS ns.sub
  ns.sub A 127.0.0.1
  old DNAME w
  svc HTTPS 1 Mail alpn=h2,h3
  _sip._tcp SRV 1 2 5060 Mail
  naptr NAPTR 100 10 "u" "sip+E2U" "!^.*$!sip:info@example.com!" .
  caa CAA 0 issue "ca.test"
  rp RP Admin.Mail Text.Mail
  \\000\\255Z\\. TXT x
  type65280 TYPE65280 \\# 3 abcdef
  $GENERATE 0-50 host$ A 192.0.2.10`;
const CHILD = "@ NS ns\nns A 127.0.0.1\nwww A 192.0.2.80\nmail A 192.0.2.81";

/** What is asked, and what each validator must make of it: the code, and whether the answer is secure. */
const QUESTIONS: ReadonlyArray<readonly [name: string, type: string, code: string]> = [
  ["", "SOA", "NOERROR"],
  ["", "MX", "NOERROR"],
  ["", "DNSKEY", "NOERROR"],
  ["", "CDS", "NOERROR"],
  ["many.", "A", "NOERROR"],
  ["svc.", "HTTPS", "NOERROR"],
  ["_sip._tcp.", "SRV", "NOERROR"],
  ["naptr.", "NAPTR", "NOERROR"],
  ["rp.", "RP", "NOERROR"],
  [String.raw`\000\255z\..`, "TXT", "NOERROR"],
  ["type65280.", "TYPE65280", "NOERROR"],
  // Wildcards, and what is not there at one.
  ["q.w.", "A", "NOERROR"],
  ["x.y.z.w.", "A", "NOERROR"],
  ["q.w.", "TXT", "NOERROR"],
  ["*.w.", "A", "NOERROR"],
  ["q.wc.", "AAAA", "NOERROR"],
  ["q.wc.", "TXT", "NOERROR"],
  // Nothing of the type, also at an empty name.
  ["mail.", "TXT", "NOERROR"],
  ["b.c.", "A", "NOERROR"],
  ["w.", "A", "NOERROR"],
  // No such name.
  ["nx.", "A", "NXDOMAIN"],
  ["nx.mail.", "A", "NXDOMAIN"],
  ["zzz.a.b.c.", "A", "NXDOMAIN"],
  ["0.", "A", "NXDOMAIN"],
  ["to.", "A", "NXDOMAIN"],
  // DNAME.
  ["q.old.", "A", "NOERROR"],
  ["old.", "A", "NOERROR"],
  // At delegations, signed and not.
  ["sub.", "DS", "NOERROR"],
  ["sec.", "DS", "NOERROR"],
  ["www.sec.", "A", "NOERROR"],
  ["nx.sec.", "A", "NXDOMAIN"],
];
/** RFC 5155 §9.2: what lies in an opt-out span may exist unsigned, so that its absence is not authenticated. */
const OPTED_OUT: ReadonlySet<string> = new Set([
  "sub.",
  "q.w.",
  "x.y.z.w.",
  "q.wc.",
  "q.old.",
  ...QUESTIONS.flatMap(([label, , code]) => (code === "NXDOMAIN" && !label.endsWith("sec.") ? [label] : [])),
]);

/** Zones behind UDP and TCP on one port of the loopback. */
async function serve(zones: readonly AuthoritativeZone[]): Promise<{ port: number; stop: () => Promise<void> }> {
  const set = new ZoneSet();
  for (const zone of zones) set.set(zone);
  const host = "127.0.0.1";
  const listen = (["udp", "tcp"] as const).map((transport) => ({ transport, host, port: 0 }));
  const server = await startDnsServer({ zones: set, listen, rateLimit: false });
  return { port: server.listening[0]!.port, stop: () => server.stop() };
}

async function run(peer: string, ...parameters: string[]): Promise<{ code: number; text: string }> {
  const child = Bun.spawn([find(peer)!, ...parameters], { stdout: "pipe", stderr: "pipe" });
  const [out, error] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { code: await child.exited, text: out + error };
}

/** A zone that BIND has signed with NSEC3. */
async function signedByBind(
  folder: string,
  data: ZoneData,
  key: SigningKey,
  flags: readonly string[],
): Promise<ZoneData> {
  const files = formatBindKey(data.apex, { key, times: {} });
  const place = mkdtempSync(join(folder, "bind-"));
  writeFileSync(join(place, `${files.base}.key`), files.key);
  writeFileSync(join(place, `${files.base}.private`), files.private);
  writeFileSync(join(place, "zone"), writeZoneFile(atOnce(addKeys(data, allKeys([key])))));
  const output = ["-f", join(place, "signed"), join(place, "zone"), join(place, files.base)];
  const parameters = ["-z", "-O", "full", "-d", place, "-o", "peers.test.", ...flags, ...output];
  const { code, text } = await run("dnssec-signzone", ...parameters);
  if (code !== 0) throw new Error(text);
  return zoneFrom(readFileSync(join(place, "signed"), "utf8"), "peers.test.");
}

describe.skipIf(missing.length > 0)("DNSSEC peers", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "roundtrip-dnssec-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const childKey = generateKey(13, "csk");
  const childZone = zoneFrom(CHILD, "sec.peers.test.");
  const parent = (): ZoneData =>
    zoneFrom(
      `${TEXT}\nsec NS ns.sec\nns.sec A 127.0.0.1\n${dsLines(childZone.apex, [childKey]).join("\n")}`,
      "peers.test.",
    );
  const now = Math.floor(Date.now() / 1000);

  test.each([13, 15] as const)("signed zones of algorithm %d are whole", async (algorithm) => {
    for (const keys of [
      [generateKey(algorithm, "csk")],
      [generateKey(algorithm, "ksk"), generateKey(algorithm, "zsk")],
    ]) {
      const path = join(folder, `${algorithm}-${keys.length}.zone`);
      writeFileSync(path, writeZoneFile(atOnce(signZone(parent(), allKeys(keys), { now }))));
      const ldns = await run("ldns-verify-zone", path);
      expect(ldns.text).toContain("Zone is verified and complete");
      expect(ldns.code).toBe(0);
      const bind = await run("dnssec-verify", ...(keys.length === 1 ? ["-z"] : []), "-o", "peers.test.", path);
      expect(bind.text).toContain("Zone fully signed");
      expect(bind.code).toBe(0);
    }
  });

  const KINDS = ["NSEC, ECDSA", "NSEC, Ed25519", "NSEC3", "NSEC3 with opt-out", "online"] as const;

  /** The parent zone in one of its kinds. */
  async function zoneOf(kind: (typeof KINDS)[number], key: SigningKey): Promise<AuthoritativeZone> {
    switch (kind) {
      case "NSEC, ECDSA":
      case "NSEC, Ed25519":
        return new AuthoritativeZone(atOnce(signZone(parent(), allKeys([key]), { now })));
      case "NSEC3":
        return new AuthoritativeZone(await signedByBind(folder, parent(), key, ["-3", "aabb", "-H", "3"]));
      case "NSEC3 with opt-out":
        return new AuthoritativeZone(await signedByBind(folder, parent(), key, ["-3", "-", "-A"]));
      case "online": {
        const data = atOnce(addKeys(parent(), allKeys([key])));
        return new AuthoritativeZone(data, new OnlineSecurity(data, allKeys([key])));
      }
    }
  }

  test.each(KINDS)(
    "%s: answers validate",
    async (kind) => {
      const key = generateKey(kind === "NSEC, Ed25519" ? 15 : 13, "csk");
      const zone = await zoneOf(kind, key);
      const child = new AuthoritativeZone(atOnce(signZone(childZone, allKeys([childKey]), { now })));
      const server = await serve([zone, child]);
      const anchor = dsLines(wire("peers.test."), [key])[0]!;
      const [, , , tag, algorithm, digest, hash] = anchor.split(" ");
      const anchors = join(folder, `${kind}.anchors`);
      writeFileSync(
        anchors,
        `trust-anchors { peers.test. static-ds ${tag} ${algorithm} ${digest} "${hash!.toUpperCase()}"; };\n`,
      );
      const { unbound, port: resolverPort } = await startUnbound(folder, server.port, anchor);
      try {
        const wrong: string[] = [];
        const check = async ([label, type, expected]: (typeof QUESTIONS)[number]): Promise<void> => {
          const name = `${label}peers.test.`;
          const isBelow = name.endsWith(".sec.peers.test.");
          const code = kind === "online" && expected === "NXDOMAIN" && !isBelow ? "NOERROR" : expected;
          const reply = await resolve(resolverPort, name, type);
          const isSecure = (reply.flags & Flag.AD) !== 0;
          if (responseCodeName(reply.flags & 15) !== code) {
            wrong.push(`Unbound: ${name} ${type} is ${responseCodeName(reply.flags & 15)}, not ${code}`);
          } else if (!isSecure && !(kind === "NSEC3 with opt-out" && OPTED_OUT.has(label))) {
            wrong.push(`Unbound: ${name} ${type} is not secure`);
          }
          // delv asks us itself; it does not go on to the zone below, and calls what is opted out insecure.
          if (isBelow || kind === "NSEC3 with opt-out") return;
          const { text } = await run(
            "delv",
            "-a",
            anchors,
            "+root=peers.test.",
            "-p",
            `${server.port}`,
            "@127.0.0.1",
            name,
            type,
          );
          if (!text.includes("fully validated")) wrong.push(`delv: ${name} ${type}: ${text.slice(0, 300)}`);
        };
        for (let index = 0; index < QUESTIONS.length; index += 4) {
          await Promise.all(QUESTIONS.slice(index, index + 4).map(check));
        }
        // Below an insecure delegation there is no server, but no signature is missed there either.
        const insecure = await resolve(resolverPort, "sub.peers.test.", "DS");
        expect(responseCodeName(insecure.flags & 15)).toBe("NOERROR");
        expect(wrong).toEqual([]);
      } finally {
        unbound.kill();
        await unbound.exited;
        await server.stop();
      }
    },
    60_000,
  );
});

function unboundConfig(folder: string, port: number, upstream: number, anchor: string): string {
  return `server:
  directory: "${folder}"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  interface: 127.0.0.1
  port: ${port}
  do-ip6: no
  do-not-query-localhost: no
  trust-anchor: "${anchor}"
  harden-dnssec-stripped: yes
  qname-minimisation: no
  local-zone: "test." nodefault
  module-config: "validator iterator"
  num-threads: 1
  aggressive-nsec: no
stub-zone:
  name: "peers.test."
  stub-addr: 127.0.0.1@${upstream}
  stub-prime: no
stub-zone:
  name: "sec.peers.test."
  stub-addr: 127.0.0.1@${upstream}
remote-control:
  control-enable: no
`;
}

/** Asks a resolver for what it has validated (DO), with AD in the answer (RFC 6840 §5.8). */
function resolve(port: number, name: string, type: string, timeout = 10_000): Promise<DnsMessage> {
  const opt = { name: ROOT, type: RecordType.OPT, class: 4_096, ttl: 0x8000, data: new Uint8Array(0) };
  const questions = [{ name: wire(name), type: typeNumber(type)!, class: 1 }];
  const packet = writeMessage({ id: 7, flags: Flag.AD | 0x0100, questions, additional: [opt] });
  const socket = createSocket("udp4");
  return new Promise<DnsMessage>((done, fail) => {
    const timer = setTimeout(() => fail(new Error(`no answer to ${name} ${type}`)), timeout);
    socket.on("error", fail);
    socket.on("message", (message) => {
      clearTimeout(timer);
      done(readMessage(message));
    });
    socket.send(packet, port, "127.0.0.1");
  }).finally(() => socket.close());
}

/** Starts Unbound on a port that was free a moment ago; on another one when it is not any more. */
async function startUnbound(
  folder: string,
  upstream: number,
  anchor: string,
): Promise<{ unbound: Bun.Subprocess; port: number }> {
  for (let attempt = 0; attempt < 5; attempt++) {
    const free = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const { port } = free;
    free.stop(true);
    const config = join(folder, `${port}.unbound`);
    writeFileSync(config, unboundConfig(folder, port, upstream, anchor));
    const unbound = Bun.spawn([find("unbound")!, "-d", "-c", config], { stdout: "ignore", stderr: "ignore" });
    for (let wait = 0; wait < 100 && unbound.exitCode === null; wait++) {
      if ((await resolve(port, "localhost.", "A", 100).catch(() => null)) !== null) return { unbound, port };
    }
    unbound.kill();
    await unbound.exited;
  }
  throw new Error("Unbound does not start");
}
