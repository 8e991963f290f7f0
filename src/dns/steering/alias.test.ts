import { describe, expect, test } from "bun:test";
import { AuthoritativeZone } from "../authority/authoritative-zone.ts";
import { zoneFrom } from "../authority/ask-for-tests.ts";
import type { NameOptions } from "./options.ts";
import { AliasTarget } from "./alias-target.ts";
import { FakeResolver, SteeredZones } from "./steered-zones-for-tests.ts";

const DAY = 86_400_000;

function aliased(alias: string, more: Readonly<Record<string, NameOptions>> = {}, bounds: object = {}): SteeredZones {
  return new SteeredZones(
    { names: { "shop.test": { alias, ...bounds }, ...more } },
    {
      "shop.test.":
        "@ TXT x\nwww A 192.0.2.80\nwww AAAA 2001:db8::80\ncname CNAME www\nout CNAME cdn.example.net.\nloop CNAME loop\nweb CNAME @\ngeo TXT x\none TXT x\ntwo TXT x\nsub NS ns.sub\nns.sub A 192.0.2.7\n*.wild A 192.0.2.81",
      "other.test.": "@ A 192.0.2.90\nchain CNAME shop.test.\nhop CNAME cname.shop.test.",
    },
  );
}

async function looked(zones: SteeredZones): Promise<void> {
  zones.advance(0);
  await zones.settle();
}

