/**
 * What one query costs from packet to answer, without the network: `npx bun bench/micro/dns.ts`.
 */
import { atOnce } from "../../src/time/slices.ts";
import { AuthoritativeZone } from "../../src/dns/authority/authoritative-zone.ts";
import { Responder } from "../../src/dns/authority/responder.ts";
import { ZoneSet } from "../../src/dns/authority/zone-set.ts";
import { writeMessage } from "../../src/dns/wire/message.ts";
import { parseName } from "../../src/dns/wire/name.ts";
import { RecordType } from "../../src/dns/wire/record-type.ts";
import { ZoneBuilder } from "../../src/dns/zone/zone-builder.ts";
import { readZoneFile } from "../../src/dns/zone/read-zone-file-for-tests.ts";

const NAMES = 10_000;
const QUERIES = 1_024;
const ROUNDS = 9;
const PER_ROUND = QUERIES * 400;
const UDP = { address: "192.0.2.1", port: 5353, transport: "udp" } as const;

const ZONE = `$ORIGIN example.test.
$TTL 3600
@ SOA ns1 hostmaster 1 7200 900 1209600 300
@ NS ns1
@ NS ns2
@ MX 10 mail
ns1 A 192.0.2.53
ns2 A 192.0.2.54
mail A 192.0.2.25
*.wild A 192.0.2.80
sub NS ns.sub
ns.sub A 192.0.2.81
$GENERATE 0-${NAMES - 1} host$ A 192.0.2.10
$GENERATE 0-${NAMES - 1} alias$ CNAME host$
`;

function nameOf(text: string): Uint8Array {
  const name = parseName(text);
  if (typeof name === "string") throw new Error(`${text} ${name}`);
  return name;
}

const OPT = { name: new Uint8Array(1), type: RecordType.OPT, class: 1_232, ttl: 0, data: new Uint8Array(0) };
const COOKIE = { ...OPT, data: Uint8Array.of(0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8) };

function query(text: string, type: number, additional: readonly (typeof OPT)[]): Uint8Array {
  const questions = [{ name: nameOf(text), type, class: 1 }];
  return writeMessage({ id: 1, flags: 0x0100, questions, additional });
}

function createResponder(): Responder {
  const origin = nameOf("example.test.");
  const builder = new ZoneBuilder(origin);
  const problems = readZoneFile(Buffer.from(ZONE), {
    file: "bench",
    origin,
    sink: (owner, length, type, ttl, data, size) => builder.add(owner, length, type, ttl, data, 0, size),
  });
  if (problems.length > 0) throw new Error(JSON.stringify(problems[0]));
  const zones = new ZoneSet();
  zones.set(new AuthoritativeZone(atOnce(builder.build())));
  return new Responder(zones);
}

const spread = (index: number): number => (index * 7_919) % NAMES;
const SHAPES: ReadonlyArray<{ readonly name: string; readonly of: (index: number) => Uint8Array }> = [
  { name: "A, no EDNS", of: (index) => query(`host${spread(index)}.example.test.`, RecordType.A, []) },
  { name: "A, EDNS", of: (index) => query(`host${spread(index)}.example.test.`, RecordType.A, [OPT]) },
  { name: "A, EDNS and a cookie", of: (index) => query(`host${spread(index)}.example.test.`, RecordType.A, [COOKIE]) },
  { name: "CNAME chain", of: (index) => query(`alias${spread(index)}.example.test.`, RecordType.A, [OPT]) },
  { name: "no such name", of: (index) => query(`none${index}.example.test.`, RecordType.A, [OPT]) },
  { name: "wildcard", of: (index) => query(`h${index}.wild.example.test.`, RecordType.A, [OPT]) },
  { name: "referral", of: (index) => query(`h${index}.sub.example.test.`, RecordType.A, [OPT]) },
];

const responder = createResponder();
const out = new Uint8Array(65_536);
for (const { name, of } of SHAPES) {
  const packets = Array.from({ length: QUERIES }, (_, index) => of(index));
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.cpuUsage();
    for (let index = 0; index < PER_ROUND; index++) {
      const packet = packets[index & (QUERIES - 1)]!;
      if (responder.respond(packet, 0, packet.length, out, 0, 1_232, UDP) === 0) throw new Error("no answer");
    }
    // Processor time: the machine may have other work. The garbage collector and the compiler are part of it.
    const { user, system } = process.cpuUsage(start);
    times.push(((user + system) * 1_000) / PER_ROUND);
  }
  times.sort((a, b) => a - b);
  console.log(`${name.padEnd(24)} ${times[ROUNDS >> 1]!.toFixed(0)} ns (fastest round ${times[0]!.toFixed(0)})`);
}
