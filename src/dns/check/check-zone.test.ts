import { atOnce } from "../../time/slices.ts";
import { describe, expect, test } from "bun:test";
import { parseName } from "../wire/name.ts";
import { ZoneBuilder } from "../zone/zone-builder.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import { readZoneFile } from "../zone/read-zone-file-for-tests.ts";
import { checkUsable } from "./check-usable.ts";
import { checkZone } from "./check-zone.ts";
import { inUnits } from "./in-units.ts";

const HEAD = `$TTL 1h
@ SOA ns1 hostmaster 1 2h 1h 2w 5m
@ NS ns1
@ NS ns.elsewhere.test.
ns1 A 192.0.2.1
`;

function zoneOf(text: string, apex = "shop.test"): ZoneData {
  const origin = parseName(apex) as Uint8Array;
  const builder = new ZoneBuilder(origin);
  const problems = readZoneFile(Buffer.from(text), {
    file: "shop.zone",
    origin,
    sink: (owner, length, type, ttl, data, size) => builder.add(owner, length, type, ttl, data, 0, size),
  });
  expect(problems).toEqual([]);
  return atOnce(builder.build());
}

/** `severity owner type: message` of each finding in a zone with these records beside an apex that is right. */
function findings(more: string, head = HEAD): string[] {
  return checkZone(zoneOf(head + more)).map(({ severity, owner, type, message }) =>
    `${severity} ${owner} ${type}: ${message}`.replace(" :", ":"),
  );
}

test("a zone that is right has no findings", () => {
  const records = `
@ A 192.0.2.10
@ MX 10 mail
@ TXT "v=spf1 -all"
@ HTTPS 1 . alpn=h2
mail A 192.0.2.11
www CNAME @
alias CNAME www
far CNAME elsewhere.test.
_sip._udp SRV 0 0 0 .
_http._tcp SRV 0 5 80 mail
null MX 0 .
*.dev A 192.0.2.12
under CNAME any.thing.dev
sub NS ns.sub
ns.sub A 192.0.2.13
other NS ns.elsewhere.test.
old DNAME elsewhere.test.
through CNAME www.old
below CNAME anything.sub
`;
  expect(findings(records)).toEqual([]);
});

describe("what makes a zone unusable", () => {
  test.each([
    ["@ NS ns1\nns1 A 192.0.2.1\n", "error shop.test. SOA: the apex has no SOA record"],
    ["@ SOA ns1 h 1 2h 1h 2w 5m\nns1 A 192.0.2.1\n", "error shop.test. NS: the apex has no NS record"],
    [
      "@ SOA ns1 h 1 2h 1h 2w 5m\n@ SOA ns1 h 2 2h 1h 2w 5m\n@ NS ns1\nns1 A 192.0.2.1\n",
      "error shop.test. SOA: the apex has 2 SOA records",
    ],
  ])("%p", (text, expected) => {
    expect(findings("", `$TTL 1h\n${text}`)).toContain(expected);
  });

  test.each([
    ["www CNAME ns1\nwww A 192.0.2.2\n", "error www.shop.test. CNAME: CNAME beside A: an alias can have no other data"],
    [
      "www TXT x\nwww CNAME ns1\nwww A 192.0.2.2\n",
      "error www.shop.test. CNAME: CNAME beside A, TXT: an alias can have no other data",
    ],
    ["@ CNAME ns1\n", "error shop.test. CNAME: CNAME beside NS, SOA: an alias can have no other data"],
    ["www CNAME ns1\nwww CNAME ns2\n", "error www.shop.test. CNAME: 2 CNAME records at one name"],
    ["old DNAME a.test.\nold DNAME b.test.\n", "error old.shop.test. DNAME: 2 DNAME records at one name"],
    [
      "www CNAME ns1\nwww DNAME b.test.\n",
      "error www.shop.test. CNAME: CNAME beside DNAME: an alias can have no other data",
    ],
    ["sub SOA ns1 h 1 2h 1h 2w 5m\n", "error sub.shop.test. SOA: SOA below the apex"],
  ])("%p", (text, expected) => {
    expect(findings(text)[0]).toBe(expected);
    expect(atOnce(checkUsable(zoneOf(HEAD + text))).length).toBeGreaterThan(0);
  });

  test("signatures and denials stand beside a CNAME (RFC 4034 §2.5)", () => {
    const signed =
      "www CNAME ns1\nwww NSEC ns1 CNAME RRSIG NSEC\nwww RRSIG CNAME 13 3 300 20260201000000 20260101000000 1 @ AQPS\n";
    expect(atOnce(checkUsable(zoneOf(HEAD + signed)))).toEqual([]);
  });

  test("an RRset of more than 16 MiB", () => {
    const text = `"${"x".repeat(250)}" `;
    const lines = Array.from({ length: 280 }, (_, index) => `big TXT ${index} ${text.repeat(250)}\n`);
    const [finding] = atOnce(checkUsable(zoneOf(HEAD + lines.join(""))));
    expect(finding).toMatchObject({ owner: "big.shop.test.", type: "TXT" });
    expect(finding!.message).toContain("bytes, more than 16777216");
  });
});

