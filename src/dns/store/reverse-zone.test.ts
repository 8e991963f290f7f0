import { atOnce } from "../../time/slices.ts";
import { describe, expect, test } from "bun:test";
import { formatName, parseName } from "../wire/name.ts";
import { recordsOf } from "../zone/records-for-tests.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import { parsePrefix, type Prefix, reverseName } from "./reverse-name.ts";
import { reverseZone } from "./reverse-zone.ts";
import { zoneFromRecords } from "./zone-from-records.ts";
import type { ZoneRecords } from "./zone-records.ts";

function zone(apex: string, records: ZoneRecords["records"]): ZoneData {
  return atOnce(zoneFromRecords(parseName(apex) as Uint8Array, { records })).zone!;
}

function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (typeof parsed === "string") throw new Error(parsed);
  return parsed;
}

function pointers(text: string, forward: readonly ZoneData[], records: ZoneRecords["records"] = {}): string[] {
  const { zone: made, problems } = atOnce(
    reverseZone(prefix(text), { records: { "@": { NS: "ns.shop.test." }, ...records } }, forward),
  );
  expect(problems).toEqual([]);
  return recordsOf(made!).filter((line) => line.includes(" PTR "));
}

const SHOP = zone("shop.test", {
  "@": { NS: "ns", A: "192.0.2.1", AAAA: "2001:db8::1" },
  ns: { A: ["192.0.2.2", "198.51.100.2"] },
  www: { A: "192.0.2.1" },
  "*.dev": { A: "192.0.2.3" },
  sub: { NS: "ns.sub" },
  "ns.sub": { A: "192.0.2.4" },
  alias: { CNAME: "www" },
});

describe("prefixes", () => {
  test.each([
    ["192.0.2.0/24", "2.0.192.in-addr.arpa."],
    ["172.16.0.0/16", "16.172.in-addr.arpa."],
    ["10.0.0.0/8", "10.in-addr.arpa."],
    ["2001:db8::/32", "8.b.d.0.1.0.0.2.ip6.arpa."],
    ["2001:db8:a0::/44", "a.0.0.8.b.d.0.1.0.0.2.ip6.arpa."],
    ["2001:db8::/128", `${"0.".repeat(24)}8.b.d.0.1.0.0.2.ip6.arpa.`],
  ])("%s", (text, expected) => {
    const { address, bits } = prefix(text);
    expect(formatName(reverseName(address, bits))).toBe(expected);
  });

  test.each([
    ["192.0.2.0", "is not a prefix: write one such as 192.0.2.0/24 or 2001:db8::/32"],
    ["192.0.2.0/33", "is not a prefix"],
    ["192.0.2.300/24", "is not a prefix"],
    ["192.0.2.0/25", "has no reverse zone of its own: /8, /16 and /24 have (for smaller ones see RFC 2317)"],
    ["192.0.2.0/20", "has no reverse zone of its own: /8, /16 and /24 have (for smaller ones see RFC 2317)"],
    ["2001:db8::/33", "has no reverse zone of its own: it must be a multiple of 4"],
    ["192.0.2.1/24", "has bits set beyond the first 24"],
    ["2001:db8:a::/44", "has bits set beyond the first 44"],
    ["0.0.0.0/0", "has no reverse zone of its own: /8, /16 and /24 have (for smaller ones see RFC 2317)"],
  ])("%s %s", (text, problem) => {
    expect(parsePrefix(text)).toBe(problem);
  });
});

describe("pointers", () => {
  test("each address of the prefix, to every name that has it, but for wildcards and glue", () => {
    expect(pointers("192.0.2.0/24", [SHOP])).toEqual([
      "1.2.0.192.in-addr.arpa. 3600 PTR shop.test.",
      "1.2.0.192.in-addr.arpa. 3600 PTR www.shop.test.",
      "2.2.0.192.in-addr.arpa. 3600 PTR ns.shop.test.",
    ]);
    expect(pointers("198.51.100.0/24", [SHOP])).toEqual(["2.100.51.198.in-addr.arpa. 3600 PTR ns.shop.test."]);
    expect(pointers("2001:db8::/32", [SHOP])).toEqual([
      `1.${"0.".repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa. 3600 PTR shop.test.`,
    ]);
    expect(pointers("203.0.113.0/24", [SHOP])).toEqual([]);
  });

  test("a half byte of an IPv6 prefix counts", () => {
    const other = zone("a.test", { "@": { NS: "ns", AAAA: ["2001:db8:0f::1", "2001:db8:1f::1"] } });
    expect(pointers("2001:db8:0::/44", [other])).toHaveLength(1);
  });

  test("of several zones; a stated pointer stands alone", () => {
    const other = zone("a.test", { "@": { NS: "ns", A: ["192.0.2.1", "192.0.2.9"] } });
    expect(pointers("192.0.2.0/24", [SHOP, other], { "1": { PTR: "gate.shop.test." } })).toEqual([
      "1.2.0.192.in-addr.arpa. 3600 PTR gate.shop.test.",
      "2.2.0.192.in-addr.arpa. 3600 PTR ns.shop.test.",
      "9.2.0.192.in-addr.arpa. 3600 PTR a.test.",
    ]);
  });
});
