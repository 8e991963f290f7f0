import { atOnce } from "../../time/slices.ts";
import { describe, expect, test } from "bun:test";
import { wire, zoneFrom } from "../authority/ask-for-tests.ts";
import { AuthoritativeZone } from "../authority/authoritative-zone.ts";
import { ZoneSet } from "../authority/zone-set.ts";
import { RecordType } from "../wire/record-type.ts";
import { ZoneBuilder } from "../zone/zone-builder.ts";
import type { AddressOptions } from "./options.ts";
import { FakeResolver, SteeredZones } from "./steered-zones-for-tests.ts";
import { Steering } from "./steering.ts";

const pops: AddressOptions["pops"] = { a: { addresses: ["192.0.2.1"] }, b: { addresses: ["192.0.2.2"] } };

function steer(...names: readonly string[]): { steering: Steering; zones: ZoneSet } {
  const zones = new ZoneSet();
  const options = { names: Object.fromEntries(names.map((name) => [name, { pops }])) };
  return { steering: new Steering(options, { zones, resolver: new FakeResolver() }), zones };
}

describe("Steering", () => {
  test("says which names cannot be steered in a zone", () => {
    const names = ["there", "missing", "alias", "sub", "below.sub", "x.moved", "there.other"].map(
      (name) => `${name}.shop.test`,
    );
    const { steering } = steer(...names, "elsewhere.test");
    const zone = new AuthoritativeZone(
      zoneFrom(
        "there TXT x\nalias CNAME there\nsub NS ns.other.\nbelow.sub A 192.0.2.9\nmoved DNAME there\nx.moved TXT x",
        "shop.test.",
      ),
    );
    expect(steering.attach(zone).map(({ path, message }) => `${path.join("/")}: ${message}`)).toEqual([
      "names/missing.shop.test: the zone has no such name",
      "names/alias.shop.test: the name has a CNAME",
      "names/sub.shop.test: the name is delegated to other servers",
      "names/below.sub.shop.test: the name is delegated to other servers",
      "names/x.moved.shop.test: the name lies below a DNAME",
      "names/there.other.shop.test: the zone has no such name",
    ]);
    expect(zone.dynamic.size).toBe(1);
  });

  test("gives names a node before the zone is built; those of others are left out", () => {
    const { steering } = steer("shop.test", "New.shop.test", "*.deep.shop.test", "elsewhere.test");
    const builder = new ZoneBuilder(wire("shop.test."));
    const soa = zoneFrom("", "shop.test.").recordData(0);
    builder.add(wire("shop.test."), 11, RecordType.SOA, 3_600, soa, 0, soa.length);
    steering.addNames(builder);
    const data = atOnce(builder.build());
    expect(data.nodeCount).toBe(4);
    expect(steering.attach(new AuthoritativeZone(data))).toEqual([]);
  });

  test("a name belongs to the deepest of our zones", () => {
    const { steering, zones } = steer("www.sub.shop.test", "www.shop.test");
    const parent = new AuthoritativeZone(zoneFrom("www TXT x\nsub NS ns.sub", "shop.test."));
    const child = new AuthoritativeZone(zoneFrom("www TXT x", "sub.shop.test."));
    zones.set(parent);
    zones.set(child);
    expect([steering.attach(parent), steering.attach(child)]).toEqual([[], []]);
    expect([parent.dynamic.size, child.dynamic.size]).toEqual([1, 1]);
  });

  test("to peek takes nobody's turn", () => {
    const zones = new SteeredZones({ names: { "www.shop.test": { pops, pick: "rotate" } } });
    const ask = (): string => zones.ask("www.shop.test").answer[0]!;
    expect(zones.steering.peek(() => [ask(), ask(), ask()])).toEqual(["192.0.2.1", "192.0.2.1", "192.0.2.1"]);
    expect([ask(), ask(), ask()]).toEqual(["192.0.2.1", "192.0.2.2", "192.0.2.1"]);
  });

  test("what is not steered is not explained", () => {
    const zones = new SteeredZones({ names: { "www.shop.test": { pops } } });
    expect(zones.explain("other.shop.test")).toEqual([]);
    expect(zones.explain("www.elsewhere.test")).toEqual([]);
    expect(zones.explain("www.shop.test", "TXT")).toEqual([]);
  });

  test("describes each name in a sentence", () => {
    const zones = new SteeredZones(
      {
        names: {
          "www.shop.test": { pops: { a: { addresses: ["192.0.2.1"], health: "shop" } }, ttl: 20 },
          "x.shop.test": { alias: "cdn.test" },
        },
      },
      { "shop.test.": "www TXT x\nx TXT x" },
    );
    zones.health.set({ shop: false });
    expect(zones.steering.describe()).toEqual([
      { name: "www.shop.test", text: "addresses of 1 group, TTL 20: a is down" },
      { name: "x.shop.test", text: "alias of cdn.test is not resolved yet" },
    ]);
  });
});
