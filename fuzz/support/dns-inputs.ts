/** What the DNS fuzzer begins with. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { writeMessage } from "../../src/dns/wire/message.ts";
import type { ZoneData } from "../../src/dns/zone/zone-data.ts";
import { packetOf, questionsFor } from "../../tests/conformance/support/dns-questions.ts";
import { readZone, wireName, type ZoneText, zoneText } from "../../tests/support/dns-zones.ts";
import { signed, transferAnswers } from "./check-dns-transfer.ts";
import { Random } from "./random.ts";

export const DNS_INPUTS = ["packet", "zone file", "record", "transfer"] as const;
export const PACKET = 0;
export const ZONE_FILE = 1;
export const RECORD = 2;
export const TRANSFER = 3;

/** When signatures are made; `check-dns-packet.ts` begins its clock then. */
export const NOW = 1_800_000_000_000;
const CORPUS = join(import.meta.dir, "../corpus/dns");
/** Packets of each zone to begin with: mutations reach the others. */
const PER_ZONE = 60;
/** Lines of a zone file at a time. */
const LINES = 12;

/** The zones that packets are answered from, two of them signed by ldns; one more is signed as it is asked. */
export function dnsZones(): ZoneText[] {
  const signed = { apex: "signed.test.", text: readFileSync(join(CORPUS, "signed.zone"), "utf8") };
  const hashed = { apex: "signed3.test.", text: readFileSync(join(CORPUS, "signed3.zone"), "utf8") };
  return [zoneText("example.test"), zoneText("child.example.test"), signed, hashed];
}

const bytes = (hex: string): Buffer => Buffer.from(hex, "hex");

/** Inputs of every kind, by `DNS_INPUTS`. */
export function dnsSeeds(): Buffer[][] {
  return [packets(), zoneFiles(), records(), transferAnswers()];
}

function packets(): Buffer[] {
  const random = new Random(1);
  const plain = [...dnsZones(), zoneText("signed.test", "online.test.")]
    .map(readZone)
    .flatMap((zone) => somePackets(zone, random));
  const question = { name: wireName("www.example.test."), type: 1, class: 1 };
  const soa = {
    name: wireName("example.test."),
    type: 6,
    class: 1,
    ttl: 0,
    data: bytes("00000000000100000001000000010000000100000001"),
  };
  const tsig = {
    name: wireName("key."),
    type: 250,
    class: 255,
    ttl: 0,
    data: Buffer.concat([wireName("hmac-sha256."), bytes("000065000000012c000401020304123400000000")]),
  };
  const others = [
    // AXFR, IXFR, NOTIFY, UPDATE, a signed query, class CH, a cookie without a question.
    { questions: [{ ...question, type: 252 }] },
    { questions: [{ ...question, type: 251 }], authority: [soa] },
    { flags: 4 << 11, questions: [{ ...question, type: 6 }], answers: [soa] },
    { flags: 5 << 11, questions: [{ ...question, type: 6 }], authority: [{ ...soa, class: 254 }] },
    { questions: [question], additional: [tsig] },
    { questions: [{ name: wireName("version.bind."), type: 16, class: 3 }] },
    { additional: [{ name: wireName("."), type: 41, class: 1_232, ttl: 0, data: bytes("000a00080102030405060708") }] },
    {
      questions: [question],
      additional: [
        {
          name: wireName("."),
          type: 41,
          class: 4_096,
          ttl: 0x8000,
          data: bytes("000300000008000700011800c00002000b0000000c000400000000"),
        },
      ],
    },
  ].map((message) => Buffer.from(writeMessage({ id: 1, flags: 0, ...message })));
  return [...plain, ...others, ...others.slice(0, 3).map((packet) => signed(packet, NOW)), signed(plain[0]!, NOW)];
}

function somePackets(zone: ZoneData, random: Random): Buffer[] {
  const questions = questionsFor(zone, random);
  return Array.from({ length: PER_ZONE }, () => Buffer.from(packetOf(random.pick(questions))));
}

