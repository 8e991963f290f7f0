import { atOnce } from "../../time/slices.ts";
import { expect, test } from "bun:test";
import { parseName } from "../wire/name.ts";
import { contentDigest } from "./content-digest.ts";
import { zoneFromText } from "./zone-from-file.ts";

const APEX = parseName("shop.test") as Uint8Array;

async function digest(...lines: readonly string[]): Promise<string> {
  const { zone, problems } = await zoneFromText(Buffer.from(`$TTL 60\n${lines.join("\n")}\n`), "shop.zone", APEX);
  expect(problems).toEqual([]);
  return atOnce(contentDigest(zone!));
}

const SOA = "@ SOA ns h 1 2 3 4 5";
const A = "www A 192.0.2.1";
const B = "www A 192.0.2.2";
const C = "shop A 192.0.2.1";

test("does not depend on order, case of owners, repetition or the serial", async () => {
  const wanted = await digest(SOA, A, B, C);
  expect(await digest(C, B, SOA, A)).toBe(wanted);
  expect(await digest(SOA, A, A, B, "SHOP A 192.0.2.1")).toBe(wanted);
  expect(await digest("@ SOA ns h 4294967295 2 3 4 5", A, B, C)).toBe(wanted);
});

test("depends on everything else", async () => {
  const zones = [
    [SOA, A, B, C],
    [SOA, A, B],
    ["@ SOA ns h 1 2 3 4 6", A, B, C],
    ["@ SOA nt h 1 2 3 4 5", A, B, C],
    [SOA, A, B, "shop 61 A 192.0.2.1"],
    [SOA, A, B, "shop A 192.0.2.3"],
    [SOA, A, "shop A 192.0.2.2", C],
    [SOA, A, B, "shop TXT x"],
    [SOA, A, B, "shoq A 192.0.2.1"],
    [SOA, A, B, C, "x TXT ab c"],
    [SOA, A, B, C, "x TXT a bc"],
    [SOA, A, B, C, "x TXT a", "y TXT b"],
    [SOA, A, B, C, "x TXT b", "y TXT a"],
  ];
  const digests = await Promise.all(zones.map((lines) => digest(...lines)));
  expect(new Set(digests).size).toBe(zones.length);
});
