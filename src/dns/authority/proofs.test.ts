/** The denials of random zones, checked as a validator does (RFC 4035 §5.4, RFC 5155 §8) without the code that made them. */
import { atOnce } from "../../time/slices.ts";
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { base32HexEncode } from "../wire/base32hex.ts";
import type { DnsRecord } from "../wire/message.ts";
import { compareNames } from "../wire/compare-names-for-tests.ts";
import { formatName, isAtOrBelow, labelOffsets, lowerName, nameLength } from "../wire/name.ts";
import { formatRdata } from "../wire/rdata-text.ts";
import { RecordType } from "../wire/record-type.ts";
import { readTypeBitmap } from "../wire/type-bitmap.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import { nsecData, signZone, addKeys } from "../dnssec/sign-zone.ts";
import { allKeys, nsec3Label } from "../dnssec/dnssec-for-tests.ts";
import { generateKey } from "../dnssec/signing-key.ts";
import { ask, type Reply, wire, zoneFrom } from "./ask-for-tests.ts";
import { AuthoritativeZone } from "./authoritative-zone.ts";
import { OnlineSecurity } from "./online-security.ts";

const KEYS = allKeys([generateKey(15, "csk")]);
const APEX = wire("example.");
const NO_SALT = { iterations: 1, salt: new Uint8Array(0) };

const label = fc.constantFrom("a", "b", "c", "*");
const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => `${labels.join(".")}.example.`);
const record = fc
  .tuple(name, fc.constantFrom("A 192.0.2.1", "TXT x", "NS ns.test.", "CNAME a.b.example.", "DNAME b.c.example."))
  .map(([owner, data]) => ({ owner, data }));

/** Records without what no zone may have: others beside a CNAME, a delegation in two halves. */
function textOf(records: ReadonlyArray<{ owner: string; data: string }>): string {
  const kinds = new Map<string, string>();
  for (const { owner, data } of records) if (!kinds.has(owner)) kinds.set(owner, `${owner} ${data}`);
  return ["@ NS ns.test.", ...kinds.values()].join("\n");
}

/** The names that a validator would know to exist: what it tells about a name, from one set of denials. */
interface Denials {
  /** Whether the name is shown not to exist. */
  covers(name: Uint8Array): boolean;
  /** Types at the name; null when nothing is said of it. Empty non-terminals have none. */
  typesOf(name: Uint8Array): number[] | null;
  /** Whether a name above a denied one may be its closest encloser. */
  encloses(name: Uint8Array): boolean;
}

function nsecDenials(records: readonly DnsRecord[]): Denials {
  const spans = records
    .filter(({ type }) => type === RecordType.NSEC)
    .map(({ name: owner, data }) => {
      const length = nameLength(data);
      return {
        owner: lowerName(owner),
        next: data.slice(0, length),
        types: readTypeBitmap(data, length, data.length)!,
      };
    });
  const isBetween = (wanted: Uint8Array, { owner, next }: (typeof spans)[number]): boolean =>
    compareNames(owner, wanted) < 0 && (compareNames(wanted, next) < 0 || compareNames(next, APEX) === 0);
  const covers = (wanted: Uint8Array): boolean =>
    spans.some((span) => isBetween(wanted, span) && !isAtOrBelow(span.next, wanted));
  return {
    covers,
    encloses: (above) => !covers(above),
    typesOf: (wanted) => {
      const own = spans.find(({ owner }) => compareNames(owner, wanted) === 0);
      if (own !== undefined) return own.types;
      return spans.some((span) => isBetween(wanted, span) && isAtOrBelow(span.next, wanted)) ? [] : null;
    },
  };
}

function nsec3Denials(records: readonly DnsRecord[]): Denials {
  const spans = records
    .filter(({ type }) => type === RecordType.NSEC3)
    .map(({ name: owner, data }) => ({
      hash: formatName(owner).split(".")[0]!.toLowerCase(),
      next: base32HexEncode(data.subarray(6, 26)),
      types: readTypeBitmap(data, 26, data.length)!,
    }));
  return {
    covers: (wanted) => {
      const hash = nsec3Label(wanted, NO_SALT);
      return spans.some(({ hash: from, next }) =>
        from < next ? from < hash && hash < next : from < hash || hash < next,
      );
    },
    typesOf: (wanted) => spans.find(({ hash }) => hash === nsec3Label(wanted, NO_SALT))?.types ?? null,
    // RFC 5155 §8.3: the encloser has an NSEC3 of its own.
    encloses: (above) => spans.some(({ hash }) => hash === nsec3Label(above, NO_SALT)),
  };
}

