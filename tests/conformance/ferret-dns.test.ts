/**
 * Ferret's cases for authoritative servers (dns-groot/FerretDataset, MIT): a zone, a query, and what real servers
 * answered. Read from `../shared/vectors` where that is present.
 */
import { atOnce } from "../../src/time/slices.ts";
import { describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AuthoritativeZone } from "../../src/dns/authority/authoritative-zone.ts";
import { Responder } from "../../src/dns/authority/responder.ts";
import { ZoneSet } from "../../src/dns/authority/zone-set.ts";
import { type DnsMessage, type DnsRecord, readMessage, writeMessage } from "../../src/dns/wire/message.ts";
import { formatName, lowerName, parseName } from "../../src/dns/wire/name.ts";
import { formatRdata } from "../../src/dns/wire/rdata-text.ts";
import { Flag, responseCodeName, typeName, typeNumber } from "../../src/dns/wire/record-type.ts";
import { ZoneBuilder } from "../../src/dns/zone/zone-builder.ts";
import { readZoneFile } from "../../src/dns/zone/read-zone-file-for-tests.ts";

const ARCHIVE = join(import.meta.dir, "../../../shared/vectors/ferret-dns.tar.gz");
const CASES = 12_673;
/** Cases in which one of the recorded servers agrees with us; the others are those in which all of them are wrong. */
const WANTED = 12_628;

interface FerretCase {
  readonly Query: { readonly Name: string; readonly Type: string };
  readonly "Expected Response": ReadonlyArray<{ readonly Response: readonly string[] | string }>;
}

function name(text: string): Uint8Array {
  const parsed = parseName(text);
  if (typeof parsed === "string") throw new Error(`${text} ${parsed}`);
  return parsed;
}

/** The zone's answers, or null when it cannot be loaded. */
function load(text: string): Responder | null {
  const lines = text
    .trim()
    .split("\n")
    .map((line) => line.trim());
  const origin = lowerName(name(lines.find((line) => / SOA\s/.test(line))!.split(/\s/)[0]!));
  const builder = new ZoneBuilder(origin);
  const problems = readZoneFile(Buffer.from(`${lines.join("\n")}\n`), {
    file: "ferret",
    origin,
    sink: (owner, length, type, ttl, data, size) => builder.add(owner, length, type, ttl, data, 0, size),
  });
  if (problems.length > 0) return null;
  const zones = new ZoneSet();
  zones.set(new AuthoritativeZone(atOnce(builder.build())));
  return new Responder(zones);
}

const OUT = new Uint8Array(65_535);
const CLIENT = { address: "192.0.2.1", port: 5353, transport: "tcp" } as const;

function ask(responder: Responder, query: FerretCase["Query"]): DnsMessage {
  const question = { name: name(query.Name), type: typeNumber(query.Type)!, class: 1 };
  const packet = writeMessage({ id: 1, flags: 0, questions: [question] });
  return readMessage(OUT.slice(0, responder.respond(packet, 0, packet.length, OUT, 0, OUT.length, CLIENT)));
}

/** As Ferret writes records, without the TTL. */
function words(record: DnsRecord): string {
  return `${formatName(record.name)} ${typeName(record.type)} ${formatRdata(record.type, record.data)}`.toLowerCase();
}

function expectedWords(lines: readonly string[], from: string, to: string | null): string[] {
  const end = to === null ? lines.length : lines.indexOf(to);
  return lines.slice(lines.indexOf(from) + 1, end).map((line) => {
    const [owner, , , type, ...data] = line.split(" ");
    const text = type === "AAAA" ? expandedIpv6(data.join(" ")) : data.join(" ");
    return `${owner} ${type} ${text}`.toLowerCase();
  });
}

/** Ferret writes addresses in their short form already, but not always in RFC 5952's. */
function expandedIpv6(text: string): string {
  return new URL(`http://[${text}]/`).hostname.slice(1, -1);
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.toSorted().join("\n") === b.toSorted().join("\n");
}

/** One of the recorded servers answered like us: code, AA and answer; for an empty answer the authority section too. */
function agrees(answer: DnsMessage, one: FerretCase): boolean {
  return one["Expected Response"].some(({ Response: lines }) => {
    if (typeof lines === "string") return false;
    const code = lines.find((line) => line.startsWith("rcode"))!.slice("rcode ".length);
    const authoritative = / AA/.test(lines.find((line) => line.startsWith("flags"))!);
    if (responseCodeName(answer.flags & 15) !== code || ((answer.flags & Flag.AA) !== 0) !== authoritative)
      return false;
    const answers = expectedWords(lines, ";ANSWER", ";AUTHORITY");
    if (!same(answer.answers.map(words), answers)) return false;
    return answers.length > 0 || same(answer.authority.map(words), expectedWords(lines, ";AUTHORITY", ";ADDITIONAL"));
  });
}

if (!existsSync(ARCHIVE)) console.warn(`SKIPPED: the Ferret data set is not at ${ARCHIVE}`);

describe.skipIf(!existsSync(ARCHIVE))("Ferret", () => {
  test("answers as the servers did, but where all of them are wrong", () => {
    const folder = mkdtempSync(join(tmpdir(), "roundtrip-ferret-"));
    try {
      const done = Bun.spawnSync(["tar", "xzf", ARCHIVE, "-C", folder]);
      expect(done.exitCode).toBe(0);
      const root = join(folder, "ValidZoneFileTests");
      let cases = 0;
      const missed: string[] = [];
      for (const file of readdirSync(join(root, "ZoneFiles"))) {
        const responder = load(readFileSync(join(root, "ZoneFiles", file), "utf8"));
        const expected = join(root, "ExpectedResponses", file.replace(".txt", ".json"));
        for (const one of JSON.parse(readFileSync(expected, "utf8")) as FerretCase[]) {
          cases++;
          if (responder === null || !agrees(ask(responder, one.Query), one)) {
            missed.push(`${file} ${one.Query.Name} ${one.Query.Type}`);
          }
        }
      }
      expect(cases).toBe(CASES);
      if (cases - missed.length < WANTED) console.error(missed.slice(0, 40).join("\n"));
      expect(cases - missed.length).toBeGreaterThanOrEqual(WANTED);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 60_000);
});
