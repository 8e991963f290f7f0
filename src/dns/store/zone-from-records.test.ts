import { atOnce } from "../../time/slices.ts";
import { describe, expect, test } from "bun:test";
import { parseName } from "../wire/name.ts";
import { recordsOf } from "../zone/records-for-tests.ts";
import { zoneFromRecords } from "./zone-from-records.ts";
import type { ZoneRecords } from "./zone-records.ts";

const APEX = parseName("shop.test") as Uint8Array;

function lines(options: ZoneRecords): string[] {
  const { zone, problems } = atOnce(zoneFromRecords(APEX, options));
  expect(problems).toEqual([]);
  return recordsOf(zone!);
}

/** Path and message of each problem. */
function problems(options: unknown): string[] {
  const found = atOnce(zoneFromRecords(APEX, options as ZoneRecords));
  expect(found.zone === null).toBe(found.problems.length > 0);
  return found.problems.map(({ path, message }) => `${path.join(".")}: ${message}`);
}

const NS = { NS: "ns1" };

test("records are written as in a zone file, the SOA is made", () => {
  const records = {
    "@": { ...NS, MX: ["10 mail", "20 mail.elsewhere.test."], HTTPS: "1 . alpn=h2,h3" },
    ns1: { A: ["192.0.2.1", "192.0.2.2"], AAAA: "2001:db8::1" },
    www: { CNAME: "@" },
    "_sip._udp": { SRV: "0 5 5060 sip" },
    "*.dev": { TYPE65280: String.raw`\# 2 abcd` },
    "Absolute.shop.test.": { CAA: '0 issue "ca.test"' },
  };
  expect(lines({ ttl: "10m", records })).toEqual([
    "shop.test. 600 NS ns1.shop.test.",
    "shop.test. 600 SOA ns1.shop.test. hostmaster.shop.test. 0 7200 3600 1209600 300",
    "shop.test. 600 MX 10 mail.shop.test.",
    "shop.test. 600 MX 20 mail.elsewhere.test.",
    "shop.test. 600 HTTPS 1 . alpn=h2,h3",
    "ns1.shop.test. 600 A 192.0.2.1",
    "ns1.shop.test. 600 A 192.0.2.2",
    "ns1.shop.test. 600 AAAA 2001:db8::1",
    "www.shop.test. 600 CNAME shop.test.",
    "_sip._udp.shop.test. 600 SRV 0 5 5060 sip.shop.test.",
    String.raw`*.dev.shop.test. 600 TYPE65280 \# 2 abcd`,
    'absolute.shop.test. 600 CAA 0 issue "ca.test"',
  ]);
});

test("TTLs: of the type, else of the name, else of the zone, else an hour", () => {
  const records = {
    "@": NS,
    a: { ttl: 60, A: { ttl: "5s", data: "192.0.2.1" }, TXT: "x" },
    b: { A: { ttl: 0, data: ["192.0.2.1"] } },
  };
  const ttls = (options: ZoneRecords): string[] => lines(options).map((line) => line.split(" ").slice(1, 3).join(" "));
  expect(ttls({ records })).toEqual(["3600 NS", "3600 SOA", "5 A", "60 TXT", "0 A"]);
  expect(ttls({ ttl: 7, records: { "@": NS } })).toEqual(["7 NS", "7 SOA"]);
});

describe("texts", () => {
  test("of TXT are taken as they are", () => {
    const text = 'v=DKIM1; k=rsa; p="a\\b" (grün)';
    const shown = String.raw`"v=DKIM1; k=rsa; p=\"a\\b\" (gr\195\188n)"`;
    expect(lines({ records: { "@": NS, x: { TXT: text } } }).at(-1)).toBe(`x.shop.test. 3600 TXT ${shown}`);
  });

  test("however long: in strings of 255 bytes", () => {
    const shown = `"${"x".repeat(255)}" "${"x".repeat(255)}" "${"x".repeat(90)}"`;
    expect(lines({ records: { "@": NS, x: { TXT: "x".repeat(600) } } }).at(-1)).toBe(`x.shop.test. 3600 TXT ${shown}`);
    expect(lines({ records: { "@": NS, x: { TXT: "" } } }).at(-1)).toBe('x.shop.test. 3600 TXT ""');
  });

  test("that begin with a quote are read as in a zone file", () => {
    expect(lines({ records: { "@": NS, x: { TXT: String.raw`"a" "b\"c"` } } }).at(-1)).toBe(
      String.raw`x.shop.test. 3600 TXT "a" "b\"c"`,
    );
  });
});

