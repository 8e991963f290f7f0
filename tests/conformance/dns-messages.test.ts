/**
 * Queries that no resolver sends: what we make of each, and where NSD and Knot make something else of it. Each line says
 * which rule is ours.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { AuthoritativeZone } from "../../src/dns/authority/authoritative-zone.ts";
import { Responder } from "../../src/dns/authority/responder.ts";
import { ZoneSet } from "../../src/dns/authority/zone-set.ts";
import { type DnsMessage, type DnsRecord, writeMessage } from "../../src/dns/wire/message.ts";
import { program } from "../e2e/support/program.ts";
import { UdpAsker } from "../support/dns-client.ts";
import { type NameServer, startKnot, startNsd } from "../support/dns-peers.ts";
import { readZone, wireName, zoneText } from "../support/dns-zones.ts";
import { readAnswer } from "./support/dns-difference.ts";

/** Long enough for an answer on this machine, short enough for a dozen that never come. */
const TIMEOUT = 400;

interface Case {
  readonly what: string;
  readonly packet: Uint8Array;
  /** Response code and number of answers, or "nothing". */
  readonly ours: string;
  /** What others make of it, where that is not the same. */
  readonly nsd?: string;
  readonly knot?: string;
  readonly why?: string;
}

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, "hex"));
}

function query(parts: Partial<DnsMessage> = {}): Uint8Array {
  return writeMessage({ id: 0, flags: 0, questions: [www()], ...parts });
}

function www(type = 1, kind = 1): DnsMessage["questions"][number] {
  return { name: wireName("www.example.test."), type, class: kind };
}

function apex(type: number): Partial<DnsMessage> {
  return { questions: [{ name: wireName("example.test."), type, class: 1 }] };
}

function opt(parts: Partial<DnsRecord> = {}): DnsRecord {
  return { name: Uint8Array.of(0), type: 41, class: 1_232, ttl: 0, data: new Uint8Array(0), ...parts };
}

function option(hex: string): Partial<DnsMessage> {
  return { additional: [opt({ data: bytes(hex) })] };
}

const A: DnsRecord = { ...www(), ttl: 1, data: bytes("01020304") };
/** A header that counts one question. */
const HEAD = "000000000001000000000000";
const GOOD = "NOERROR 3";
const BAD = "FORMERR 0";

