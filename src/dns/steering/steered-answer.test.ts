import { describe, expect, test } from "bun:test";
import type { AddressOptions } from "./options.ts";
import { SteeredZones } from "./steered-zones-for-tests.ts";

/** A zone whose `www` is steered so. */
function www(options: AddressOptions): SteeredZones {
  return new SteeredZones({ names: { "www.shop.test": options } });
}

function answers(zones: SteeredZones, count: number, type = "A"): string[] {
  return Array.from({ length: count }, () => zones.ask("www.shop.test", type).answer.join(" "));
}

function countsOf(list: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of list) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

describe("addresses by health", () => {
  const options: AddressOptions = {
    pops: {
      only: {
        addresses: [
          { address: "192.0.2.1", health: "one" },
          { address: "192.0.2.2", health: "two" },
          { address: "2001:db8::1", health: "one" },
        ],
        health: "pool",
      },
    },
  };

  test.each([
    [{}, "192.0.2.1 192.0.2.2", "2001:db8::1", "only is up"],
    [{ one: true }, "192.0.2.1 192.0.2.2", "2001:db8::1", "only is up"],
    [{ two: false }, "192.0.2.1", "2001:db8::1", "only is up but for 192.0.2.2"],
    // The other family is up: to say no to this one sends clients there.
    [{ one: false }, "192.0.2.2", "", "only is up but for 192.0.2.1, 2001:db8::1"],
    // All down, one by one or as a whole: fail open.
    [
      { one: false, two: false },
      "192.0.2.1 192.0.2.2",
      "2001:db8::1",
      "all are down, so only is given as if it were up",
    ],
    [{ pool: false }, "192.0.2.1 192.0.2.2", "2001:db8::1", "all are down, so only is given as if it were up"],
  ])("%o", (states, ipv4, ipv6, words) => {
    const zones = www(options);
    zones.health.set(states);
    expect(zones.ask("www.shop.test").answer.join(" ")).toBe(ipv4);
    expect(zones.ask("www.shop.test", "AAAA").answer.join(" ")).toBe(ipv6);
    expect(zones.explain("www.shop.test").find(({ stage }) => stage === "health")?.text).toBe(words);
  });

  test("health is asked for once per version, and the same state gives the same answer object", () => {
    const zones = www(options);
    answers(zones, 10);
    const before = zones.health.asked;
    answers(zones, 10);
    expect(zones.health.asked).toBe(before);
    zones.health.set({ two: false });
    answers(zones, 10);
    expect(zones.health.asked).toBe(before + 4);
  });

  test("no address of a type: the SOA, for no longer than an address would hold", () => {
    const zones = www({ ttl: "20s", pops: { only: { addresses: ["192.0.2.1"] } } });
    expect(zones.ask("www.shop.test")).toMatchObject({ code: "NOERROR", ttl: 20 });
    expect(zones.ask("www.shop.test", "AAAA")).toMatchObject({ code: "NOERROR", answer: [], authority: ["SOA 20"] });
    expect(zones.ask("www.shop.test", "TXT").answer).toEqual(['"x"']);
    expect(zones.ask("www.shop.test", "ANY").answer).toEqual(["192.0.2.1"]);
    const six = www({ pops: { only: { addresses: ["2001:db8::1"] } } });
    expect(six.ask("www.shop.test", "ANY").answer).toEqual(["2001:db8::1"]);
  });

  test("a wildcard steers all names below it that are not there", () => {
    const zones = new SteeredZones({ names: { "*.shop.test": { pops: { only: { addresses: ["192.0.2.9"] } } } } });
    expect(zones.ask("any.thing.shop.test").answer).toEqual(["192.0.2.9"]);
    expect(zones.ask("www.shop.test").answer).toEqual([]);
    expect(zones.explain("any.thing.shop.test")).not.toEqual([]);
  });
});