describe("an alias of a foreign name", () => {
  test("nothing is known at first: SERVFAIL with EDE 14, and no query waits or asks", async () => {
    const zones = aliased("cdn.example.net");
    zones.resolver.set("cdn.example.net", ["203.0.113.2", "203.0.113.1", "2001:db8::1", "203.0.113.1"], 120);
    expect(zones.ask("shop.test")).toMatchObject({ code: "SERVFAIL", answer: [], extendedError: 14 });
    expect(zones.why("shop.test")).toBe("SERVFAIL: alias of cdn.example.net is not resolved yet");
    expect(zones.resolver.asked).toEqual(["cdn.example.net"]);
    await zones.settle();
    expect(zones.ask("shop.test")).toMatchObject({
      code: "NOERROR",
      answer: ["203.0.113.1", "203.0.113.2"],
      ttl: 120,
      extendedError: 0,
    });
    expect(zones.ask("shop.test", "AAAA").answer).toEqual(["2001:db8::1"]);
    expect(zones.ask("shop.test", "TXT").answer).toEqual(['"x"']);
    expect(zones.ask("shop.test", "SOA").code).toBe("NOERROR");
    expect(zones.why("shop.test")).toBe("alias of cdn.example.net has 203.0.113.1, 203.0.113.2, 2001:db8::1, TTL 120");
    expect(zones.resolver.asked).toHaveLength(1);
  });

  test("looked up again before it runs out; the TTL stays within its bounds", async () => {
    for (const [ttl, given] of [
      [100, 100],
      [0, 5],
      [1_000_000, 3_600],
    ] as const) {
      const zones = aliased("cdn.example.net");
      zones.resolver.set("cdn.example.net", ["203.0.113.1"], ttl);
      await looked(zones);
      await zones.settle();
      expect(zones.ask("shop.test").ttl).toBe(given);
      zones.resolver.set("cdn.example.net", ["203.0.113.2"], ttl);
      zones.advance(given * 790);
      await zones.settle();
      expect(zones.ask("shop.test").answer).toEqual(["203.0.113.1"]);
      zones.advance(given * 10);
      await zones.settle();
      expect(zones.ask("shop.test").answer).toEqual(["203.0.113.2"]);
    }
    const zones = aliased("cdn.example.net", {}, { minimumTtl: "1m", maximumTtl: 90 });
    zones.resolver.set("cdn.example.net", ["203.0.113.1"], 7);
    await looked(zones);
    expect(zones.ask("shop.test").ttl).toBe(60);
  });

  test("when the resolver fails: stale answers for a day, said so, and tried again", async () => {
    const zones = aliased("cdn.example.net");
    zones.resolver.set("cdn.example.net", ["203.0.113.1"], 100);
    await looked(zones);
    zones.resolver.set("cdn.example.net", "ETIMEOUT");
    zones.advance(80_000);
    await zones.settle();
    expect(zones.ask("shop.test")).toMatchObject({ answer: ["203.0.113.1"], ttl: 100, extendedError: 0 });
    zones.advance(20_000);
    await zones.settle();
    expect(zones.ask("shop.test")).toMatchObject({
      code: "NOERROR",
      answer: ["203.0.113.1"],
      ttl: 30,
      extendedError: 3,
    });
    expect(zones.ask("shop.test", "AAAA")).toMatchObject({ code: "NOERROR", answer: [], extendedError: 3 });
    expect(zones.why("shop.test")).toContain("although they ran out: the lookup failed (ETIMEOUT)");
    // Every 30 seconds at most, once it has failed a few times.
    const before = zones.resolver.asked.length;
    for (let second = 0; second < 600; second++) {
      zones.advance(1_000);
      await zones.settle();
    }
    expect(zones.resolver.asked.length - before).toBeLessThanOrEqual(25);
    expect(zones.resolver.asked.length - before).toBeGreaterThanOrEqual(20);
    zones.advance(DAY - 600_001);
    await zones.settle();
    expect(zones.ask("shop.test").answer).toEqual(["203.0.113.1"]);
    zones.advance(1);
    expect(zones.ask("shop.test")).toMatchObject({ code: "SERVFAIL", answer: [], extendedError: 22 });
    zones.resolver.set("cdn.example.net", ["203.0.113.9"], 100);
    zones.advance(30_000);
    await zones.settle();
    expect(zones.ask("shop.test")).toMatchObject({ answer: ["203.0.113.9"], extendedError: 0 });
  });

  test("that there is no such name is an answer: no addresses, not stale ones", async () => {
    const zones = aliased("cdn.example.net");
    zones.resolver.set("cdn.example.net", ["203.0.113.1"], 10);
    await looked(zones);
    zones.resolver.set("cdn.example.net", "ENOTFOUND");
    zones.advance(9_000);
    await zones.settle();
    expect(zones.ask("shop.test")).toMatchObject({ code: "NOERROR", answer: [], authority: ["SOA 300"] });
    zones.resolver.set("cdn.example.net", ["203.0.113.1"], 10);
    zones.advance(4_000);
    await zones.settle();
    expect(zones.ask("shop.test").answer).toEqual(["203.0.113.1"]);
  });

  test.each([
    ["A", "ipv4", "ESERVFAIL", ["203.0.113.1"], ["2001:db8::2"]],
    ["AAAA", "ipv6", "ETIMEOUT", ["2001:db8::1"], ["203.0.113.2"]],
  ] as const)(
    "one family whose lookup fails: what was good stays for a day, then SERVFAIL (%s)",
    async (type, family, code, good, again) => {
      const other = type === "A" ? "AAAA" : "A";
      const zones = aliased("cdn.example.net");
      zones.resolver.set("cdn.example.net", ["203.0.113.1", "2001:db8::1"], 100);
      await looked(zones);
      zones.resolver.half("cdn.example.net", again, family, code, 100);
      zones.advance(80_000);
      await zones.settle();
      expect(zones.ask("shop.test", type)).toMatchObject({ answer: good, ttl: 100, extendedError: 0 });
      expect(zones.ask("shop.test", other)).toMatchObject({ answer: again, ttl: 100, extendedError: 0 });
      zones.advance(20_000);
      await zones.settle();
      expect(zones.ask("shop.test", type)).toMatchObject({ code: "NOERROR", answer: good, ttl: 30, extendedError: 3 });
      expect(zones.ask("shop.test", other)).toMatchObject({ answer: again, ttl: 100, extendedError: 0 });
      expect(zones.why("shop.test")).toContain(
        `${good[0]}, given with TTL 30 although they ran out: the lookup failed`,
      );
      for (let hour = 0; hour < 24; hour++) {
        zones.advance(DAY / 24);
        await zones.settle();
      }
      expect(zones.ask("shop.test", type)).toMatchObject({ code: "SERVFAIL", answer: [], extendedError: 22 });
      expect(zones.ask("shop.test", other)).toMatchObject({ answer: again, extendedError: 0 });
      zones.resolver.set("cdn.example.net", ["203.0.113.9", "2001:db8::9"], 100);
      zones.advance(30_000);
      await zones.settle();
      expect(zones.ask("shop.test", type)).toMatchObject({ code: "NOERROR", extendedError: 0 });
    },
  );

  test("one family that fails from the start is SERVFAIL, and keeps the other from nothing", async () => {
    const zones = aliased("cdn.example.net");
    zones.resolver.half("cdn.example.net", ["2001:db8::1"], "ipv4", "ESERVFAIL");
    await looked(zones);
    expect(zones.ask("shop.test")).toMatchObject({ code: "SERVFAIL", extendedError: 14 });
    expect(zones.ask("shop.test", "AAAA")).toMatchObject({ code: "NOERROR", answer: ["2001:db8::1"] });
    expect(zones.why("shop.test")).toBe(
      "SERVFAIL: alias of cdn.example.net is not resolved yet for IPv4: the lookup failed (ESERVFAIL); has 2001:db8::1, TTL 60",
    );
  });

  test("a name with addresses of one family alone: the other is NODATA, for as long and no more lookups", async () => {
    const zones = aliased("cdn.example.net");
    zones.resolver.half("cdn.example.net", ["203.0.113.1"], "ipv6", "ENOTFOUND", 100);
    await looked(zones);
    expect(zones.ask("shop.test", "AAAA")).toMatchObject({ code: "NOERROR", answer: [], authority: ["SOA 300"] });
    for (let second = 0; second < 79; second++) {
      zones.advance(1_000);
      await zones.settle();
    }
    expect(zones.resolver.asked).toHaveLength(1);
    expect(zones.ask("shop.test", "AAAA")).toMatchObject({ code: "NOERROR", extendedError: 0 });
  });

  test("that there is no such name, for one family of two, is not believed at once; that there is no record is", async () => {
    const zones = aliased("cdn.example.net");
    zones.resolver.set("cdn.example.net", ["203.0.113.1", "2001:db8::1"], 100);
    await looked(zones);
    zones.resolver.half("cdn.example.net", ["2001:db8::1"], "ipv4", "ENOTFOUND", 100);
    for (let minute = 0; minute < 59; minute++) {
      zones.advance(60_000);
      await zones.settle();
    }
    expect(zones.ask("shop.test")).toMatchObject({ answer: ["203.0.113.1"], ttl: 30, extendedError: 3 });
    expect(zones.why("shop.test")).toContain("no such name, which has other addresses (ENOTFOUND)");
    for (let minute = 0; minute < 3; minute++) {
      zones.advance(60_000);
      await zones.settle();
    }
    expect(zones.ask("shop.test")).toMatchObject({ code: "NOERROR", answer: [], authority: ["SOA 300"] });
    expect(zones.ask("shop.test", "AAAA").answer).toEqual(["2001:db8::1"]);

    zones.resolver.set("cdn.example.net", ["203.0.113.1", "2001:db8::1"], 100);
    zones.advance(100_000);
    await zones.settle();
    zones.resolver.half("cdn.example.net", ["2001:db8::1"], "ipv4", "ENODATA", 100);
    zones.advance(100_000);
    await zones.settle();
    expect(zones.ask("shop.test")).toMatchObject({ code: "NOERROR", answer: [] });
  });

  test("a failure before anything is known is tried again soon", async () => {
    const zones = aliased("cdn.example.net");
    zones.resolver.set("cdn.example.net", "ESERVFAIL");
    for (let second = 0; second < 8; second++) {
      await zones.settle();
      zones.advance(1_000);
    }
    await zones.settle();
    expect(zones.resolver.asked.length).toBe(4);
    expect(zones.ask("shop.test").code).toBe("SERVFAIL");
  });

  test("a reload keeps what is known, and forgets what is no longer named", async () => {
    const zones = aliased("cdn.example.net");
    zones.resolver.set("cdn.example.net", ["203.0.113.1"]);
    await looked(zones);
    const before = zones.steering;
    zones.steering = zones.steer(
      { names: { "shop.test": { alias: "cdn.example.net" }, "one.shop.test": { alias: "b.test" } } },
      before,
    );
    before.stop();
    for (const apex of ["shop.test."]) {
      const zone = new AuthoritativeZone(zoneFrom("@ TXT y\none TXT y", apex));
      expect(zones.steering.attach(zone)).toEqual([]);
      zones.zones.set(zone);
    }
    expect(zones.ask("shop.test")).toMatchObject({ answer: ["203.0.113.1"] });
    expect(zones.ask("one.shop.test")).toMatchObject({ code: "SERVFAIL", extendedError: 14 });
    before.tick(zones.now + DAY);
    expect(zones.resolver.asked).toEqual(["cdn.example.net"]);
  });
});