describe("targets", () => {
  test.each([
    ["www CNAME nothing\n", "warning www.shop.test. CNAME: it points to nothing.shop.test., which does not exist"],
    ["@ MX 10 mail\n", "warning shop.test. MX: it points to mail.shop.test., which does not exist"],
    ["_a._tcp SRV 0 0 80 web\n", "warning _a._tcp.shop.test. SRV: it points to web.shop.test., which does not exist"],
    ["@ NS ns2\n", "warning shop.test. NS: it points to ns2.shop.test., which does not exist"],
    ["@ MX 10 mail\nmail CNAME ns1\n", "warning shop.test. MX: it points to mail.shop.test., which is an alias"],
    ["@ NS ns2\nns2 CNAME ns1\n", "warning shop.test. NS: it points to ns2.shop.test., which is an alias"],
    ["@ MX 10 x.old\nold DNAME a.test.\n", "warning shop.test. MX: it points to x.old.shop.test., which is an alias"],
    ["@ MX 10 mail\nmail TXT x\n", "warning shop.test. MX: it points to mail.shop.test., which has no address"],
    ["www CNAME b\na.b A 192.0.2.2\n", "warning www.shop.test. CNAME: it points to b.shop.test., which has no records"],
    [
      "www CNAME mail.other.test\n",
      "warning www.shop.test. CNAME: it points to mail.other.test.shop.test., which does not exist",
    ],
    [
      "www CNAME ns1.shop.test\n",
      "warning www.shop.test. CNAME: it points to ns1.shop.test.shop.test., which ends with the zone's name twice",
    ],
    ["www.shop.test A 192.0.2.2\n", "warning www.shop.test.shop.test.: the name ends with the zone's name twice"],
    ["@ HTTPS 1 web alpn=h2\n", "warning shop.test. HTTPS: it points to web.shop.test., which does not exist"],
  ])("%p", (text, expected) => {
    expect(findings(text)).toEqual([expected]);
  });

  test("a name whose addresses are made when they are asked for is as good as one with addresses", () => {
    const zone = zoneOf(`${HEAD}@ MX 10 mail\nx.mail TXT x\n`);
    expect(checkZone(zone)).toHaveLength(1);
    const mail = parseName("mail.shop.test") as Uint8Array;
    expect(checkZone(zone, new Set([zone.nodeOf(mail)]))).toEqual([]);
  });

  test("aliases that lead round in a circle, however long", () => {
    expect(findings("a CNAME a\n")).toEqual([
      "warning a.shop.test. CNAME: it points to a.shop.test., from where aliases lead back to it",
    ]);
    expect(findings("a CNAME b\nb CNAME c\nc CNAME a\nx CNAME a\n")).toHaveLength(3);
  });

  test("a reverse zone with names whose final dot is missing", () => {
    const head =
      "$TTL 1h\n@ SOA ns.shop.test. h.shop.test. 1 2h 1h 2w 5m\n@ NS ns.shop.test.\n@ NS ns.other.test.\n1 PTR www.shop.test\n";
    const [finding] = checkZone(zoneOf(head, "2.0.192.in-addr.arpa"));
    expect(finding!.message).toBe("it points to www.shop.test.2.0.192.in-addr.arpa., which does not exist");
    expect(finding!.remedy).toContain("end it with a dot");
  });

  test("many findings of a kind are counted", () => {
    const lines = Array.from({ length: 100 }, (_, index) => `h${index} CNAME nothing\n`);
    const found = findings(lines.join(""));
    expect(found).toHaveLength(21);
    expect(found.at(-1)).toEndWith("80 more findings of this kind");
  });
});

