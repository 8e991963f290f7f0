import { describe, expect, test } from "bun:test";
import { allKeys, isSignedBy } from "../dnssec/dnssec-for-tests.ts";
import { atOnce } from "../../time/slices.ts";
import { addKeys, signZone } from "../dnssec/sign-zone.ts";
import { generateKey } from "../dnssec/signing-key.ts";
import { lowerName } from "../wire/name.ts";
import { RecordType } from "../wire/record-type.ts";
import { ask, askResponder, type Reply, wire, zoneFrom } from "./ask-for-tests.ts";
import { AuthoritativeZone } from "./authoritative-zone.ts";
import { OnlineSecurity } from "./online-security.ts";
import { Responder } from "./responder.ts";
import { ZoneSet } from "./zone-set.ts";

const SHOP = `
  @ NS ns1
  ns1 A 192.0.2.53
  www CNAME www.cdn.test.
  gone CNAME nothing.cdn.test.
  no CNAME only4.cdn.test.
  out CNAME host.elsewhere.test.
  *.wild CNAME www.cdn.test.
  old DNAME cdn.test.
  loop CNAME loop.cdn.test.
  back CNAME back.cdn.test.
  here A 192.0.2.1
  child CNAME www.sub
  child2 CNAME nothing.sub
  sub NS ns.sub
  ns.sub A 192.0.2.7
  lost CNAME x.far
  far NS ns.far.test.
  `;
const CDN = `
  @ NS ns1
  ns1 A 192.0.2.54
  www 60 A 203.0.113.1
  only4 A 203.0.113.2
  loop CNAME loop.shop.test.
  back CNAME here.shop.test.
  wild CNAME x.w
  *.w A 203.0.113.3`;
const SUB = "@ NS ns\nns A 192.0.2.7\nwww A 192.0.2.77";

const SOA = "SOA ns1.cdn.test. hostmaster.cdn.test. 1 7200 900 1209600 300";

const plain = (text: string, apex: string): AuthoritativeZone => new AuthoritativeZone(zoneFrom(text, apex));
const zones = [plain(SHOP, "shop.test."), plain(CDN, "cdn.test."), plain(SUB, "sub.shop.test.")];

