/** What is wrong with a steered name: values by the schema, and what does not go together. */
import { afterAll, describe, expect, test } from "bun:test";
import { TestFolder } from "../../config/files-for-tests.ts";
import type { AddressOptions, NameOptions, SteeringOptions } from "../steering/options.ts";
import { SteeredZones } from "../steering/steered-zones-for-tests.ts";

const folder = new TestFolder();
afterAll(() => folder.remove());

const pops = { a: { addresses: ["192.0.2.1"] }, b: { addresses: ["192.0.2.2", "2001:db8::2"] } };

/** Something else is wrong beside it, so that there is always something to be found. */
async function problemsOf(options: NameOptions, databases: SteeringOptions["databases"] = {}): Promise<string[]> {
  const zones = { "shop.test": { file: "zone", steering: { www: options } } };
  const dns = { listeners: [], geo: databases, zones };
  if (Object.keys(databases).length === 0) Reflect.deleteProperty(dns, "geo");
  const problems = await folder.problems("bad.yaml", `unknown: 1\nroutes: []\ndns: ${JSON.stringify(dns)}\n`);
  const own = problems.filter(({ path }) => path[3] === "steering");
  expect(own.filter(({ path }) => path[4] !== "www")).toEqual([]);
  return own.map(({ path, message }) => `${path.slice(5).join(".")}: ${message}`);
}