describe("the SOA", () => {
  test("names the first server unless told otherwise, and every field can be given", () => {
    const soa = {
      primary: "hidden",
      contact: "first.last@corp.test",
      serial: 7,
      refresh: 1,
      retry: "2m",
      expire: 3,
      minimum: 4,
    };
    expect(lines({ soa, records: { "@": NS } })[1]).toBe(
      String.raw`shop.test. 3600 SOA hidden.shop.test. first\.last.corp.test. 7 1 120 3 4`,
    );
    expect(lines({ records: { "@": { NS: ["ns.far.test.", "ns1"] } } })[2]).toStartWith(
      "shop.test. 3600 SOA ns.far.test. ",
    );
  });

  test.each([
    [{ serial: -1 }, "soa.serial: -1 is not a serial"],
    [{ serial: 2 ** 32 }, "soa.serial: 4294967296 is not a serial"],
    [{ refresh: "soon" }, 'soa.refresh: "soon" is not a time'],
    [{ primary: "a..b" }, 'soa.primary: "a..b" has an empty label'],
  ])("%p", (soa, expected) => {
    expect(problems({ soa, records: { "@": NS } })).toEqual([expected]);
  });
});

describe("problems", () => {
  test.each([
    [{ www: { A: "192.0.2" } }, 'records.www.A: "192.0.2" is not an IPv4 address'],
    [{ www: { A: ["192.0.2.1", "::1"] } }, 'records.www.A.1: "::1" is not an IPv4 address'],
    [{ www: { A: "" } }, "records.www.A: the data of A is empty"],
    [{ www: { A: 7 } }, "records.www.A: the data of A is not a text"],
    [{ www: { A: { ttl: "x", data: "192.0.2.1" } } }, 'records.www.A.ttl: "x" is not a TTL'],
    [{ www: { A: { ttl: 1, data: "192.0.2" } } }, 'records.www.A.data: "192.0.2" is not an IPv4 address'],
    [{ www: { ttl: -1, A: "192.0.2.1" } }, "records.www.ttl: -1 is not a TTL"],
    [{ www: { AA: "192.0.2.1" } }, 'records.www.AA: "AA" is not a record type'],
    [{ www: { AXFR: "192.0.2.1" } }, "records.www.AXFR: AXFR is for messages, not for zones"],
    [{ "@": { SOA: "a b 1 2 3 4 5" } }, "records.@.SOA: the SOA record is made from the zone's `soa`"],
    [{ www: { MX: "mail" } }, 'records.www.MX: "mail" is not a number from 0 to 65535'],
    [{ www: { MX: "10" } }, "records.www.MX: MX needs more: a domain name"],
    [{ www: { MX: "10 a\n20 b" } }, "records.www.MX: is more than one line"],
    [{ www: { TXT: '"open' } }, "records.www.TXT: this quote is not closed on its line"],
    [{ "a..b": { A: "192.0.2.1" } }, 'records.a..b: the name "a..b" has an empty label'],
    [
      { "www.other.test.": { A: "192.0.2.1" } },
      'records.www.other.test.: the name "www.other.test." lies outside the zone shop.test.',
    ],
  ])("%p", (records, expected) => {
    expect(problems({ records })).toEqual([expected]);
  });

  test("all are told at once", () => {
    expect(problems({ ttl: "x", soa: { retry: "y" }, records: { a: { A: "1" }, b: { B: "2" } } })).toHaveLength(4);
  });
});