describe("AliasTarget", () => {
  test("a resolver that does not answer has failed", async () => {
    const silent = new FakeResolver();
    silent.resolveAddresses = () => new Promise(() => {});
    const target = new AliasTarget("cdn.test", silent, { minimum: 5, maximum: 60 }, 1);
    const looking = target.lookUp(() => 1_000);
    expect(target.isDue(1_000)).toBe(false);
    await looking;
    expect(target.describe(1_000)).toBe("cdn.test is not resolved yet: no answer in time");
    expect([target.isDue(1_999), target.isDue(2_000)]).toEqual([false, true]);
  });

  test("many are looked up a few at a time, and all of them at load", async () => {
    const names = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`n${index}.shop.test`, { alias: `t${index}.test` }]),
    );
    const zones = new SteeredZones(
      { names },
      {
        "shop.test.": Object.keys(names)
          .map((name) => `${name}. TXT x`)
          .join("\n"),
      },
    );
    expect(zones.resolver.asked).toHaveLength(16);
    for (let index = 0; index < 40; index++)
      zones.resolver.set(`t${index}.test`, index === 3 ? "ETIMEOUT" : ["192.0.2.1"]);
    await zones.steering.load();
    expect(new Set(zones.resolver.asked).size).toBe(40);
    expect(zones.ask("n39.shop.test").answer).toEqual(["192.0.2.1"]);
    expect(zones.ask("n3.shop.test").code).toBe("SERVFAIL");
  });
});