describe("a steered name", () => {
  const good: Array<readonly [NameOptions, SteeringOptions["databases"]?]> = [
    [{ alias: "cdn.example.net" }],
    [{ alias: "cdn.example.net.", minimumTtl: 1, maximumTtl: "1h30m" }],
    [{ pops }],
    [{ pops, ttl: "5m", pick: "rotate", sticky: true, fallback: "b", subnet: ["192.0.2.0/24", "::1"] }],
    [{ pops, geography: { "*": "a" } }],
    [{ pops, geography: { "10.0.0.0/8": ["a", "b"], "country:DE": { a: 2, b: 1 }, "*": "a" } }, { place: "x.mmdb" }],
    [{ pops, geography: { "asn:64500": "a", "*": "b" } }, { asn: "x.mmdb" }],
    [{ pops, geography: { "abcd::1": "a", "*": "b" } }],
    [{ pops, geography: { "2001:db8::/32": "a", "*": ["a", "b"] }, spillAbove: 0.5 }],
    [
      { pops: { a: { addresses: ["192.0.2.1"], latitude: -90, longitude: 180 } }, nearest: { default: "a" } },
      { place: "x.mmdb" },
    ],
  ];
  test.each(good.map(([options, databases]) => [options, databases ?? {}] as const))(
    "takes %o",
    async (options, databases) => {
      expect(await problemsOf(options, databases)).toEqual([]);
    },
  );

  const bad: Array<readonly [NameOptions, readonly string[]]> = [
    [{ alias: "" }, ['alias: the name "" is empty']],
    [{ alias: "a.test", minimumTtl: 60, maximumTtl: 30 }, ["minimumTtl: 60 s is more than the maximum of 30 s"]],
    [{ alias: "a.test", minimumTtl: "0" }, ['minimumTtl: "0" is less than 1 seconds']],
    [{ alias: "a.test", pops } as NameOptions, ["pops: cannot be combined with alias"]],
    [{ pops: {} }, ["pops: there is none"]],
    [{ pops: { a: { addresses: [] } } }, ["pops.a.addresses: is empty"]],
    [{ pops, ttl: "soon" }, ['ttl: "soon" is not a TTL']],
    [{ pops, ttl: 1_000_000 }, ["ttl: 1000000 is more than 604800 seconds"]],
    [
      { pops: { a: { addresses: ["192.0.2", "192.0.2.1/32"] } } },
      [
        'pops.a.addresses.0: "192.0.2" is not an IPv4 or IPv6 address',
        'pops.a.addresses.1: "192.0.2.1/32" is not an IPv4 or IPv6 address',
      ],
    ],
    [
      { pops: { a: { addresses: ["192.0.2.1", "::ffff:192.0.2.1"] } } },
      ["pops.a.addresses.1: ::ffff:192.0.2.1 is there already"],
    ],
    [
      { pops: { a: { addresses: Array.from({ length: 33 }, (_, index) => `192.0.2.${index}`) } } },
      ["pops.a.addresses: there are 33 IPv4 addresses, more than 32"],
    ],
    [
      { pops: { a: { addresses: [{ address: "192.0.2.1", weight: 2 }] } } },
      ["pops.a.addresses.0.weight: all addresses are given, so their weights mean nothing"],
    ],
    [
      { pick: "one", pops: { a: { addresses: [{ address: "192.0.2.1", weight: 1.5 }], weight: -1 } } },
      ["pops.a.addresses.0.weight: 1.5 is not a whole number", "pops.a.weight: -1 is too small"],
    ],
    [{ pops, fallback: "c" }, ['fallback: there is no pop "c"']],
    [{ pops: { a: pops.a }, fallback: "a" }, ["fallback: it is the only pop"]],
    [{ pops, geography: { "10.0.0.0/8": "a" } }, ["geography: no rule fits all other clients"]],
    [{ pops, geography: { "*": "c" } }, ['geography.*: there is no pop "c"']],
    [{ pops, geography: { "*": ["a", "a"] } }, ['geography.*: "a" is named twice']],
    [{ pops, geography: { "*": [] } }, ["geography.*: no pop is named"]],
    [{ pops, geography: { "*": { a: 70_000 } } }, ["geography.*.a: 70000 is too large"]],
    [
      {
        pops,
        geography: {
          "10.0.0.0/33": "a",
          "country:DEU": "a",
          "continent:XX": "a",
          "asn:x": "a",
          "subdivision:CA": "a",
          "*": "a",
        },
      },
      [
        'geography.10.0.0.0/33: "10.0.0.0/33" has no valid prefix length: 0 to 32 is expected behind the "/"',
        'geography.country:DEU: "DEU" is not a country code of two letters (ISO 3166-1)',
        'geography.continent:XX: "XX" is none of AF, AN, AS, EU, NA, OC, SA',
        'geography.asn:x: "X" is not a number of an autonomous system',
        'geography.subdivision:CA: "CA" is not a subdivision code (ISO 3166-2)',
      ],
    ],
    [
      { pops, geography: { "country:DE": "a", "asn:1": "a", "*": "a" } },
      ["geography.country:DE: nobody tells where clients are", "geography.asn:1: nobody tells where clients are"],
    ],
    [
      { pops, geography: { "10.0.0.0/8": "a", "10.1.0.0/8": "b", "*": "a" } },
      ['geography.10.1.0.0/8: the rule "10.0.0.0/8" is for the same clients'],
    ],
    [
      {
        pops: { a: { addresses: ["192.0.2.1"], latitude: 1, longitude: 1 } },
        geography: { "*": "a" },
        nearest: { default: "a" },
      },
      ["nearest: geography and nearest cannot both choose the pop", "nearest: nobody tells where clients are"],
    ],
    [
      { pops, nearest: { default: "a" } },
      [
        "pops.a: nearest needs to know where it is",
        "pops.b: nearest needs to know where it is",
        "nearest: nobody tells where clients are",
      ],
    ],
    [
      {
        pops: {
          a: { addresses: ["192.0.2.1"], latitude: 91, longitude: 181 },
        },
      },
      ["pops.a.latitude: 91 is not -90 to 90", "pops.a.longitude: 181 is not -180 to 180"],
    ],
    [{ pops: { b: { addresses: ["192.0.2.2"], latitude: 1 } } }, ["pops.b: latitude and longitude go together"]],
    [{ pops, spillAbove: 0 }, ["spillAbove: 0 is not a share"]],
    [{ pops, spillAbove: 0.5, returnBelow: 0.6 }, ["returnBelow: 0.6 is more than spillAbove (0.5)"]],
    [{ pops, subnet: ["all"] }, ['subnet.0: "all" is not an IPv4 or IPv6 address or network, such as "192.0.2.0/24"']],
  ];
  test.each(bad)("finds what is wrong with %o", async (options, problems) => {
    expect(await problemsOf(options)).toEqual([...problems]);
  });

  test("country rules need the file of places, systems either", async () => {
    expect(await problemsOf({ pops, geography: { "country:DE": "a", "*": "a" } }, { asn: "x.mmdb" })).toHaveLength(1);
    expect(await problemsOf({ pops, geography: { "asn:1": "a", "*": "a" } }, { place: "x.mmdb" })).toEqual([]);
  });

  test("options with a problem make no steering", () => {
    expect(() => new SteeredZones({ names: { "www.shop.test": { pops: {} } as AddressOptions } })).toThrow(
      new RangeError("names.www.shop.test.pops: there is none"),
    );
  });
});
