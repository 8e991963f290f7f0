import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GeoDatabase } from "./geo-database.ts";
import { distance } from "./geo-place.ts";
import { writeMmdb, type Written } from "./mmdb-writer-for-tests.ts";
import type { AddressOptions } from "./options.ts";
import { SteeredZones } from "./steered-zones-for-tests.ts";

let folder = "";
let place = "";
let asn = "";

function city(country: string, continent: string, more: { readonly [key: string]: Written } = {}): Written {
  return { country: { iso_code: country }, continent: { code: continent }, ...more };
}

function at(latitude: number, longitude: number): { readonly [key: string]: Written } {
  return { location: { latitude, longitude } };
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "roundtrip-geo-"));
  place = join(folder, "city.mmdb");
  asn = join(folder, "asn.mmdb");
  writeFileSync(
    place,
    writeMmdb(
      {
        "203.0.113.0/24": city("DE", "EU", at(50.116, 8.684)),
        "198.51.100.0/24": city("FR", "EU"),
        "192.0.2.0/25": city("US", "NA", { subdivisions: [{ iso_code: "CA" }], ...at(37.775, -122.419) }),
        "192.0.2.128/25": city("US", "NA", { subdivisions: [{ iso_code: "NY" }], ...at(40.713, -74.006) }),
        "198.18.0.0/15": { registered_country: { iso_code: "JP" } },
        "2001:db8:5::/48": city("DE", "EU"),
        // A record that is none.
        "198.20.0.0/16": 7,
      },
      { recordSize: 28, databaseType: "Test-City" },
    ),
  );
  writeFileSync(
    asn,
    writeMmdb({
      "203.0.113.128/26": { autonomous_system_number: 64_500, autonomous_system_organization: "Example" },
    }),
  );
});

afterAll(() => rmSync(folder, { recursive: true }));

async function zonesWith(options: Partial<AddressOptions>, pops: AddressOptions["pops"]): Promise<SteeredZones> {
  const zones = new SteeredZones({ databases: { place, asn }, names: { "www.shop.test": { pops, ...options } } });
  await zones.steering.load();
  return zones;
}

describe("by country, continent, subdivision, system and network", () => {
  const pops = Object.fromEntries(
    ["net", "as", "ca", "us", "de", "eu", "jp", "rest"].map((name, index) => [
      name,
      { addresses: [`10.0.0.${index}`] },
    ]),
  );
  const geography = {
    "203.0.113.192/28": "net",
    "asn:64500": "as",
    "Subdivision:us-ca": "ca",
    "country:US": "us",
    "country:de": "de",
    "continent:EU": "eu",
    "country:JP": "jp",
    "*": "rest",
  };
  const names = Object.keys(pops);

  test.each([
    ["203.0.113.7", "de", "country DE"],
    ["203.0.113.130", "as", "AS64500"],
    ["203.0.113.193", "net", "network 203.0.113.192/28"],
    ["198.51.100.1", "eu", "country FR"],
    ["192.0.2.1", "ca", "subdivision US-CA"],
    ["192.0.2.129", "us", "subdivision US-NY"],
    ["198.19.0.1", "jp", "country JP"],
    ["198.20.0.1", "rest", "no rule for it, so the default"],
    ["10.0.0.1", "rest", "no rule for it, so the default"],
    ["2001:db8:5::1", "de", "country DE"],
  ])("%s: %s", async (client, pop, words) => {
    const zones = await zonesWith({ geography }, pops);
    const { answer } = zones.ask("www.shop.test", "A", { client });
    expect(names[Number(answer[0]!.split(".")[3])]).toBe(pop);
    expect(zones.why("www.shop.test", { client })).toContain(` → ${words} → `);
  });

  test("the scope is the bits of all that was asked", async () => {
    const zones = await zonesWith({ geography }, pops);
    const scope = (subnet: string): number => zones.ask("www.shop.test", "A", { subnet }).scope;
    // Two networks of the file have the first 22 bits in common, and 24 lie between them and the rules' network.
    expect(scope("203.0.113.0/24")).toBe(24);
    expect(scope("198.51.100.0/24")).toBe(24);
    expect(scope("198.18.0.0/24")).toBe(15);
    expect(scope("2001:db8:5::/56")).toBe(48);
    expect(scope("10.0.0.0/24")).toBeLessThan(10);
  });

  test("lists in order, weights, and then what all others get", async () => {
    const zones = await zonesWith(
      { geography: { "country:DE": ["a", "b"], "country:FR": { a: 3, b: 1 }, "*": "c" } },
      {
        a: { addresses: ["10.0.0.1"], health: "a" },
        b: { addresses: ["10.0.0.2"], health: "b" },
        c: { addresses: ["10.0.0.3"] },
      },
    );
    const ask = (client: string): string => zones.ask("www.shop.test", "A", { client }).answer[0]!.slice(-1);
    const german = "203.0.113.1";
    expect(ask(german)).toBe("1");
    const french = Array.from({ length: 8 }, () => ask("198.51.100.1"));
    expect(french.filter((pop) => pop === "1")).toHaveLength(6);
    zones.health.set({ a: false });
    expect([ask(german), ask("198.51.100.1")]).toEqual(["2", "2"]);
    zones.health.set({ b: false });
    expect([ask(german), ask("198.51.100.1")]).toEqual(["3", "3"]);
  });
});