/** The zone with an NSEC3 chain made of its NSEC chain; its signatures are of no interest here. */
function withNsec3(signed: ZoneData): ZoneData {
  const hashes = new Map<string, number[]>();
  const lines = ["@ NSEC3PARAM 1 0 1 -", "@ RRSIG SOA 13 1 3600 20300101000000 20200101000000 1 example. AAAA"];
  for (let node = 0; node < signed.nodeCount; node++) {
    const owner = signed.names.name(node);
    for (let set = signed.setStart[node]!; set < signed.setStart[node + 1]!; set++) {
      const type = signed.setType[set]!;
      for (let index = signed.recordStart[set]!; index < signed.recordStart[set + 1]!; index++) {
        const data = signed.recordData(index);
        if (type === RecordType.NSEC) {
          hashes.set(nsec3Label(owner, NO_SALT), readTypeBitmap(data, nameLength(data), data.length)!);
          // RFC 5155 §7.1: empty non-terminals have one too.
          for (const at of labelOffsets(owner).slice(1)) {
            const above = nsec3Label(owner.subarray(at), NO_SALT);
            if (isAtOrBelow(owner.subarray(at), APEX) && !hashes.has(above)) hashes.set(above, []);
          }
        } else if (type !== RecordType.RRSIG) {
          lines.push(`${formatName(owner)} TYPE${type} ${generic(data)}`);
        }
      }
    }
  }
  const order = [...hashes.keys()].toSorted();
  for (const [index, hash] of order.entries()) {
    const next = Buffer.from(nsecData(wire("."), hashes.get(hash)!).subarray(1)).toString("hex");
    const head = `010000010014${hashBytes(order[(index + 1) % order.length]!)}`;
    const bytes = `${head}${next}`;
    lines.push(String.raw`${hash} TYPE50 \# ${bytes.length / 2} ${bytes}`);
  }
  return zoneFrom(lines.join("\n"));
}

function generic(data: Uint8Array): string {
  return formatRdata(65_280, data);
}

function hashBytes(hash: string): string {
  let bits = "";
  for (const digit of hash) bits += "0123456789abcdefghijklmnopqrstuv".indexOf(digit).toString(2).padStart(5, "0");
  return bits
    .match(/.{8}/g)!
    .map((byte) => Number.parseInt(byte, 2).toString(16).padStart(2, "0"))
    .join("");
}

/** Names above a name, nearest first, up to the apex. */
function ancestors(wanted: Uint8Array): Uint8Array[] {
  return labelOffsets(wanted)
    .slice(1)
    .map((at) => wanted.subarray(at))
    .filter((above) => isAtOrBelow(above, APEX));
}