const CASES: readonly Case[] = [
  { what: "an ordinary query", packet: query(), ours: GOOD },
  // ---- header
  { what: "less than a header", packet: bytes("0000000000010000000000"), ours: "nothing" },
  { what: "an answer (QR)", packet: query({ flags: 0x8000 }), ours: "nothing" },
  { what: "AA, TC, RA, Z and AD set", packet: query({ flags: 0x06e0 }), ours: GOOD },
  {
    what: "a response code",
    packet: query({ flags: 5 }),
    ours: GOOD,
    nsd: BAD,
    why: "RFC 1035 §4.1.1: RCODE is set in answers; what stands there in a query says nothing",
  },
  { what: "opcode IQUERY", packet: query({ flags: 1 << 11 }), ours: "NOTIMP 0" },
  { what: "opcode STATUS", packet: query({ flags: 2 << 11 }), ours: "NOTIMP 0" },
  { what: "opcode 9", packet: query({ flags: 9 << 11 }), ours: "NOTIMP 0" },
  {
    what: "NOTIFY where no zone is a secondary",
    packet: query({ flags: 4 << 11, ...apex(6) }),
    ours: "NOTIMP 0",
    nsd: "REFUSED 0",
    knot: "NOTAUTH 0",
    why: "without transfers there is no such service",
  },
  {
    what: "UPDATE",
    packet: query({ flags: 5 << 11, ...apex(6) }),
    ours: "NOTIMP 0",
    knot: "NOTAUTH 0",
    why: "there is no such service",
  },
  // ---- question
  { what: "no question", packet: query({ questions: [] }), ours: BAD },
  { what: "two questions (RFC 9619)", packet: query({ questions: [www(), www()] }), ours: BAD, knot: "nothing" },
  { what: "a question that is not there", packet: bytes(HEAD), ours: BAD, knot: "nothing" },
  { what: "a question that is cut off", packet: bytes(`${HEAD}0377777700`), ours: BAD, knot: "nothing" },
  { what: "a pointer in the question", packet: bytes(`${HEAD}c00c00010001`), ours: BAD, knot: "nothing" },
  {
    what: "a label of 64 bytes",
    packet: bytes(`${HEAD}40${"61".repeat(64)}0000010001`),
    ours: BAD,
    knot: "nothing",
  },
  {
    what: "a name of 257 bytes",
    packet: bytes(`${HEAD}${`3f${"61".repeat(63)}`.repeat(4)}0000010001`),
    ours: BAD,
    knot: "nothing",
  },
  { what: "class CHAOS", packet: query({ questions: [www(1, 3)] }), ours: "REFUSED 0" },
  { what: "class 7", packet: query({ questions: [www(1, 7)] }), ours: "REFUSED 0" },
  {
    what: "class ANY",
    packet: query({ questions: [www(1, 255)] }),
    ours: "REFUSED 0",
    nsd: GOOD,
    knot: GOOD,
    why: "RFC 1035 §3.2.5: nobody asks for every class; the answer could not be authoritative",
  },
  {
    what: "type 0",
    packet: query({ questions: [www(0)] }),
    ours: "NOERROR 0",
    knot: "NOTIMP 0",
    why: "a type like another that is not there",
  },
  { what: "type OPT", packet: query({ questions: [www(41)] }), ours: "NOERROR 0" },
  { what: "type MAILB", packet: query(apex(253)), ours: "NOERROR 0" },
  {
    what: "type NXNAME",
    packet: query(apex(128)),
    ours: BAD,
    nsd: "NOERROR 0",
    knot: "NOERROR 0",
    why: "RFC 9824 §3.5: it stands in bitmaps only",
  },
  {
    what: "AXFR over UDP from somebody",
    packet: query(apex(252)),
    ours: "REFUSED 0",
    nsd: "NOTIMP 0",
    knot: "NOTIMP 0",
    why: "RFC 5936 §4.2 leaves it open; nobody may have the zone",
  },
  {
    what: "IXFR without its SOA, from somebody",
    packet: query(apex(251)),
    ours: "REFUSED 0",
    knot: "NOTAUTH 0",
    why: "nobody may have the zone",
  },
  {
    what: "a name of no zone here",
    packet: query({ questions: [{ ...www(), name: Uint8Array.of(0) }] }),
    ours: "REFUSED 0",
  },
  // ---- records
  {
    what: "an answer section",
    packet: query({ answers: [A] }),
    ours: GOOD,
    nsd: BAD,
    why: "RFC 1995 and 2136 have records in queries; those that mean nothing are passed over",
  },
  { what: "an authority section", packet: query({ authority: [A] }), ours: GOOD, nsd: BAD, why: "as above" },
  { what: "an additional record", packet: query({ additional: [A] }), ours: GOOD, nsd: BAD, why: "as above" },
  {
    what: "records that are counted and not there",
    packet: bytes("00000000000100010000000003777777076578616d706c6504746573740000010001"),
    ours: BAD,
  },
  // ---- EDNS
  { what: "EDNS version 1", packet: query({ additional: [opt({ ttl: 0x10000 })] }), ours: "BADVERS 0" },
  { what: "EDNS with a size of 0", packet: query({ additional: [opt({ class: 0 })] }), ours: GOOD },
  { what: "EDNS flags without a meaning", packet: query({ additional: [opt({ ttl: 0x7fff })] }), ours: GOOD },
  { what: "an extended response code", packet: query({ additional: [opt({ ttl: 0xff000000 })] }), ours: GOOD },
  { what: "two OPT", packet: query({ additional: [opt(), opt()] }), ours: BAD },
  {
    what: "an OPT with a name",
    packet: query({ additional: [opt({ name: wireName("a.") })] }),
    ours: BAD,
    knot: GOOD,
    why: "RFC 6891 §6.1.2: its owner is the root",
  },
  {
    what: "an OPT among the answers",
    packet: query({ answers: [opt()] }),
    ours: GOOD,
    nsd: BAD,
    knot: BAD,
    why: "RFC 6891 §6.1.1: OPT is one in the additional section; others are records that mean nothing",
  },
  { what: "an unknown option", packet: query(option("fde80001ff")), ours: GOOD },
  { what: "an option that is cut off", packet: query(option("000a0008")), ours: BAD },
  {
    what: "a cookie of 7 bytes",
    packet: query(option("000a000701020304050607")),
    ours: BAD,
    nsd: GOOD,
    knot: GOOD,
    why: "RFC 7873 §5.2.2: FORMERR; the others have no cookies here",
  },
  {
    what: "a client subnet with bits beyond its prefix",
    packet: query(option("0008000700011900c00002")),
    ours: BAD,
    nsd: GOOD,
    knot: GOOD,
    why: "RFC 7871 §7.1.2: FORMERR; the others do not read it",
  },
];

const OUT = new Uint8Array(65_535);

function summary(answer: Uint8Array | null): string {
  if (answer === null) return "nothing";
  const { code, message } = readAnswer(answer);
  return `${code} ${message.answers.length}`;
}

test.each(CASES)("$what: $ours", ({ packet, ours }) => {
  const zones = new ZoneSet();
  zones.set(new AuthoritativeZone(readZone(zoneText("example.test"))));
  const client = { address: "192.0.2.1", port: 5_353, transport: "udp" } as const;
  const length = new Responder(zones).respond(packet, 0, packet.length, OUT, 0, 1_232, client);
  expect(summary(length > 0 ? OUT.slice(0, length) : null)).toBe(ours);
});

const PEERS = [
  { name: "nsd", path: program("nsd"), start: startNsd },
  { name: "knot", path: program("knotd"), start: startKnot },
] as const;

for (const { name, path, start } of PEERS) {
  describe.skipIf(path === null)(name, () => {
    let server: NameServer;

    beforeAll(async () => {
      server = await start(path!, { zones: [zoneText("example.test")] });
    });
    afterAll(() => server?.stop());

    test("makes the same of it, but for what is explained", async () => {
      const asker = new UdpAsker(server.port);
      try {
        const got = await Promise.all(
          CASES.map(async (one) => {
            const silent = (one[name] ?? one.ours) === "nothing";
            const answer = await asker.ask(one.packet.slice(), silent ? TIMEOUT : 5_000).catch(() => null);
            return `${one.what}: ${summary(answer)}`;
          }),
        );
        expect(got).toEqual(CASES.map((one) => `${one.what}: ${one[name] ?? one.ours}`));
      } finally {
        asker.close();
      }
    });
  });
}