describe("an alias of a name of ours", () => {
  test.each([
    ["www.shop.test", ["192.0.2.80"], ["2001:db8::80"]],
    ["WWW.Shop.Test.", ["192.0.2.80"], ["2001:db8::80"]],
    ["cname.shop.test", ["192.0.2.80"], ["2001:db8::80"]],
    ["other.test", ["192.0.2.90"], []],
    ["hop.other.test", ["192.0.2.80"], ["2001:db8::80"]],
    ["any.wild.shop.test", ["192.0.2.81"], []],
    ["nothing.shop.test", [], []],
  ])("%s, without a resolver", (alias, ipv4, ipv6) => {
    const zones = aliased(alias);
    expect(zones.ask("shop.test")).toMatchObject({ code: "NOERROR", answer: ipv4, scope: -1 });
    expect(zones.ask("shop.test", "AAAA")).toMatchObject({ code: "NOERROR", answer: ipv6 });
    if (ipv4.length > 0) expect(zones.ask("shop.test").ttl).toBe(3_600);
    expect(zones.resolver.asked).toEqual([]);
  });

  test("follows the zone when it is replaced", () => {
    const zones = aliased("www.other.test");
    const serve = (text: string): unknown => zones.zones.set(new AuthoritativeZone(zoneFrom(text, "other.test.")));
    expect(zones.ask("shop.test").answer).toEqual([]);
    serve("www 60 A 192.0.2.1");
    expect(zones.ask("shop.test")).toMatchObject({ answer: ["192.0.2.1"], ttl: 60 });
    serve("www 60 A 192.0.2.2");
    expect(zones.ask("shop.test").answer).toEqual(["192.0.2.2"]);
    serve("www CNAME b\nb 50 A 192.0.2.3");
    expect(zones.ask("shop.test")).toMatchObject({ answer: ["192.0.2.3"], ttl: 50 });
  });

  test("in a zone of ours that is not usable: SERVFAIL", () => {
    const zones = aliased("other.test");
    for (const zone of zones.zones) if (zone.dynamic.size === 0) zone.usable = false;
    expect(zones.ask("shop.test")).toMatchObject({ code: "SERVFAIL", extendedError: 24 });
  });

  test.each(["out.shop.test", "host.sub.shop.test"])("%s leads out to others", async (alias) => {
    const zones = aliased(alias);
    const foreign = alias === "out.shop.test" ? "cdn.example.net" : alias;
    zones.resolver.set(foreign, ["203.0.113.5"]);
    expect(zones.ask("shop.test").extendedError).toBe(14);
    await looked(zones);
    expect(zones.resolver.asked).toEqual([foreign]);
    expect(zones.ask("shop.test").answer).toEqual(["203.0.113.5"]);
  });

  test("loops end", () => {
    expect(aliased("shop.test").ask("shop.test")).toMatchObject({ code: "SERVFAIL", extendedError: 24 });
    expect(aliased("shop.test").why("shop.test")).toContain("SERVFAIL");
    // By a CNAME back to it, in its own zone and through another.
    expect(aliased("web.shop.test").ask("shop.test")).toMatchObject({ code: "SERVFAIL", extendedError: 24 });
    expect(aliased("chain.other.test").ask("shop.test")).toMatchObject({ code: "SERVFAIL", extendedError: 24 });
    expect(aliased("loop.shop.test").ask("shop.test")).toMatchObject({ code: "NOERROR", answer: [] });
    const three = aliased("one.shop.test", {
      "one.shop.test": { alias: "two.shop.test" },
      "two.shop.test": { alias: "shop.test" },
    });
    for (const name of ["shop.test", "one.shop.test", "two.shop.test"]) {
      expect(three.ask(name)).toMatchObject({ code: "SERVFAIL", extendedError: 24 });
      expect(three.why(name)).toContain("SERVFAIL");
    }
    const chain = aliased("one.shop.test", {
      "one.shop.test": { alias: "two.shop.test" },
      "two.shop.test": { alias: "www.shop.test" },
    });
    expect(chain.ask("shop.test").answer).toEqual(["192.0.2.80"]);
  });

  test("that is steered: by the same client, with the same scope", () => {
    const zones = aliased("geo.shop.test", {
      "geo.shop.test": {
        pops: { a: { addresses: ["192.0.2.1"] }, b: { addresses: ["192.0.2.2"] } },
        geography: { "203.0.113.0/24": "b", "*": "a" },
        ttl: 20,
      },
    });
    const subnet = "203.0.113.0/24";
    expect(zones.ask("shop.test", "A", { subnet })).toMatchObject({ answer: ["192.0.2.2"], scope: 24, ttl: 20 });
    expect(zones.ask("shop.test", "A", { subnet: "10.0.0.0/24" })).toMatchObject({ answer: ["192.0.2.1"], scope: 1 });
    expect(zones.ask("shop.test", "A", { client: "203.0.113.4" })).toMatchObject({ answer: ["192.0.2.2"], scope: -1 });
    expect(zones.why("shop.test", { subnet })).toStartWith(
      "alias of geo.shop.test, a name of ours → subnet 203.0.113.0/24",
    );
    expect(zones.why("shop.test", { subnet })).toContain("A 192.0.2.2, TTL 20");
    // Looking ahead is nobody's turn.
    const turns = aliased("geo.shop.test", {
      "geo.shop.test": { pops: { a: { addresses: ["192.0.2.1"] }, b: { addresses: ["192.0.2.2"] } } },
    });
    const picks = Array.from({ length: 4 }, () => {
      turns.advance(1_000);
      return turns.ask("shop.test").answer[0];
    });
    expect(picks).toEqual(["192.0.2.1", "192.0.2.2", "192.0.2.1", "192.0.2.2"]);
    // A CNAME to the alias ends in front of it.
    expect(zones.ask("web.shop.test")).toMatchObject({ answer: ["shop.test."], authority: [] });
  });
});
