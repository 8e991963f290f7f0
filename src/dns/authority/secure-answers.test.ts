import { atOnce } from "../../time/slices.ts";
import { describe, expect, test } from "bun:test";
import { allKeys, isSignedBy, nsec3Label, readSignature } from "../dnssec/dnssec-for-tests.ts";
import { signZone, addKeys } from "../dnssec/sign-zone.ts";
import { generateKey } from "../dnssec/signing-key.ts";
import { lowerName } from "../wire/name.ts";
import { type DnsRecord, writeMessage } from "../wire/message.ts";
import { DnsQuery } from "../wire/query.ts";
import { RecordType } from "../wire/record-type.ts";
import { APEX } from "../zone/name-table.ts";
import { AnswerWriter } from "./answer-writer.ts";
import { ask, type Reply, wire, zoneFrom } from "./ask-for-tests.ts";
import { AuthoritativeZone } from "./authoritative-zone.ts";
import { expandAnswer } from "./expand-answer.ts";
import { OnlineSecurity } from "./online-security.ts";

const TEXT = `
  @ NS ns1
  ns1 A 192.0.2.53
  @ MX 10 Mail
  mail A 192.0.2.25
  a.b.c TXT x
  *.w A 192.0.2.9
  *.w MX 10 mail
  *.wc CNAME mail
  to CNAME nowhere
  sub NS ns.sub
  ns.sub A 192.0.2.81
  sec NS ns1
  sec DS 1 13 2 ${"00".repeat(32)}
  old DNAME mail`;

const KEY = generateKey(15, "csk");
const NOW = Math.floor(Date.now() / 1000);

/** Checks every signature of a reply with the key. Answers how many there are. */
function checkSignatures(reply: Reply): number {
  let count = 0;
  const { answers, authority, additional } = reply.message;
  for (const section of [answers, authority, additional]) {
    for (const signature of section.filter((record) => record.type === RecordType.RRSIG)) {
      const type = (signature.data[0]! << 8) | signature.data[1]!;
      const isCovered = (record: DnsRecord): boolean =>
        record.type === type && Buffer.compare(lowerName(record.name), lowerName(signature.name)) === 0;
      const covered = section.filter(isCovered);
      expect(covered[0]?.ttl).toBe(signature.ttl);
      const set = {
        owner: lowerName(signature.name),
        type,
        ttl: signature.ttl,
        records: covered.map(({ data }) => data),
      };
      expect(isSignedBy(signature.data, set, KEY.dnskey)).toBe(true);
      count++;
    }
  }
  return count;
}

