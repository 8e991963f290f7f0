/**
 * Zone files of the zone example.test. Bad ones have what is wrong in them as comments at their head:
 * `; expect line:column message`. The good one has its records beside it, one a line; BIND 9.18 reads the same data from
 * it byte for byte (all but the `ohttp` parameter, which it does not know).
 */
import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { zoneFromFile, zoneFromText } from "../../src/dns/store/zone-from-file.ts";
import { parseName } from "../../src/dns/wire/name.ts";
import { RDATA_FORMAT } from "../../src/dns/wire/rdata-format.ts";
import { typeName } from "../../src/dns/wire/record-type.ts";
import { recordsOf } from "../../src/dns/zone/records-for-tests.ts";

const GOOD = join(import.meta.dir, "../zone-files/good");
const BAD = join(import.meta.dir, "../zone-files/bad");
const APEX = parseName("example.test.") as Uint8Array;

const files = readdirSync(BAD).filter((file) => file.endsWith(".zone"));

test("the corpus is there", () => {
  expect(files.length).toBeGreaterThanOrEqual(80);
});

test.each(files)("%s", async (file) => {
  const path = join(BAD, file);
  const expected = readFileSync(path, "utf8").matchAll(/^; expect (?<place>\d+:\d+) (?<message>.*?)\r?$/gm);
  const { zone, problems } = await zoneFromFile(path, APEX);
  expect(zone).toBeNull();
  expect(problems.map(({ line, column, message }) => `${line}:${column} ${message}`)).toEqual(
    [...expected].map(({ groups }) => `${groups!["place"]} ${groups!["message"]}`),
  );
});

describe("every type", () => {
  const expected = readFileSync(join(GOOD, "every-type.txt"), "utf8").trimEnd().split("\n");

  test("is read", async () => {
    const { zone, problems, files: read } = await zoneFromFile(join(GOOD, "every-type.zone"), APEX);
    expect(problems).toEqual([]);
    expect(recordsOf(zone!)).toEqual(expected);
    expect(read.map((file) => basename(file))).toEqual(["every-type.zone", "include.inc"]);
  });

  test("is read again from what it is written as", async () => {
    const { zone } = await zoneFromText(Buffer.from(expected.join("\n")), "again.zone", APEX);
    expect(recordsOf(zone!)).toEqual(expected);
  });

  test("is there, but for those that only signers and NSEC make", () => {
    const made = ["RRSIG", "NSEC", "NSEC3", "NSEC3PARAM", "KEY", "NINFO", "RESINFO", "WALLET", "DLV"];
    const known = Object.keys(RDATA_FORMAT).map((type) => typeName(Number(type)));
    const present = new Set(expected.map((line) => line.split(" ")[2]));
    expect(known.filter((type) => !present.has(type) && !made.includes(type))).toEqual([]);
  });
});
