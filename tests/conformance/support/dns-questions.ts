/** Questions that a zone can be asked: its names, and those beside, below and above them, of every kind. */
import type { Random } from "../../../fuzz/support/random.ts";
import { type DnsRecord, writeMessage } from "../../../src/dns/wire/message.ts";
import { formatName, MAX_NAME } from "../../../src/dns/wire/name.ts";
import { typeNumber } from "../../../src/dns/wire/record-type.ts";
import type { ZoneData } from "../../../src/dns/zone/zone-data.ts";
import { namesOf, wireName } from "../../support/dns-zones.ts";

export interface Question {
  /** As it is asked, letters in either case. */
  readonly name: string;
  readonly type: string;
  readonly transport: "udp" | "tcp";
  /** What the client says it takes; 0: no EDNS. */
  readonly size: number;
  readonly dnssecOk: boolean;
  /** RD and CD; what they ask for is not ours to give. */
  readonly flags: number;
}

const TYPES =
  "A AAAA NS SOA MX TXT CNAME DNAME SRV CAA HTTPS SVCB TLSA PTR NAPTR DS DNSKEY RRSIG NSEC NSEC3 NSEC3PARAM ANY TYPE65280".split(
    " ",
  );
/** Asked of every name; of the others some. */
const OFTEN = ["A", "NS", "CNAME", "DS", "TXT"];
const SOME = 4;
const SIZES = [0, 512, 1_232, 4_096];

/** As text; a name that would be too long is left out. */
function around(name: string): string[] {
  const [, label = "", parent = ""] = /^((?:\\.|[^.\\])+)\.(.*)$/.exec(name) ?? [];
  const names = [name, `x.${name}`, `a.b.${name}`, `*.${name}`, `*.x.${name}`, `x.*.${name}`];
  if (label !== "") names.push(`${label}0.${parent}`, `-.${parent}`, `~.${parent}`);
  if (parent !== "") names.push(parent.endsWith(".") ? parent : `${parent}.`);
  return names;
}

function isName(text: string): boolean {
  try {
    return wireName(text).length <= MAX_NAME;
  } catch {
    return false;
  }
}

/** Each letter in either case. */
function mixed(name: string, random: Random): string {
  return name.replaceAll(/[a-z]/gi, (letter) => (random.below(2) === 0 ? letter.toUpperCase() : letter.toLowerCase()));
}

/** The same for the same zone and seed. */
export function questionsFor(zone: ZoneData, random: Random): Question[] {
  const names = new Set(namesOf(zone).flatMap(around).filter(isName));
  const questions: Question[] = [];
  for (const name of [...names].toSorted()) {
    const types = new Set(OFTEN);
    while (types.size < OFTEN.length + SOME) types.add(random.pick(TYPES));
    for (const type of types) {
      const size = random.pick(SIZES);
      questions.push({
        name: random.below(3) === 0 ? mixed(name, random) : name,
        type,
        transport: random.below(4) === 0 ? "tcp" : "udp",
        size,
        dnssecOk: size > 0 && random.below(2) === 0,
        flags: random.pick([0, 0x0100, 0x0110]),
      });
    }
  }
  return questions;
}

export function packetOf(question: Question): Uint8Array {
  const { size, dnssecOk } = question;
  const opt: DnsRecord = {
    name: new Uint8Array(1),
    type: 41,
    class: size,
    ttl: dnssecOk ? 0x8000 : 0,
    data: new Uint8Array(0),
  };
  return writeMessage({
    id: 0,
    flags: question.flags,
    questions: [{ name: wireName(question.name), type: typeNumber(question.type)!, class: 1 }],
    additional: size > 0 ? [opt] : [],
  });
}

export function describeQuestion({ name, type, transport, size, dnssecOk, flags }: Question): string {
  const words = [formatName(wireName(name)), type, transport, size > 0 ? `EDNS ${size}` : "plain"];
  if (dnssecOk) words.push("DO");
  if (flags !== 0) words.push(`flags ${flags.toString(16)}`);
  return words.join(" ");
}