describe("NSEC (RFC 4035 §3.1)", () => {
  const zone = new AuthoritativeZone(atOnce(signZone(zoneFrom(TEXT), allKeys([KEY]), { now: NOW })));

  /** Owners of the NSEC records in the authority section, each with the name that follows. */
  function denials({ authority }: Reply): string[] {
    return authority.flatMap((line) => {
      const match = /^(\S+) NSEC (\S+)/.exec(line);
      return match === null ? [] : [`${match[1]} ${match[2]}`];
    });
  }

  test("without DO nothing of it is given, but the records themselves when they are asked for", () => {
    expect(ask([zone], "example.", "MX").answer).toEqual(["example. MX 10 Mail.example."]);
    expect(ask([zone], "x.example.", "A").authority).toHaveLength(1);
    expect(ask([zone], "mail.example.", "NSEC").answer).toEqual(["mail.example. NSEC ns1.example. A RRSIG NSEC"]);
    const both = ask([zone], "mail.example.", "RRSIG");
    expect(both.answer).toEqual(["mail.example. RRSIG A", "mail.example. RRSIG NSEC"]);
    expect(both.message.answers.map(({ ttl }) => ttl)).toEqual([3600, 300]);
  });

  test("signatures stand beside answers, and beside additional records", () => {
    const reply = ask([zone], "example.", "MX", true);
    expect(reply.answer).toEqual(["example. MX 10 Mail.example.", "example. RRSIG MX"]);
    expect(reply.additional).toEqual(["Mail.example. A 192.0.2.25", "Mail.example. RRSIG A"]);
    expect(checkSignatures(reply)).toBe(2);
    expect(checkSignatures(ask([zone], "example.", "DNSKEY", true))).toBe(1);
    expect(checkSignatures(ask([zone], "example.", "CDS", true))).toBe(1);
  });

  test("no such type: the name's own NSEC; an empty name's is the one before", () => {
    const reply = ask([zone], "mail.example.", "AAAA", true);
    expect(reply).toMatchObject({ code: "NOERROR", answer: [] });
    expect(denials(reply)).toEqual(["mail.example. ns1.example."]);
    expect(checkSignatures(reply)).toBe(2);
    expect(denials(ask([zone], "b.c.example.", "A", true))).toEqual(["example. a.b.c.example."]);
  });

  test("no such name: neither it nor a wildcard for it", () => {
    const reply = ask([zone], "nn.example.", "A", true);
    expect(reply.code).toBe("NXDOMAIN");
    expect(denials(reply)).toEqual(["mail.example. ns1.example.", "example. a.b.c.example."]);
    expect(checkSignatures(reply)).toBe(3);
    // One NSEC may do both.
    expect(denials(ask([zone], "z.a.b.c.example.", "A", true))).toEqual(["a.b.c.example. mail.example."]);
    // The last one leads back to the apex.
    expect(denials(ask([zone], "zz.example.", "A", true))).toEqual([
      "*.wc.example. example.",
      "example. a.b.c.example.",
    ]);
  });

  test("a wildcard: its signature, and that the name itself is not there", () => {
    for (const name of ["q.w.example.", "zzz.w.example."]) {
      const reply = ask([zone], name, "A", true);
      expect(reply.answer).toEqual([`${name} A 192.0.2.9`, `${name} RRSIG A`]);
      expect(denials(reply)).toEqual(["*.w.example. *.wc.example."]);
      expect(checkSignatures(reply)).toBe(2);
    }
    const nothing = ask([zone], "q.w.example.", "TXT", true);
    expect(nothing).toMatchObject({ code: "NOERROR", answer: [] });
    expect(denials(nothing)).toEqual(["*.w.example. *.wc.example."]);
    expect(ask([zone], "*.w.example.", "A", true).authority).toEqual([]);
  });

  test("a wildcard's alias is proved before what it leads to is written", () => {
    const reply = ask([zone], "q.wc.example.", "AAAA", true);
    expect(reply.answer).toEqual(["q.wc.example. CNAME mail.example.", "q.wc.example. RRSIG CNAME"]);
    expect(denials(reply)).toEqual(["*.wc.example. example.", "mail.example. ns1.example."]);
    expect(checkSignatures(reply)).toBe(4);
    const mx = ask([zone], "q.w.example.", "MX", true);
    expect(mx.additional).toEqual(["mail.example. A 192.0.2.25", "mail.example. RRSIG A"]);
    expect(checkSignatures(mx)).toBe(3);
  });

  test("an alias to nothing", () => {
    const reply = ask([zone], "to.example.", "A", true);
    expect(reply.code).toBe("NXDOMAIN");
    expect(denials(reply)).toEqual(["mail.example. ns1.example.", "example. a.b.c.example."]);
    expect(checkSignatures(reply)).toBe(4);
  });

  test("a DNAME is signed, the CNAME made of it is not", () => {
    const reply = ask([zone], "x.old.example.", "A", true);
    expect(reply.answer).toEqual([
      "old.example. DNAME mail.example.",
      "old.example. RRSIG DNAME",
      "x.old.example. CNAME x.mail.example.",
    ]);
  });

  test("delegations: the DS, or that there is none; glue is not signed", () => {
    const secure = ask([zone], "www.sec.example.", "A", true);
    expect(secure.authority.map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
      "sec.example. NS",
      "sec.example. DS",
      "sec.example. RRSIG",
    ]);
    const insecure = ask([zone], "www.sub.example.", "A", true);
    expect(insecure.authority).toEqual([
      "sub.example. NS ns.sub.example.",
      "sub.example. NSEC to.example. NS RRSIG NSEC",
      "sub.example. RRSIG NSEC",
    ]);
    expect(insecure.additional).toEqual(["ns.sub.example. A 192.0.2.81"]);
    expect(denials(ask([zone], "sub.example.", "DS", true))).toEqual(["sub.example. to.example."]);
  });
});