describe("one after the other", () => {
  const pair = ["192.0.2.1", "192.0.2.2", "192.0.2.3"];

  test("all as they stand, or each first in turn", () => {
    expect(answers(www({ pops: { only: { addresses: pair } } }), 2)).toEqual([pair.join(" "), pair.join(" ")]);
    expect(answers(www({ pick: "rotate", pops: { only: { addresses: pair } } }), 4)).toEqual([
      "192.0.2.1 192.0.2.2 192.0.2.3",
      "192.0.2.2 192.0.2.3 192.0.2.1",
      "192.0.2.3 192.0.2.1 192.0.2.2",
      "192.0.2.1 192.0.2.2 192.0.2.3",
    ]);
  });

  test("one by weight, among those that are up, each type for itself", () => {
    const zones = www({
      pick: "one",
      pops: {
        only: {
          addresses: [
            { address: "192.0.2.1", weight: 3 },
            { address: "192.0.2.2", weight: 1, health: "two" },
            { address: "192.0.2.3", weight: 0 },
            { address: "2001:db8::1", weight: 1 },
            { address: "2001:db8::2", weight: 1 },
          ],
        },
      },
    });
    const both = Array.from({ length: 8 }, () => [...answers(zones, 1), ...answers(zones, 1, "AAAA")]).flat();
    expect(countsOf(both)).toEqual({ "192.0.2.1": 6, "192.0.2.2": 2, "2001:db8::1": 4, "2001:db8::2": 4 });
    zones.health.set({ two: false });
    expect(countsOf(answers(zones, 8))).toEqual({ "192.0.2.1": 8 });
  });

  test("groups by weight; one that is down leaves its share to the others; a fallback only when all are", () => {
    const zones = www({
      fallback: "sorry",
      pops: {
        blue: { addresses: ["192.0.2.1"], weight: 9, health: "blue" },
        green: { addresses: ["192.0.2.2"], weight: 1, health: "green" },
        sorry: { addresses: ["192.0.2.99"] },
      },
    });
    expect(countsOf(answers(zones, 100))).toEqual({ "192.0.2.1": 90, "192.0.2.2": 10 });
    zones.health.set({ blue: false });
    expect(countsOf(answers(zones, 5))).toEqual({ "192.0.2.2": 5 });
    zones.health.set({ green: false });
    expect(answers(zones, 1)).toEqual(["192.0.2.99"]);
    expect(zones.why("www.shop.test")).toBe(
      "resolver 198.51.100.53 → blue 9 : green 1 → all are down, so sorry stands in → sorry, with nothing left to choose → A 192.0.2.99, TTL 30",
    );
    zones.health.set({ blue: true });
    expect(answers(zones, 1)).toEqual(["192.0.2.1"]);
  });

  test("explaining takes nobody's turn", () => {
    const zones = www({ pops: { a: { addresses: ["192.0.2.1"] }, b: { addresses: ["192.0.2.2"] } } });
    const plain = www({ pops: { a: { addresses: ["192.0.2.1"] }, b: { addresses: ["192.0.2.2"] } } });
    for (let round = 0; round < 6; round++) {
      const told = zones.explain("www.shop.test").at(-1)!.text;
      const [answer] = answers(zones, 1);
      expect(told).toBe(`A ${answer}, TTL 30`);
      expect(answer).toBe(answers(plain, 1)[0]!);
    }
  });

  test("sticky: a network keeps its group and address, and says so by the scope", () => {
    const zones = www({
      sticky: true,
      pick: "one",
      pops: {
        a: { addresses: ["192.0.2.1", "192.0.2.2"], health: "a" },
        b: { addresses: ["192.0.2.3", "192.0.2.4"] },
      },
    });
    const first = new Map<string, string>();
    for (let round = 0; round < 2; round++) {
      for (let network = 0; network < 200; network++) {
        const subnet = `10.${network}.7.0/24`;
        const reply = zones.ask("www.shop.test", "A", { subnet });
        expect(reply.scope).toBe(24);
        expect(first.get(subnet) ?? reply.answer[0]).toBe(reply.answer[0]!);
        first.set(subnet, reply.answer[0]!);
      }
    }
    expect(Object.keys(countsOf([...first.values()])).length).toBe(4);
    zones.health.set({ a: false });
    for (const [subnet, answer] of first) {
      const now = zones.ask("www.shop.test", "A", { subnet }).answer[0]!;
      if (answer === "192.0.2.3" || answer === "192.0.2.4") expect(now).toBe(answer);
      else expect(["192.0.2.3", "192.0.2.4"]).toContain(now);
    }
    expect(zones.why("www.shop.test", { subnet: "10.1.7.0/24" })).toContain("by the hash of the client's network");
  });
});

