/** What holds for all options, all health and all clients. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseNetwork } from "../../bytes/address-set.ts";
import { writeMmdb } from "./mmdb-writer-for-tests.ts";
import type { AddressOptions, PopChoice } from "./options.ts";
import { SteeredZones } from "./steered-zones-for-tests.ts";

const POPS = ["a", "b", "c", "d"] as const;
let folder = "";
let place = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "roundtrip-steering-"));
  place = join(folder, "place.mmdb");
  const countries: Record<string, { country: { iso_code: string } }> = {};
  for (const [index, network] of [
    "10.0.0.0/9",
    "10.0.0.0/13",
    "10.6.0.0/16",
    "10.6.7.0/24",
    "10.200.0.0/15",
  ].entries()) {
    countries[network] = { country: { iso_code: ["DE", "FR", "US"][index % 3]! } };
  }
  writeFileSync(place, writeMmdb(countries));
});

afterAll(() => rmSync(folder, { recursive: true }));

const pop = fc.constantFrom(...POPS);
const choice: fc.Arbitrary<PopChoice> = fc.oneof(pop, fc.uniqueArray(pop, { minLength: 1 }));
const near = fc
  .tuple(fc.constantFrom(6, 0, 200, 77), fc.nat({ max: 8 }), fc.integer({ min: 8, max: 24 }))
  .map(([second, third, prefix]) => `10.${second}.${third}.0/${prefix}`);
const key = fc.oneof(near, fc.constantFrom("country:DE", "country:FR", "country:US"));
const geography = fc
  .tuple(fc.array(fc.tuple(key, choice), { maxLength: 8 }), choice)
  .map(([rules, rest]) => ({ ...uniqueRules(rules), "*": rest }));
const down = fc.subarray([...POPS]);

/** The first rule for each network or place. */
function uniqueRules(rules: ReadonlyArray<readonly [string, PopChoice]>): Record<string, PopChoice> {
  const byClients = new Map<string, readonly [string, PopChoice]>();
  for (const rule of rules) {
    const id = rule[0].includes("/") ? networkId(rule[0]) : rule[0];
    if (!byClients.has(id)) byClients.set(id, rule);
  }
  return Object.fromEntries(byClients.values());
}

function networkId(text: string): string {
  const { bytes, prefix } = parseNetwork(text);
  return `${(new DataView(bytes.buffer).getUint32(0) >>> (32 - prefix)) >>> 0}/${prefix}`;
}

function build(options: Partial<AddressOptions>, isDown: readonly string[] = []): SteeredZones {
  const pops = Object.fromEntries(
    POPS.map((name, index) => [name, { addresses: [`192.0.2.${index}`, `192.0.2.${index + 100}`], health: name }]),
  );
  const zones = new SteeredZones({ databases: { place }, names: { "www.shop.test": { pops, ...options } } });
  zones.health.set(Object.fromEntries(isDown.map((name) => [name, false])));
  return zones;
}

function popOf(answer: readonly string[]): string {
  return POPS[Number(answer[0]!.split(".")[3]) % 100]!;
}

function subnetOf(word: number, prefix = 24): string {
  const masked = prefix === 0 ? 0 : (word & (-1 << (32 - prefix))) >>> 0;
  return `${masked >>> 24}.${(masked >>> 16) & 255}.${(masked >>> 8) & 255}.${masked & 255}/${prefix}`;
}

const word = fc
  .tuple(fc.constantFrom(6, 7, 0, 200, 201, 77, 255), fc.nat({ max: 9 }), fc.nat({ max: 255 }))
  .map(([second, third, last]) => ((10 << 24) | (second << 16) | (third << 8) | last) >>> 0);

describe("steering", () => {
  test("all subnets that have the bits of the scope in common have the same answer (RFC 7871 §7.2.1)", async () => {
    await fc.assert(
      fc.asyncProperty(geography, down, word, fc.nat({ max: 0xffff_ffff }), async (rules, isDown, client, noise) => {
        const zones = build({ geography: rules }, isDown);
        await zones.steering.load();
        const ask = (at: number): ReturnType<SteeredZones["ask"]> =>
          zones.ask("www.shop.test", "A", { subnet: subnetOf(at) });
        const reply = ask(client);
        expect(reply.scope).toBeGreaterThanOrEqual(0);
        expect(reply.scope).toBeLessThanOrEqual(24);
        const free = reply.scope === 0 ? 0xffff_ffff : 0xffff_ffff >>> reply.scope;
        // Anywhere in the scope, and near by: where other rules are.
        for (const mask of [free, free & 0x000f_ff00, free & 0x0000_0f00]) {
          const other = ask(((client & ~mask) | (noise & mask)) >>> 0);
          expect({ answer: other.answer, scope: other.scope <= 24 }).toEqual({ answer: reply.answer, scope: true });
        }
      }),
      { numRuns: 300 },
    );
  });

  test("who is down is given only when all are, and then there is an answer still", async () => {
    await fc.assert(
      fc.asyncProperty(geography, down, word, async (rules, isDown, client) => {
        const zones = build({ geography: rules }, isDown);
        await zones.steering.load();
        const asked = { client: subnetOf(client, 32).split("/")[0]! };
        const { answer, code } = zones.ask("www.shop.test", "A", asked);
        expect({ code, count: answer.length }).toEqual({ code: "NOERROR", count: 2 });
        const preference = zones.explain("www.shop.test", "A", asked).find(({ stage }) => stage === "preference")!.text;
        const ranked = preference.split(", then ");
        const wanted = ranked.find((name) => !isDown.includes(name as (typeof POPS)[number])) ?? ranked[0]!;
        expect(popOf(answer)).toBe(wanted);
      }),
      { numRuns: 200 },
    );
  });

  test("weights hold exactly over a whole round, whatever goes up and down before", () => {
    const weights = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(
        weights,
        fc.array(fc.tuple(down, fc.nat({ max: 20 })), { maxLength: 5 }),
        down,
        (list, before, isDown) => {
          const pops = Object.fromEntries(
            POPS.map((name, index) => [name, { addresses: [`192.0.2.${index}`], health: name, weight: list[index]! }]),
          );
          const zones = build({ pops });
          for (const [states, queries] of [...before, [isDown, 0] as const]) {
            zones.health.set(Object.fromEntries(POPS.map((name) => [name, !states.includes(name)])));
            for (let query = 0; query < queries; query++) zones.ask("www.shop.test");
          }
          // Nobody up counts as all.
          const up = isDown.length === POPS.length ? [...POPS] : POPS.filter((name) => !isDown.includes(name));
          const sum = up.reduce((total, name) => total + list[POPS.indexOf(name)]!, 0);
          const counts = new Map<string, number>();
          for (let query = 0; query < sum; query++) {
            const given = popOf(zones.ask("www.shop.test").answer);
            counts.set(given, (counts.get(given) ?? 0) + 1);
          }
          expect(Object.fromEntries(counts)).toEqual(
            Object.fromEntries(up.map((name) => [name, list[POPS.indexOf(name)]!])),
          );
        },
      ),
      { numRuns: 100 },
    );
  });
});