describe("compact denial (RFC 9824)", () => {
  const data = atOnce(addKeys(zoneFrom(TEXT), allKeys([KEY])));
  const zone = new AuthoritativeZone(data, new OnlineSecurity(data, allKeys([KEY])));

  test("answers are signed as they are given", () => {
    expect(checkSignatures(ask([zone], "example.", "MX", true))).toBe(2);
    expect(checkSignatures(ask([zone], "example.", "DNSKEY", true))).toBe(1);
    expect(ask([zone], "example.", "MX").answer).toHaveLength(1);
  });

  test("a name that is not there has no types", () => {
    const reply = ask([zone], "NX.example.", "A", true);
    expect(reply.code).toBe("NOERROR");
    expect(reply.authority.at(-2)).toBe(String.raw`NX.example. NSEC \000.nx.example. RRSIG NSEC TYPE128`);
    expect(checkSignatures(reply)).toBe(2);
    expect(ask([zone], "nx.example.", "A").code).toBe("NXDOMAIN");
  });

  test("no such type, also of an empty name and of a wildcard's", () => {
    const nsec = (name: string): string | undefined => ask([zone], name, "TXT", true).authority.at(-2);
    expect(nsec("mail.example.")).toBe(String.raw`mail.example. NSEC \000.mail.example. A RRSIG NSEC`);
    expect(nsec("b.c.example.")).toBe(String.raw`b.c.example. NSEC \000.b.c.example. RRSIG NSEC`);
    expect(nsec("q.w.example.")).toBe(String.raw`q.w.example. NSEC \000.q.w.example. A MX RRSIG NSEC`);
    expect(nsec("q.wc.example.")).toBe(String.raw`mail.example. NSEC \000.mail.example. A RRSIG NSEC`);
  });

  test("a wildcard's records are signed for the name itself", () => {
    const reply = ask([zone], "q.w.example.", "A", true);
    expect(reply.authority).toEqual([]);
    expect(checkSignatures(reply)).toBe(1);
    expect(reply.message.answers[1]!.data[3]).toBe(3);
  });

  test("delegations", () => {
    const insecure = ask([zone], "www.sub.example.", "A", true);
    expect(insecure.authority[1]).toBe(String.raw`sub.example. NSEC \000.sub.example. NS RRSIG NSEC`);
    expect(insecure.additional).toEqual(["ns.sub.example. A 192.0.2.81"]);
    expect(ask([zone], "www.sec.example.", "A", true).authority[2]).toBe("sec.example. RRSIG DS");
  });

  test("signatures are made again before they end, and the same on every server", () => {
    const DAY = 86_400;
    const packet = writeMessage({
      id: 1,
      flags: 0,
      questions: [{ name: wire("example."), type: RecordType.SOA, class: 1 }],
      additional: [{ name: wire("."), type: RecordType.OPT, class: 1_232, ttl: 0x8000, data: new Uint8Array(0) }],
    });
    const query = new DnsQuery();
    query.read(packet, 0, packet.length);
    const signatureAt = (zone: AuthoritativeZone, days: number): { inception: number; expiration: number } => {
      const answer = zone.find(query, 0, undefined, days * DAY * 1000)!;
      const { answers } = expandAnswer(answer, wire("example."), RecordType.SOA);
      return readSignature(answers[1]!.data);
    };
    // Epochs begin at every seventh day since 1970.
    const other = new AuthoritativeZone(data, new OnlineSecurity(data, allKeys([KEY])));
    for (const days of [700, 703, 706.9]) {
      expect(signatureAt(zone, days)).toMatchObject({ inception: 700 * DAY - 3600, expiration: 714 * DAY });
      expect(signatureAt(other, days)).toEqual(signatureAt(zone, days));
    }
    expect(signatureAt(zone, 707)).toMatchObject({ inception: 707 * DAY - 3600, expiration: 721 * DAY });
  });

  test("NSEC and RRSIG can be asked for", () => {
    expect(ask([zone], "mail.example.", "NSEC", true).answer).toHaveLength(2);
    const nothing = ask([zone], "nx.example.", "NSEC", true);
    expect(nothing.answer[0]).toBe(String.raw`nx.example. NSEC \000.nx.example. RRSIG NSEC TYPE128`);
    expect(checkSignatures(nothing)).toBe(1);
    expect(ask([zone], "mail.example.", "RRSIG", true).answer).toEqual(["mail.example. RRSIG A"]);
  });

  test("answers that depend on the client are signed too, and their denials leave out only what is missing", () => {
    const steered = new AuthoritativeZone(data, new OnlineSecurity(data, allKeys([KEY])));
    steered.dynamic.set(APEX, {
      types: [RecordType.A, RecordType.AAAA],
      subnetScope: -1,
      extendedError: 0,
      answer: (query) => {
        if (query.type !== RecordType.A && query.type !== RecordType.AAAA) return null;
        const writer = new AnswerWriter(query.name.slice(0, query.nameLength), true);
        if (query.type === RecordType.A) {
          writer.record("answer", null, RecordType.A, 5, Uint8Array.of(192, 0, 2, 98));
          writer.record("answer", null, RecordType.A, 5, Uint8Array.of(192, 0, 2, 99));
        } else {
          const soa = data.findSet(APEX, RecordType.SOA);
          writer.record("authority", data.apex, RecordType.SOA, 300, data.recordData(data.recordStart[soa]!));
        }
        return writer.finish();
      },
      describe: () => "",
    });
    const reply = ask([steered], "EXAMPLE.", "A", true);
    expect(reply.answer).toEqual(["EXAMPLE. A 192.0.2.98", "EXAMPLE. A 192.0.2.99", "EXAMPLE. RRSIG A"]);
    expect(checkSignatures(reply)).toBe(1);
    const none = ask([steered], "example.", "AAAA", true);
    expect(checkSignatures(none)).toBe(2);
    expect(none.authority.at(-2)).toMatch(/NSEC \\000\.example\. A NS SOA MX RRSIG NSEC DNSKEY CDS CDNSKEY$/);
    expect(ask([steered], "example.", "TXT", true).authority.at(-2)).toMatch(/ A NS SOA MX AAAA RRSIG NSEC /);
  });
});