describe("EDNS client subnet (RFC 7871)", () => {
  const options: AddressOptions = {
    pops: { here: { addresses: ["192.0.2.1"] }, there: { addresses: ["192.0.2.2"] } },
    geography: { "203.0.113.0/24": "there", "2001:db8:5::/48": "there", "198.18.0.0/15": "there", "*": "here" },
  };

  test.each([
    // The subnet decides, not who asks; the scope is the bits that did.
    ["203.0.113.0/24", "198.51.100.53", "192.0.2.2", 24],
    ["203.0.112.0/24", "198.18.0.1", "192.0.2.1", 24],
    ["10.0.0.0/8", "198.51.100.53", "192.0.2.1", 1],
    // Less than a rule needs: it cannot be known, and more bits would matter.
    ["203.0.0.0/16", "198.51.100.53", "192.0.2.1", 18],
    ["203.0.112.0/20", "198.51.100.53", "192.0.2.1", 24],
    // More than anyone needs: cut off at /24 and /56.
    ["203.0.113.77/32", "198.51.100.53", "192.0.2.2", 24],
    ["2001:db8:5:1::1/128", "198.51.100.53", "192.0.2.2", 48],
    ["2001:db8:6::/56", "198.51.100.53", "192.0.2.1", 47],
    // /0: nothing is told, so where the resolver is counts.
    ["0.0.0.0/0", "198.18.0.1", "192.0.2.2", 0],
    ["::/0", "198.51.100.53", "192.0.2.1", 0],
  ])("%s through %s", (subnet, client, answer, scope) => {
    expect(www(options).ask("www.shop.test", "A", { subnet, client })).toMatchObject({ answer: [answer], scope });
  });

  test("rules on less than a /24 hold for resolvers alone", () => {
    const zones = www({ ...options, geography: { "203.0.113.64/26": "there", "*": "here" } });
    expect(zones.ask("www.shop.test", "A", { client: "203.0.113.77" }).answer).toEqual(["192.0.2.2"]);
    const subnet = "203.0.113.77/32";
    expect(zones.ask("www.shop.test", "A", { subnet })).toMatchObject({ answer: ["192.0.2.1"], scope: 24 });
  });

  test("without it the resolver is the client, and no scope is told", () => {
    expect(www(options).ask("www.shop.test", "A", { client: "203.0.113.9" })).toMatchObject({
      answer: ["192.0.2.2"],
      scope: -1,
    });
    expect(www(options).ask("www.shop.test", "A", { client: "2001:db8:5::53" }).answer).toEqual(["192.0.2.2"]);
    expect(www(options).ask("www.shop.test", "A", { client: "unknown" }).answer).toEqual(["192.0.2.1"]);
  });

  test("of those alone who may tell", () => {
    const zones = www({ ...options, subnet: ["198.51.100.0/24"] });
    const subnet = "203.0.113.0/24";
    expect(zones.ask("www.shop.test", "A", { subnet })).toMatchObject({ answer: ["192.0.2.2"], scope: 24 });
    expect(zones.ask("www.shop.test", "A", { subnet, client: "198.18.0.1" })).toMatchObject({
      answer: ["192.0.2.2"],
      scope: -1,
    });
    expect(zones.ask("www.shop.test", "A", { subnet, client: "192.0.2.53" })).toMatchObject({
      answer: ["192.0.2.1"],
      scope: -1,
    });
    const deaf = www({ ...options, subnet: "none" });
    expect(deaf.ask("www.shop.test", "A", { subnet })).toMatchObject({ answer: ["192.0.2.1"], scope: -1 });
  });

  test("an answer for all has scope 0; names that are not steered tell none", () => {
    const zones = www({ pops: { only: { addresses: ["192.0.2.1"] } } });
    expect(zones.ask("www.shop.test", "A", { subnet: "203.0.113.0/24" }).scope).toBe(0);
    expect(zones.ask("other.shop.test", "TXT", { subnet: "203.0.113.0/24" }).scope).toBe(-1);
  });

  test.each([
    ["bits beyond the prefix", [0, 1, 20, 0, 203, 0, 113]],
    ["too many bytes", [0, 1, 16, 0, 203, 0, 113]],
    ["too few bytes", [0, 1, 24, 0, 203, 0]],
    ["a prefix longer than an address", [0, 1, 33, 0, 1, 2, 3, 4, 5]],
    ["a scope in a query", [0, 1, 24, 24, 203, 0, 113]],
    ["no family", [0, 0, 8, 0, 203]],
    ["a family of its own", [0, 3, 0, 0]],
    ["no prefix", [0, 1]],
  ])("malformed by %s: FORMERR", (_, bytes) => {
    const reply = www(options).ask("www.shop.test", "A", { subnet: Uint8Array.from(bytes) });
    expect(reply).toMatchObject({ code: "FORMERR", answer: [] });
  });

  test("nothing told, not even the family", () => {
    expect(www(options).ask("www.shop.test", "A", { subnet: new Uint8Array(4) }).code).toBe("NOERROR");
  });
});