describe("the nearest by coordinates", () => {
  const pops = {
    fra: { addresses: ["10.0.0.1"], latitude: 50.1, longitude: 8.7, health: "fra" },
    iad: { addresses: ["10.0.0.2"], latitude: 38.9, longitude: -77, health: "iad" },
    sjc: { addresses: ["10.0.0.3"], latitude: 37.3, longitude: -121.9 },
  };

  test.each([
    ["203.0.113.1", {}, "1"],
    ["203.0.113.1", { fra: false }, "2"],
    ["192.0.2.1", {}, "3"],
    ["192.0.2.200", {}, "2"],
    ["192.0.2.200", { iad: false }, "3"],
    // In the file without coordinates, and not in the file.
    ["198.51.100.1", {}, "2"],
    ["10.9.9.9", {}, "2"],
    ["10.9.9.9", { iad: false }, "1"],
  ])("%s with %o: %s", async (client, states, pop) => {
    const zones = await zonesWith({ nearest: { default: ["iad", "fra"] } }, pops);
    zones.health.set(states);
    expect(zones.ask("www.shop.test", "A", { client }).answer[0]!.slice(-1)).toBe(pop);
  });

  test("in words", async () => {
    const zones = await zonesWith({ nearest: { default: "iad" } }, pops);
    expect(zones.why("www.shop.test", { client: "203.0.113.1" })).toContain(
      "country DE at 50.116, 8.684: fra 2 km, iad 6528 km, sjc 9157 km → fra, then iad, then sjc → fra is up",
    );
    expect(zones.why("www.shop.test", { client: "10.0.0.1" })).toContain("its place is not known, so the default");
  });

  test("distances along the great circle", () => {
    // Known ones: a quarter and half of the way round, across the date line, and along a meridian.
    expect(distance(0, 0, 0, 90)).toBeCloseTo(10_007.5, 0);
    expect(distance(10, 0, -10, 180)).toBeCloseTo(20_015.1, 0);
    expect(distance(0, 179.5, 0, -179.5)).toBeCloseTo(111.2, 0);
    expect(distance(52.52, 13.405, 48.857, 2.352)).toBeCloseTo(877.5, 0);
    expect(distance(5, 5, 5, 5)).toBe(0);
  });
});

describe("GeoDatabase", () => {
  test("takes over a changed file, keeps the old one when the new one is bad", async () => {
    const path = join(folder, "changing.mmdb");
    const database = new GeoDatabase(path);
    const country = (): string => database.place(database.find(Uint8Array.of(203, 0, 113, 1), 4)).country;
    await database.check();
    expect(database).toMatchObject({ version: 0 });
    expect(database.problem).toContain("ENOENT");
    expect(country()).toBe("");

    writeFileSync(path, writeMmdb({ "203.0.113.0/24": city("DE", "EU") }));
    await database.check();
    expect(database).toMatchObject({ version: 1, problem: "" });
    expect(country()).toBe("DE");
    expect(database.describe()).toBe("Test of 2026-09-21");
    await database.check();
    expect(database.version).toBe(1);

    writeFileSync(path, "this is not a database");
    await database.check();
    expect(database.version).toBe(1);
    expect(database.problem).toContain("no metadata marker");
    expect(country()).toBe("DE");

    writeFileSync(path, writeMmdb({ "203.0.113.0/24": city("AT", "EU"), "10.0.0.0/8": city("CH", "EU") }));
    await database.check();
    expect(database).toMatchObject({ version: 2, problem: "" });
    expect(country()).toBe("AT");
  });

  test("the nearest follows a new file", async () => {
    const path = join(folder, "nearest.mmdb");
    writeFileSync(path, writeMmdb({ "203.0.113.0/24": city("DE", "EU", at(50, 8)) }));
    const pops = {
      fra: { addresses: ["10.0.0.1"], latitude: 50, longitude: 8 },
      iad: { addresses: ["10.0.0.2"], latitude: 39, longitude: -77 },
    };
    const zones = new SteeredZones({
      databases: { place: path },
      names: { "www.shop.test": { pops, nearest: { default: "iad" } } },
    });
    const ask = (): string => zones.ask("www.shop.test", "A", { client: "203.0.113.1" }).answer[0]!;
    expect(ask()).toBe("10.0.0.2");
    await zones.steering.load();
    expect(ask()).toBe("10.0.0.1");
    writeFileSync(path, writeMmdb({ "203.0.113.0/24": city("US", "NA", at(40, -75)) }));
    await zones.steering.load();
    expect(ask()).toBe("10.0.0.2");
  });

  test("answers follow a new file", async () => {
    const path = join(folder, "answers.mmdb");
    writeFileSync(path, writeMmdb({ "203.0.113.0/24": city("DE", "EU") }));
    const zones = new SteeredZones({
      databases: { place: path },
      names: {
        "www.shop.test": {
          pops: { a: { addresses: ["10.0.0.1"] }, b: { addresses: ["10.0.0.2"] } },
          geography: { "country:DE": "a", "*": "b" },
        },
      },
    });
    const ask = (): string => zones.ask("www.shop.test", "A", { client: "203.0.113.1" }).answer[0]!;
    // Before the file is read the default answers.
    expect(ask()).toBe("10.0.0.2");
    await zones.steering.load();
    expect(ask()).toBe("10.0.0.1");
    writeFileSync(path, writeMmdb({ "203.0.113.0/24": city("AUT", "EU"), "10.0.0.0/8": city("DE", "EU") }));
    await zones.steering.load();
    expect(ask()).toBe("10.0.0.2");
    expect(zones.steering.describe().at(-1)).toEqual({ name: path, text: "Test of 2026-09-21" });
  });
});