describe("delegations", () => {
  test.each([
    [
      "sub NS ns.sub\n",
      "warning sub.shop.test. NS: its server ns.sub.shop.test. lies below the delegation and has no address here",
    ],
    [
      "sub NS ns1\nwww.sub A 192.0.2.2\n",
      "warning www.sub.shop.test. A: A here is never answered: sub.shop.test. is delegated",
    ],
    [
      "sub NS ns1\nsub A 192.0.2.2\nsub MX 0 .\n",
      "warning sub.shop.test. A: A, MX here are never answered: sub.shop.test. is delegated",
    ],
    [
      "old DNAME a.test.\nwww.old A 192.0.2.2\n",
      "warning www.old.shop.test.: no record here is ever answered: the DNAME at old.shop.test. redirects the name",
    ],
  ])("%p", (text, expected) => {
    expect(findings(text)).toEqual([expected]);
  });

  test("glue of another delegation, and a DS, are no fault", () => {
    const text = "a NS ns.b\nb NS ns.b\nns.b A 192.0.2.2\nb DS 1 13 2 ABCD\nc NS c\nc A 192.0.2.3\n";
    expect(findings(text)).toEqual([]);
  });
});

describe("times", () => {
  test.each([
    [
      "www 60 A 192.0.2.2\nwww 300 A 192.0.2.3\n",
      "warning www.shop.test. A: the A records have differing TTLs; all are served with the smallest, 1m",
    ],
    [
      "www 1w A 192.0.2.2\n",
      "advice www.shop.test. A: where this name is may be kept for 1w: as long a migration takes",
    ],
    [
      "a 2d A 192.0.2.2\nb 1w AAAA ::1\n@ 30d TXT x\n",
      "advice shop.test. AAAA: where this name is may be kept for 1w, and 1 more for longer than a day: as long a migration takes",
    ],
  ])("%p", (text, expected) => {
    expect(findings(text)).toEqual([expected]);
  });

  test.each([
    ["1m 30s 2w 5m", "advice shop.test. SOA: secondaries look for changes every 1m"],
    ["1d 1h 2w 5m", "advice shop.test. SOA: secondaries look for changes every 1d"],
    ["2h 2h 2w 5m", "advice shop.test. SOA: retry (2h) is not below refresh (2h)"],
    [
      "2h 1h 2h 5m",
      "warning shop.test. SOA: secondaries give the zone up after 2h, before they have tried twice to refresh it",
    ],
    ["2h 1h 1d 5m", "advice shop.test. SOA: secondaries serve the zone for 1d without the primary"],
    ["2h 1h 2w 2d", "advice shop.test. SOA: that a name does not exist is kept for 2d: a new name is not seen so long"],
  ])("SOA %s", (times, expected) => {
    const head = HEAD.replace("2h 1h 2w 5m", times);
    expect(findings("", head)).toEqual([expected]);
  });

  test("the contact's @, and a single server", () => {
    const head = "$TTL 1h\n@ SOA ns1 admin\\@shop.test. 1 2h 1h 2w 5m\n@ NS ns1\nns1 A 192.0.2.1\n";
    expect(findings("", head)).toEqual([
      String.raw`warning shop.test. SOA: the contact admin\@shop.test. has an @`,
      "advice shop.test. NS: the zone has one name server: when it is down the zone is",
    ]);
  });

  test("units", () => {
    expect([0, 59, 60, 5_400, 86_400, 694_861].map(inUnits)).toEqual(["0s", "59s", "1m", "1h30m", "1d", "1w1d1h1m1s"]);
  });
});

