/**
 * What DNSSEC costs: signing a zone, and answers with the DO bit from packet to answer: `npx bun bench/micro/dnssec.ts`.
 */
import { atOnce } from "../../src/time/slices.ts";
import { wire, zoneFrom } from "../../src/dns/authority/ask-for-tests.ts";
import { AuthoritativeZone } from "../../src/dns/authority/authoritative-zone.ts";
import { OnlineSecurity } from "../../src/dns/authority/online-security.ts";
import { Responder } from "../../src/dns/authority/responder.ts";
import { ZoneSet } from "../../src/dns/authority/zone-set.ts";
import { signZone, addKeys } from "../../src/dns/dnssec/sign-zone.ts";
import { generateKey } from "../../src/dns/dnssec/signing-key.ts";
import { allKeys } from "../../src/dns/dnssec/dnssec-for-tests.ts";
import { writeMessage } from "../../src/dns/wire/message.ts";
import { RecordType } from "../../src/dns/wire/record-type.ts";

const NAMES = 50_000;
const now = Math.floor(Date.now() / 1000);
const data = zoneFrom(
  `@ NS ns1\nns1 A 192.0.2.53\n*.w A 192.0.2.9\nsub NS ns.sub\n$GENERATE 0-${NAMES - 1} host$ A 192.0.2.10`,
);

function cpu(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}

const keys = new Map(([13, 15] as const).map((algorithm) => [algorithm, allKeys([generateKey(algorithm, "csk")])]));
for (const [algorithm, zoneKeys] of keys) {
  let signed = data;
  const took = cpu(() => (signed = atOnce(signZone(data, zoneKeys, { now }))));
  const again = cpu(() => atOnce(signZone(data, zoneKeys, { now, previous: signed })));
  // Each name has two: its A and its NSEC.
  console.log(
    `algorithm ${algorithm}: ${2 * NAMES} RRsets signed in ${took.toFixed(0)} ms, again without a change ${again.toFixed(0)} ms`,
  );
}

const OPT = { name: new Uint8Array(1), type: RecordType.OPT, class: 1_232, ttl: 0x8000, data: new Uint8Array(0) };
const CLIENT = { address: "192.0.2.1", port: 5353, transport: "udp" } as const;
const out = new Uint8Array(65_536);
const PACKETS = 1_024;

function measure(name: string, zone: AuthoritativeZone, of: (index: number) => string, queries: number): void {
  const zones = new ZoneSet();
  zones.set(zone);
  const responder = new Responder(zones);
  responder.tick?.(Date.now());
  const packets = Array.from({ length: Math.min(PACKETS, queries) }, (_, index) =>
    writeMessage({
      id: 1,
      flags: 0,
      questions: [{ name: wire(of(index)), type: RecordType.A, class: 1 }],
      additional: [OPT],
    }),
  );
  const ask = (): void => {
    for (let index = 0; index < queries; index++) {
      const packet = packets[index % packets.length]!;
      if (responder.respond(packet, 0, packet.length, out, 0, 1_232, CLIENT) === 0) throw new Error("no answer");
    }
  };
  const first = (cpu(ask) * 1_000_000) / queries;
  const later = (cpu(ask) * 1_000_000) / queries;
  console.log(`${name.padEnd(40)} first ${first.toFixed(0)} ns, then ${later.toFixed(0)} ns`);
}

const zoneKeys = keys.get(13)!;
const stored = new AuthoritativeZone(atOnce(signZone(data, zoneKeys, { now })));
const unsigned = atOnce(addKeys(data, zoneKeys));
const online = new AuthoritativeZone(unsigned, new OnlineSecurity(unsigned, zoneKeys));
for (const [kind, zone] of [
  ["stored", stored],
  ["online", online],
] as const) {
  // Each name once or many times; "first" shows what making the answer costs.
  for (const queries of [PACKETS, PACKETS * 100]) {
    const times = queries === PACKETS ? "each once" : "again and again";
    measure(`${kind}, a name, ${times}`, zone, (index) => `host${index * 7}.example.`, queries);
    measure(`${kind}, no such name, ${times}`, zone, (index) => `host${index * 7}x${queries}.example.`, queries);
    measure(`${kind}, wildcard, ${times}`, zone, (index) => `h${index}x${queries}.w.example.`, queries);
    measure(`${kind}, referral, ${times}`, zone, (index) => `h${index}x${queries}.sub.example.`, queries);
  }
}
