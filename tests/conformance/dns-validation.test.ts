/**
 * More than a thousand questions to Unbound about each of several signed zones that we serve: it must find every answer and every denial of ours
 * secure, and say what we say. Signed by us ahead of time and online, and by ldns with NSEC3.
 */
import { atOnce } from "../../src/time/slices.ts";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Random } from "../../fuzz/support/random.ts";
import { AuthoritativeZone } from "../../src/dns/authority/authoritative-zone.ts";
import { OnlineSecurity } from "../../src/dns/authority/online-security.ts";
import { signZone, addKeys } from "../../src/dns/dnssec/sign-zone.ts";
import { generateKey } from "../../src/dns/dnssec/signing-key.ts";
import { allKeys } from "../../src/dns/dnssec/dnssec-for-tests.ts";
import { formatRdata } from "../../src/dns/wire/rdata-text.ts";
import { RecordType } from "../../src/dns/wire/record-type.ts";
import { APEX } from "../../src/dns/zone/name-table.ts";
import type { ZoneData } from "../../src/dns/zone/zone-data.ts";
import { startTestDns, type TestDnsServer } from "../e2e/support/dns-server.ts";
import { program } from "../e2e/support/program.ts";
import { UdpAsker } from "../support/dns-client.ts";
import { type NameServer, startUnbound } from "../support/dns-peers.ts";
import { LDNS, signWithLdns } from "../support/dns-sign.ts";
import { readZone, zoneText } from "../support/dns-zones.ts";
import { hasFlag, readAnswer } from "./support/dns-difference.ts";
import { describeQuestion, packetOf, type Question, questionsFor } from "./support/dns-questions.ts";

const SEED = 2;
const AT_ONCE = 40;
const LEAST_QUESTIONS = 1_200;
const SHOWN = 10;

const unboundProgram = program("unbound");
const canRun = [unboundProgram, ...LDNS.map(program)].every((path) => path !== null);

const ECDSA = 13;
const ED25519 = 15;

function signedByUs(apex: string, algorithm: typeof ECDSA | typeof ED25519): AuthoritativeZone {
  const now = Math.floor(Date.now() / 1_000);
  const keys = allKeys([generateKey(algorithm, "ksk"), generateKey(algorithm, "zsk")]);
  return new AuthoritativeZone(atOnce(signZone(readZone(zoneText("signed.test", apex)), keys, { now })));
}

function signedOnline(apex: string): AuthoritativeZone {
  const keys = allKeys([generateKey(ECDSA, "csk")]);
  const data = atOnce(addKeys(readZone(zoneText("signed.test", apex)), keys));
  return new AuthoritativeZone(data, new OnlineSecurity(data, keys));
}

function signedByLdns(apex: string, nsec3: "full" | "opt-out"): AuthoritativeZone {
  return new AuthoritativeZone(readZone(signWithLdns(zoneText("signed.test", apex), { nsec3 })));
}

/** The keys that a validator is to trust: those that sign keys. */
function anchorsOf(apex: string, data: ZoneData): string[] {
  const set = data.findSet(APEX, RecordType.DNSKEY);
  const records = Array.from({ length: data.recordStart[set + 1]! - data.recordStart[set]! }, (_, index) =>
    formatRdata(RecordType.DNSKEY, data.recordData(data.recordStart[set]! + index)),
  );
  return records.filter((record) => record.startsWith("257 ")).map((record) => `${apex} IN DNSKEY ${record}`);
}

/**
 * What a resolver can find out here: not what lies outside or below the zone's cuts, where no server is, nor types whose
 * answers are for servers only.
 */
function isAnswerable({ name, type }: Question): boolean {
  if (["ANY", "RRSIG", "NSEC3"].includes(type) || /outside|moved-out/i.test(name)) return false;
  // Unbound takes an asterisk in front for the wildcard itself, and follows aliases even to find what stands beside them.
  if (name.startsWith("*.") || (["CNAME", "DNAME", "NSEC"].includes(type) && /\.(moved|dead)\./i.test(name)))
    return false;
  // The DS of an apex is above it, where there is no server.
  if (type === "DS" && /^[^.]+\.test\.$/i.test(name)) return false;
  return !/(^|\.)(cut0?|secure0?|x\.deep|to-cut)\./i.test(name);
}

const KINDS = [
  { apex: "ecdsa.test.", make: () => signedByUs("ecdsa.test.", ECDSA), optOut: false },
  { apex: "ed25519.test.", make: () => signedByUs("ed25519.test.", ED25519), optOut: false },
  { apex: "online.test.", make: () => signedOnline("online.test."), optOut: false },
  { apex: "nsec3.test.", make: () => signedByLdns("nsec3.test.", "full"), optOut: false },
  { apex: "optout.test.", make: () => signedByLdns("optout.test.", "opt-out"), optOut: true },
];

describe.skipIf(!canRun)("Unbound finds secure what we say of a zone", () => {
  let dns: TestDnsServer;
  let unbound: NameServer;
  let zones: AuthoritativeZone[];

  beforeAll(async () => {
    zones = KINDS.map(({ make }) => make());
    dns = await startTestDns(zones);
    const stubs = KINDS.map(({ apex }, index) => ({
      apex,
      port: dns.port,
      anchors: anchorsOf(apex, zones[index]!.data),
    }));
    unbound = await startUnbound(unboundProgram!, stubs);
  });
  afterAll(async () => {
    await unbound?.stop();
    await dns?.stop();
  });

  test.each(KINDS)(
    "$apex",
    async ({ apex, optOut }) => {
      const zone = zones[KINDS.findIndex((kind) => kind.apex === apex)]!;
      const questions = questionsFor(zone.data, new Random(SEED))
        .filter((question) => question.name.toLowerCase().endsWith(apex) && isAnswerable(question))
        .map((question) => ({ ...question, size: 4_096, dnssecOk: true, flags: 0x0120 }));
      expect(questions.length).toBeGreaterThan(LEAST_QUESTIONS);
      const [resolver, server] = [new UdpAsker(unbound.port), new UdpAsker(dns.port)];
      const unlike: string[] = [];
      try {
        for (let at = 0; at < questions.length; at += AT_ONCE) {
          await Promise.all(
            questions.slice(at, at + AT_ONCE).map(async (question) => {
              const packet = packetOf(question);
              const theirs = readAnswer(await resolver.ask(packet));
              const ours = readAnswer(await server.ask(packetOf(question)));
              const secure = hasFlag(theirs, "AD") || optOut;
              if (secure && theirs.code === ours.code) return;
              unlike.push(
                `${describeQuestion(question)}: we ${ours.code}, Unbound ${theirs.code}${secure ? "" : ", not secure"}`,
              );
            }),
          );
        }
      } finally {
        resolver.close();
        server.close();
      }
      expect(unlike.slice(0, SHOWN).join("\n")).toBe("");
    },
    120_000,
  );
});
