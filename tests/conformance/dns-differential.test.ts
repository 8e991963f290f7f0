/**
 * Thousands of questions to NSD and to Knot, and to us: the answers must be equal but for what the tables in
 * support/dns-explanations.ts say, each entry with the RFC that allows it. The zones are those in zones/, one of them
 * signed by ldns three times (NSEC, NSEC3, opt-out), and by us.
 */
import { atOnce } from "../../src/time/slices.ts";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Random } from "../../fuzz/support/random.ts";
import { Responder } from "../../src/dns/authority/responder.ts";
import { AuthoritativeZone } from "../../src/dns/authority/authoritative-zone.ts";
import { ZoneSet } from "../../src/dns/authority/zone-set.ts";
import { signZone } from "../../src/dns/dnssec/sign-zone.ts";
import { generateKey } from "../../src/dns/dnssec/signing-key.ts";
import { allKeys } from "../../src/dns/dnssec/dnssec-for-tests.ts";
import type { ZoneData } from "../../src/dns/zone/zone-data.ts";
import { writeZoneFile } from "../../src/dns/zone/zone-text.ts";
import { startTestDns } from "../e2e/support/dns-server.ts";
import { program } from "../e2e/support/program.ts";
import { askOverTcp, UdpAsker } from "../support/dns-client.ts";
import { type NameServer, startKnot, startNsd } from "../support/dns-peers.ts";
import { LDNS, signWithLdns } from "../support/dns-sign.ts";
import { readZone, type ZoneText, zoneText } from "../support/dns-zones.ts";
import { type Answer, describeDifference, differingParts, readAnswer } from "./support/dns-difference.ts";
import { type Explanation, KNOT, NSD, unexplained } from "./support/dns-explanations.ts";
import { describeQuestion, packetOf, type Question, questionsFor } from "./support/dns-questions.ts";

const PEERS = [
  { name: "nsd", path: program("nsd"), start: startNsd, explanations: NSD },
  { name: "knotd", path: program("knotd"), start: startKnot, explanations: KNOT },
] as const;
const SEED = 1;
const LEAST_QUESTIONS = 15_000;
const SHOWN = 10;
/** In flight to the other server over UDP. */
const AT_ONCE = 50;
const LONGEST = 65_535;

const canSign = LDNS.map(program).every((path) => path !== null);

const OUT = new Uint8Array(65_536);

/** Our answer, as over `transport` or without a limit. */
function bytesOf(responder: Responder, question: Question, transport: "udp" | "tcp"): Uint8Array {
  const packet = packetOf(question);
  const client = { address: "127.0.0.1", port: 5_353, transport };
  const length = responder.respond(packet, 0, packet.length, OUT, 0, LONGEST, client);
  if (length <= 0) throw new Error(`no answer to ${describeQuestion(question)}`);
  return OUT.slice(0, length);
}

function ask(responder: Responder, question: Question, transport: "udp" | "tcp"): Answer {
  return readAnswer(bytesOf(responder, question, transport));
}

function signedByUs(apex: string): ZoneText {
  const keys = allKeys([generateKey(13, "ksk"), generateKey(13, "zsk")]);
  const now = Math.floor(Date.now() / 1_000);
  return { apex, text: writeZoneFile(atOnce(signZone(readZone(zoneText("signed.test", apex)), keys, { now }))) };
}

async function askPeer(
  server: { readonly port: number },
  questions: readonly Question[],
): Promise<Map<Question, Uint8Array>> {
  const answers = new Map<Question, Uint8Array>();
  const overTcp = questions.filter(({ transport }) => transport === "tcp");
  const replies = await askOverTcp(server.port, overTcp.map(packetOf), 20_000);
  for (const [index, question] of overTcp.entries()) answers.set(question, replies[index]!);
  const overUdp = questions.filter(({ transport }) => transport === "udp");
  const udp = new UdpAsker(server.port);
  try {
    for (let at = 0; at < overUdp.length; at += AT_ONCE) {
      const some = overUdp.slice(at, at + AT_ONCE);
      const got = await Promise.all(some.map((question) => udp.ask(packetOf(question))));
      for (const [index, question] of some.entries()) answers.set(question, got[index]!);
    }
  } finally {
    udp.close();
  }
  return answers;
}

describe.skipIf(!canSign)("the same answers as", () => {
  let texts: ZoneText[];
  let zones: ZoneData[];
  let responder: Responder;

  beforeAll(() => {
    texts = [
      zoneText("example.test"),
      zoneText("child.example.test"),
      signWithLdns(zoneText("signed.test")),
      signWithLdns(zoneText("signed.test", "signed3.test."), { nsec3: "full" }),
      signWithLdns(zoneText("signed.test", "optout.test."), { nsec3: "opt-out" }),
      signedByUs("own.test."),
    ];
    zones = texts.map(readZone);
    const set = new ZoneSet();
    for (const zone of zones) set.set(new AuthoritativeZone(zone));
    responder = new Responder(set);
  });

  test("ourselves over the network, byte for byte", async () => {
    const dns = await startTestDns(zones.map((zone) => new AuthoritativeZone(zone)));
    try {
      for (const zone of zones) {
        for (const [question, reply] of await askPeer(dns, questionsFor(zone, new Random(SEED)))) {
          const ours = bytesOf(responder, question, question.transport);
          // All but the id.
          if (Buffer.compare(ours.subarray(2), reply.subarray(2)) === 0) continue;
          expect(`${describeQuestion(question)}: ${Buffer.from(reply).toString("hex")}`).toBe(
            Buffer.from(ours).toString("hex"),
          );
        }
      }
    } finally {
      await dns.stop();
    }
  }, 60_000);

  for (const { name, path, start, explanations } of PEERS) {
    describe.skipIf(path === null)(name, () => {
      let server: NameServer;

      beforeAll(async () => {
        server = await start(path!, { zones: texts });
      });
      afterAll(() => server.stop());

      test("but for what is explained", async () => {
        const used = new Set<Explanation>();
        const unlike: string[] = [];
        let asked = 0;
        for (const zone of zones) {
          for (const [question, reply] of await askPeer(server, questionsFor(zone, new Random(SEED)))) {
            asked++;
            const ours = ask(responder, question, question.transport);
            const theirs = readAnswer(reply);
            const parts = differingParts(ours, theirs);
            if (parts.length === 0) continue;
            const full = ask(responder, question, "tcp");
            const { left, used: needed } = unexplained(explanations, parts, question, ours, theirs, full);
            for (const explanation of needed) used.add(explanation);
            if (left.length > 0)
              unlike.push(`${describeQuestion(question)}\n${describeDifference(left, ours, theirs)}`);
          }
        }
        expect(asked).toBeGreaterThan(LEAST_QUESTIONS);
        expect(unlike.slice(0, SHOWN).join("\n")).toBe("");
        expect(explanations.filter((explanation) => !used.has(explanation)).map(({ why }) => why)).toEqual([]);
      }, 60_000);
    });
  }
});