/** What is wrong with the proofs of a reply about `question`; "" when a validator takes them. */
function flaw(reply: Reply, question: string, type: number, denials: Denials, compact: boolean): string {
  const { answers, authority } = reply.message;
  // Through CNAMEs, made ones too, to the name that the end of the answer is about.
  let wanted = wire(question);
  for (const { name: owner, type: kind, data } of answers) {
    if (kind === RecordType.CNAME && compareNames(owner, wanted) === 0 && type !== RecordType.CNAME)
      wanted = lowerName(data);
    const signature = answers.find((one) => one.type === RecordType.RRSIG && compareNames(one.name, owner) === 0);
    const labels = labelOffsets(owner).length - (owner[1] === 0x2a && owner[0] === 1 ? 1 : 0);
    if (signature === undefined || signature.data[3] === labels) continue;
    const closer = [owner, ...ancestors(owner)].find((above) => labelOffsets(above).length === signature.data[3]! + 1)!;
    if (!denials.covers(closer))
      return `${formatName(owner)} was made of a wildcard, and ${formatName(closer)} is not denied`;
  }
  const isReferral = authority.some((one) => one.type === RecordType.NS);
  if (!isAtOrBelow(wanted, APEX)) return "";
  if (isReferral) {
    const cut = authority.find((one) => one.type === RecordType.NS)!.name;
    const types = denials.typesOf(cut);
    return types !== null && types.includes(RecordType.NS) && !types.includes(RecordType.DS)
      ? ""
      : "a DS is not denied";
  }
  if (!authority.some((one) => one.type === RecordType.SOA)) return "";
  if (reply.code === "NXDOMAIN" || (compact && denials.typesOf(wanted)?.includes(128))) {
    if (compact) return reply.code === "NOERROR" ? "" : "compact denials are NOERROR";
    const encloser = ancestors(wanted).find((above) => denials.encloses(above));
    if (encloser === undefined) return "no encloser is shown";
    const closer = [wanted, ...ancestors(wanted)].find(
      (one) => labelOffsets(one).length === labelOffsets(encloser).length + 1,
    )!;
    if (!denials.covers(closer)) return `${formatName(closer)} is not denied`;
    return denials.covers(Uint8Array.of(1, 0x2a, ...encloser))
      ? ""
      : `the wildcard of ${formatName(encloser)} is not denied`;
  }
  const own = denials.typesOf(wanted);
  if (own !== null) return own.includes(type) || own.includes(RecordType.CNAME) ? "the type is said to be there" : "";
  // A wildcard without the type: the name is not there, and the wildcard is.
  if (!denials.covers(wanted) && !ancestors(wanted).some((above) => denials.covers(above)))
    return "the name is not denied";
  const wildcard = ancestors(wanted)
    .map((above) => denials.typesOf(Uint8Array.of(1, 0x2a, ...above)))
    .find((types) => types !== null);
  if (wildcard === undefined) return "nothing is said of the wildcard";
  return wildcard.includes(type) ? "the wildcard is said to have the type" : "";
}

describe("denials of random zones", () => {
  const KINDS = {
    NSEC: (data: ZoneData) => new AuthoritativeZone(atOnce(signZone(data, KEYS, { now: 1_800_000_000 }))),
    NSEC3: (data: ZoneData) => new AuthoritativeZone(withNsec3(atOnce(signZone(data, KEYS, { now: 1_800_000_000 })))),
    compact: (data: ZoneData) => {
      const unsigned = atOnce(addKeys(data, KEYS));
      return new AuthoritativeZone(unsigned, new OnlineSecurity(unsigned, KEYS));
    },
  };

  test.each(Object.keys(KINDS) as Array<keyof typeof KINDS>)("%s: prove what is answered", (kind) => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 8 }),
        fc.array(name, { minLength: 1, maxLength: 6 }),
        (records, names) => {
          const text = textOf(records);
          const zone = KINDS[kind](zoneFrom(text));
          for (const question of names) {
            for (const type of ["A", "TXT", "DS"]) {
              const reply = ask([zone], question, type, true);
              const plain = ask([zone], question, type);
              const denials =
                kind === "NSEC3" ? nsec3Denials(reply.message.authority) : nsecDenials(reply.message.authority);
              const number = { A: 1, TXT: 16, DS: 43 }[type]!;
              const problem = flaw(reply, question, number, denials, kind === "compact");
              const isBogus = problem !== "";
              seen.set(reply.code, (seen.get(reply.code) ?? 0) + 1);
              expect(isBogus ? `${text}\n${question} ${type}: ${problem}\n${reply.authority.join("\n")}` : "").toBe("");
              // The same is answered without DO.
              expect(reply.answer.filter((line) => !/ RRSIG /.test(line))).toEqual(plain.answer);
              if (kind !== "compact") expect(reply.code).toBe(plain.code);
            }
          }
        },
      ),
      { numRuns: 150, seed: 4035 },
    );
    expect(seen.get("NOERROR")).toBeGreaterThan(100);
    if (kind !== "compact") expect(seen.get("NXDOMAIN")).toBeGreaterThan(100);
  });
});