describe("chains through zones of ours (RFC 1034 §4.3.2)", () => {
  test.each([
    ["www", ["www.shop.test. CNAME www.cdn.test.", "www.cdn.test. A 203.0.113.1"]],
    ["a.wild", ["a.wild.shop.test. CNAME www.cdn.test.", "www.cdn.test. A 203.0.113.1"]],
    ["b.wild", ["b.wild.shop.test. CNAME www.cdn.test.", "www.cdn.test. A 203.0.113.1"]],
    [
      "www.old",
      ["old.shop.test. DNAME cdn.test.", "www.old.shop.test. CNAME www.cdn.test.", "www.cdn.test. A 203.0.113.1"],
    ],
    [
      "back",
      ["back.shop.test. CNAME back.cdn.test.", "back.cdn.test. CNAME here.shop.test.", "here.shop.test. A 192.0.2.1"],
    ],
    ["child", ["child.shop.test. CNAME www.sub.shop.test.", "www.sub.shop.test. A 192.0.2.77"]],
  ])("%s ends with the addresses", (name, answer) => {
    for (let again = 0; again < 2; again++) {
      expect(ask(zones, `${name}.shop.test.`, "A")).toMatchObject({
        code: "NOERROR",
        isAuthoritative: true,
        answer,
        authority: [],
      });
    }
  });

  test("no such name, and no such type, are told by the zone at the end", () => {
    expect(ask(zones, "gone.shop.test.", "A")).toMatchObject({
      code: "NXDOMAIN",
      isAuthoritative: true,
      answer: ["gone.shop.test. CNAME nothing.cdn.test."],
      authority: [`cdn.test. ${SOA}`],
    });
    expect(ask(zones, "no.shop.test.", "AAAA")).toMatchObject({
      code: "NOERROR",
      answer: ["no.shop.test. CNAME only4.cdn.test."],
      authority: [`cdn.test. ${SOA}`],
    });
    expect(ask(zones, "child2.shop.test.", "A")).toMatchObject({
      code: "NXDOMAIN",
      authority: ["sub.shop.test. SOA ns1.sub.shop.test. hostmaster.sub.shop.test. 1 7200 900 1209600 300"],
    });
  });

  test("the CNAME alone is given to who asks for it, and where the chain leaves our zones", () => {
    expect(ask(zones, "www.shop.test.", "CNAME").answer).toEqual(["www.shop.test. CNAME www.cdn.test."]);
    expect(ask(zones, "out.shop.test.", "A")).toMatchObject({
      code: "NOERROR",
      answer: ["out.shop.test. CNAME host.elsewhere.test."],
      authority: [],
    });
    // Below a delegation to others: where they are.
    expect(ask(zones, "lost.shop.test.", "A")).toMatchObject({
      code: "NOERROR",
      answer: ["lost.shop.test. CNAME x.far.shop.test."],
      authority: ["far.shop.test. NS ns.far.test."],
    });
  });

  test("a loop ends where it closes, and a chain after 16 links", () => {
    expect(ask(zones, "loop.shop.test.", "A")).toMatchObject({
      code: "NOERROR",
      answer: ["loop.shop.test. CNAME loop.cdn.test.", "loop.cdn.test. CNAME loop.shop.test."],
    });
    const links = (to: string): string =>
      Array.from({ length: 20 }, (_, index) => `n${index} CNAME n${index + 1}.${to}`).join("\n");
    const long = [plain(links("b.test."), "a.test."), plain(links("a.test."), "b.test.")];
    expect(ask(long, "n0.a.test.", "A").answer).toHaveLength(17);
  });

  test("a child that is served here and not delegated is as one that is", () => {
    const both = [plain("www CNAME www.sub", "shop.test."), plain(SUB, "sub.shop.test.")];
    expect(ask(both, "www.shop.test.", "A").answer).toEqual([
      "www.shop.test. CNAME www.sub.shop.test.",
      "www.sub.shop.test. A 192.0.2.77",
    ]);
  });

  test("follow the zones as they are replaced, removed, expire and come back", () => {
    const set = new ZoneSet();
    const responder = new Responder(set);
    set.set(zones[0]!);
    const addresses = (): string[] => askResponder(responder, "www.shop.test.", "A").answer.slice(1);
    expect(addresses()).toEqual([]);
    const cdn = plain(CDN, "cdn.test.");
    set.set(cdn);
    expect(addresses()).toEqual(["www.cdn.test. A 203.0.113.1"]);
    cdn.usable = false;
    expect(addresses()).toEqual([]);
    cdn.usable = true;
    expect(addresses()).toEqual(["www.cdn.test. A 203.0.113.1"]);
    set.set(plain("www A 203.0.113.9", "cdn.test."));
    expect(addresses()).toEqual(["www.cdn.test. A 203.0.113.9"]);
    set.delete(wire("cdn.test."));
    expect(addresses()).toEqual([]);
  });
});