describe("NSEC3 (RFC 5155 §7.2)", () => {
  const PARAMETERS = { iterations: 12, salt: Uint8Array.of(0xaa, 0xbb, 0xcc, 0xdd) };
  const NAMES = ["", "a.", "ns1.", "*.w.", "w.", "x.w.", "ai."].map((name) => `${name}example.`);

  /** RFC 5155 Appendix B in small: the chain over the names, `x.example` insecure and opted out. */
  function chain(): string {
    const labels = NAMES.map((name) => nsec3Label(wire(name), PARAMETERS)).toSorted();
    const lines = labels.map(
      (label, index) => `${label} NSEC3 1 1 12 aabbccdd ${labels[(index + 1) % labels.length]} A RRSIG`,
    );
    return lines.join("\n");
  }

  const zone = new AuthoritativeZone(
    zoneFrom(`
      @ NS ns1
      @ NSEC3PARAM 1 0 12 aabbccdd
      @ RRSIG SOA 13 1 3600 20300101000000 20200101000000 1 example. AAAA
      a A 192.0.2.1
      ns1 A 192.0.2.2
      ai A 192.0.2.3
      *.w MX 1 ai
      x.w MX 1 ai
      out NS ns1
      ${chain()}`),
  );
  const owner = (name: string): string => nsec3Label(wire(name), PARAMETERS);
  const denials = (name: string, type: string): string[] =>
    ask([zone], name, type, true)
      .authority.filter((line) => / NSEC3 /.test(line))
      .map((line) => line.split(".")[0]!);

  /** The chain's owner that covers a name. */
  function cover(name: string): string {
    const labels = NAMES.map(owner).toSorted();
    return labels.findLast((label) => label < owner(name)) ?? labels.at(-1)!;
  }

  const unique = (...labels: string[]): string[] => [...new Set(labels)];

  test("no such name: encloser, next closer name, wildcard", () => {
    expect(denials("c.x.w.example.", "A")).toEqual(
      unique(owner("x.w.example."), cover("c.x.w.example."), cover("*.x.w.example.")),
    );
    expect(denials("nx.example.", "A")).toEqual(unique(owner("example."), cover("nx.example."), cover("*.example.")));
  });

  test("no such type, and an empty name", () => {
    expect(denials("ns1.example.", "MX")).toEqual([owner("ns1.example.")]);
    expect(denials("w.example.", "A")).toEqual([owner("w.example.")]);
  });

  test("a wildcard, and no such type at one", () => {
    expect(denials("q.w.example.", "MX")).toEqual([cover("q.w.example.")]);
    expect(denials("q.w.example.", "A")).toEqual(
      unique(owner("w.example."), cover("q.w.example."), owner("*.w.example.")),
    );
  });

  test("an insecure delegation that was opted out", () => {
    expect(denials("www.out.example.", "A")).toEqual(unique(owner("example."), cover("out.example.")));
    expect(denials("out.example.", "DS")).toEqual(unique(owner("example."), cover("out.example.")));
  });

  test("the owner of an NSEC3 is not a name, with DO and without (§7.2.8)", () => {
    const hash = `${owner("a.example.")}.example.`;
    for (const name of [hash, `below.${hash}`]) {
      for (const type of ["NSEC3", "A", "ANY"]) {
        for (const dnssec of [true, false]) expect(ask([zone], name, type, dnssec).code).toBe("NXDOMAIN");
      }
    }
  });
});