test("keys without a signature", () => {
  const key = "@ DNSKEY 257 3 13 AQPS\n";
  const signature = (type: string): string =>
    `@ RRSIG ${type} 13 2 3600 20360101000000 20260101000000 1 shop.test. AAAA\n`;
  const told = [
    "warning shop.test. DNSKEY: the keys have no signature: with a DS in the zone above the zone is bogus to all that validate",
  ];
  expect(findings(key)).toEqual(told);
  expect(findings(key + signature("SOA"))).toEqual(told);
  expect(findings(key + signature("SOA") + signature("DNSKEY"))).toEqual([]);
});

test("a primary that does not exist", () => {
  expect(findings("", HEAD.replace("SOA ns1", "SOA ns7"))).toEqual([
    "warning shop.test. SOA: the primary ns7.shop.test. does not exist: updates and notifications find nobody",
  ]);
});

describe("single records", () => {
  test.each([
    [
      "@ DS 1 13 2 00",
      "warning shop.test. DS: a DS at the apex is never answered: it belongs to the zone above (RFC 4035 §2.4)",
    ],
    ["*.a NS ns1", "warning *.a.shop.test. NS: NS at a wildcard means something else to every resolver (RFC 4592 §4)"],
    [
      "*.a DNAME elsewhere.test.",
      "warning *.a.shop.test. DNAME: DNAME at a wildcard means something else to every resolver (RFC 4592 §4)",
    ],
    [
      '@ CAA 128 isue "ca.test"',
      'warning shop.test. CAA: no authority knows the critical property "isue", so none issues a certificate',
    ],
    [
      "@ MX 10 192.0.2.7",
      "warning shop.test. MX: it points to the name 192.0.2.7.shop.test., which looks like an address",
    ],
    ["a NS 192.0.2.7.", "warning a.shop.test. NS: it points to the name 192.0.2.7., which looks like an address"],
    [
      String.raw`m\195\188ller A 192.0.2.1`,
      String.raw`warning m\195\188ller.shop.test.: the name is not ASCII: no browser asks for it`,
    ],
  ])("%s", (records, expected) => {
    expect(findings(records)).toEqual([expected]);
  });

  test("what is known, not critical or a name of digits that is there is right", () => {
    const records = '@ CAA 128 issue "ca.test"\n@ CAA 0 isue "x"\n@ MX 10 1.2.3.4.hosts\n1.2.3.4.hosts A 192.0.2.1';
    expect(findings(records)).toEqual([]);
  });

  test("records of one type that no message can hold", () => {
    const records = Array.from({ length: 300 }, (_, index) => `@ TXT "${String(index).padStart(250, "0")}"`).join("\n");
    expect(findings(records)).toEqual([
      `warning shop.test. TXT: the records of this type have ${300 * (12 + 251)} bytes, more than a message can hold: SERVFAIL`,
    ]);
  });

  test("signatures that have expired, or do so soon", () => {
    const until = (end: string): string => `ns1 RRSIG A 13 3 3600 ${end} 20260101000000 1 shop.test. AAAA`;
    const now = Date.UTC(2026, 5, 10);
    const told = (end: string): string[] =>
      checkZone(zoneOf(HEAD + until(end)), new Set(), now).map(({ type, message }) => `${type}: ${message}`);
    expect(told("20260609235959")).toEqual([
      "RRSIG: the signature of A has expired: the name is bogus to all that validate",
    ]);
    expect(told("20260611000000")).toEqual(["RRSIG: the signature of A expires in 24 h"]);
    expect(told("20260614000000")).toEqual([]);
  });
});