describe("with the proofs of each zone (RFC 4035 §3.1)", () => {
  const now = Math.floor(Date.now() / 1000);
  const keys = { "shop.test.": generateKey(15, "csk"), "cdn.test.": generateKey(15, "csk") };
  const stored = (text: string, apex: keyof typeof keys): AuthoritativeZone =>
    new AuthoritativeZone(atOnce(signZone(zoneFrom(text, apex), allKeys([keys[apex]]), { now })));
  const online = (text: string, apex: keyof typeof keys): AuthoritativeZone => {
    const data = atOnce(addKeys(zoneFrom(text, apex), allKeys([keys[apex]])));
    return new AuthoritativeZone(data, new OnlineSecurity(data, allKeys([keys[apex]])));
  };

  /** Types that are signed by a zone's key, by owner; throws at a signature that does not hold. */
  function signedBy(reply: Reply, apex: keyof typeof keys): number[] {
    const { answers, authority } = reply.message;
    return [answers, authority].flatMap((section) =>
      section
        .filter(({ type }) => type === RecordType.RRSIG)
        .flatMap((signature) => {
          const type = (signature.data[0]! << 8) | signature.data[1]!;
          const owner = lowerName(signature.name);
          const covered = section.filter(
            (record) => record.type === type && Buffer.compare(lowerName(record.name), owner) === 0,
          );
          const set = { owner, type, ttl: signature.ttl, records: covered.map(({ data }) => data) };
          return isSignedBy(signature.data, set, keys[apex].dnskey) ? [type] : [];
        }),
    );
  }

  const { A, CNAME, NSEC, SOA: SOA_TYPE } = RecordType;

  test.each([
    ["stored", stored],
    ["online", online],
  ] as const)("%s signatures", (kind, signed) => {
    const both = [signed(SHOP, "shop.test."), signed(CDN, "cdn.test.")];
    const good = ask(both, "www.shop.test.", "A", true);
    expect([signedBy(good, "shop.test."), signedBy(good, "cdn.test.")]).toEqual([[CNAME], [A]]);
    const none = ask(both, "no.shop.test.", "AAAA", true);
    expect([signedBy(none, "shop.test."), signedBy(none, "cdn.test.")]).toEqual([[CNAME], [SOA_TYPE, NSEC]]);
    expect(none.authority).toContain(
      kind === "stored"
        ? "only4.cdn.test. NSEC *.w.cdn.test. A RRSIG NSEC"
        : String.raw`only4.cdn.test. NSEC \000.only4.cdn.test. A RRSIG NSEC`,
    );
    const gone = ask(both, "gone.shop.test.", "A", true);
    // RFC 9824 §3.1: signed online, a name that is not there is one without types.
    expect(gone.code).toBe(kind === "stored" ? "NXDOMAIN" : "NOERROR");
    expect(signedBy(gone, "cdn.test.")).toEqual(kind === "stored" ? [SOA_TYPE, NSEC, NSEC] : [SOA_TYPE, NSEC]);
    // The wildcard's expansion is proved by the zone of the wildcard.
    const wild = ask(both, "a.wild.shop.test.", "A", true);
    expect(signedBy(wild, "shop.test.")).toEqual(kind === "stored" ? [CNAME, NSEC] : [CNAME]);
    expect(signedBy(wild, "cdn.test.")).toEqual([A]);
  });

  test("a signed zone behind one that is not, and the other way round", () => {
    const behind = [plain(SHOP, "shop.test."), stored(CDN, "cdn.test.")];
    const first = ask(behind, "www.shop.test.", "A", true);
    expect(first.answer).toEqual([
      "www.shop.test. CNAME www.cdn.test.",
      "www.cdn.test. A 203.0.113.1",
      "www.cdn.test. RRSIG A",
    ]);
    expect(ask(behind, "www.shop.test.", "A").answer).toHaveLength(2);
    const before = [stored(SHOP, "shop.test."), plain(CDN, "cdn.test.")];
    expect(ask(before, "gone.shop.test.", "A", true)).toMatchObject({
      code: "NXDOMAIN",
      answer: ["gone.shop.test. CNAME nothing.cdn.test.", "gone.shop.test. RRSIG CNAME"],
      authority: [`cdn.test. ${SOA}`],
    });
  });

  test("signatures made for the answer are renewed with those of their zone", () => {
    const set = new ZoneSet();
    set.set(plain(SHOP, "shop.test."));
    set.set(online(CDN, "cdn.test."));
    const responder = new Responder(set);
    const signature = (): string => {
      const { answers } = askResponder(responder, "www.shop.test.", "A", true).message;
      return Buffer.from(answers[2]!.data).toString("hex");
    };
    const first = signature();
    expect(signature()).toBe(first);
    responder.tick(Date.now() + 30 * 86_400_000);
    expect(signature()).not.toBe(first);
  });
});