function zoneFiles(): Buffer[] {
  const files = readdirSync(CORPUS).filter((file) => file === "types.zone");
  const texts = [...files.map((file) => readFileSync(join(CORPUS, file), "utf8")), zoneText("example.test").text];
  const head = "$TTL 60\n@ SOA a b 1 2 3 4 5\n NS a\n";
  const pieces = texts.flatMap((text) => {
    const lines = text.split("\n");
    return Array.from({ length: Math.ceil(lines.length / LINES) }, (_, part) =>
      lines.slice(part * LINES, (part + 1) * LINES).join("\n"),
    );
  });
  return [...texts.slice(0, 1), ...pieces.map((piece) => head + piece)].map((text) => Buffer.from(text));
}

/** Type and data of every record of the zones. */
function records(): Buffer[] {
  return [...dnsZones(), { apex: "t.", text: withoutInclude() }].flatMap((text) => recordsOf(readZone(text)));
}

function withoutInclude(): string {
  return readFileSync(join(CORPUS, "types.zone"), "utf8").replace(/^\$INCLUDE.*$/m, "");
}

function recordsOf(zone: ZoneData): Buffer[] {
  const found: Buffer[] = [];
  for (let set = 0; set < zone.setType.length; set++) {
    const type = zone.setType[set]!;
    const record = zone.recordStart[set]!;
    found.push(Buffer.concat([Uint8Array.of(type >> 8, type & 0xff), zone.recordData(record)]));
  }
  return found;
}

/** Words of each kind's grammar. */
export const DNS_WORDS: readonly (readonly Buffer[])[] = [
  [
    "c00c",
    "c000",
    "c0ff",
    "ffff",
    "00",
    "0000",
    "0001",
    "00ff",
    "3f",
    "40",
    "80",
    "0a",
    "8000",
    "2800",
    "2000",
    "0100",
    "00010000000000",
    "00010000000001",
    "00000000000001",
    "0000290000000000000000",
    "0000291000000080000000",
    "0000290200000000000c000a00080102030405060708",
    "0008000700011800c00002",
    "000b0000",
    "000c0001ff",
    "00030000",
    "000a00100102030405060708",
    "0000fa00ff00000000",
    "000fffff",
    "00ff0001",
    "00fc0001",
    "00fb0001",
    "00060001",
    "012a",
    "04776f726b",
    "076578616d706c65047465737400",
    "03777777c00c",
    "3f".padEnd(128, "61"),
  ].map(bytes),
  [
    "\n",
    "\r\n",
    " ",
    "\t",
    "(",
    ")",
    ";",
    '"',
    "\\",
    "\\000",
    "\\255",
    "\\256",
    "\\#",
    "\\# 0",
    "\\# 1 0",
    "@",
    "*",
    ".",
    "..",
    "$ORIGIN ",
    "$TTL ",
    "$INCLUDE x\n",
    "$GENERATE 0-9 ",
    "$GENERATE 1-4294967295/1 a$ A 1.1.1.1\n",
    "${0,3,x}",
    "$$",
    "IN ",
    "CH ",
    "SOA ",
    "NS a\n",
    "A 1.2.3.4\n",
    "AAAA ::\n",
    "CNAME @\n",
    "DNAME @\n",
    "MX 1 .\n",
    "TXT ",
    "HTTPS 1 . ",
    "mandatory=",
    "alpn=\\,",
    "TYPE1 ",
    "TYPE65535 ",
    "CLASS1 ",
    "1w1d",
    "4294967295 ",
    "2147483648 ",
    "-1 ",
    "0 ",
    "a.b.c.d.e ",
    "\u{feff}",
    "\u00e9",
  ].map((word) => Buffer.from(word)),
  [
    "00",
    "ff",
    "0000",
    "c00c",
    "3f",
    "40",
    "0001",
    "ffff",
    "0006",
    "0020",
    "00".repeat(32),
    "ff".repeat(32),
    "0161",
  ].map(bytes),
  [
    "c00c",
    "c000",
    "00",
    "0006",
    "0001",
    "00010000000000",
    "000100000258000403030303",
    "ffff",
    "00fa",
    "8400",
    "0000000700000e100000025800015180",
  ].map(bytes),
];
