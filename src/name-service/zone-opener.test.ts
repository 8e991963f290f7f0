import { atOnce } from "../time/slices.ts";
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateKey } from "../dns/dnssec/signing-key.ts";
import { zoneFrom } from "../dns/authority/ask-for-tests.ts";
import { serialFile } from "../dns/store/serial-file.ts";
import { ZoneOpener } from "./zone-opener.ts";

const folder = mkdtempSync(join(tmpdir(), "roundtrip-serials-"));
afterAll(() => rmSync(folder, { recursive: true }));

const keys = [{ key: generateKey(15, "csk"), times: {} }];
const DATED = "@ SOA ns1 h 2026112801 1 1 1 1\n@ NS ns1";

/** A process that starts, reloads so often, and ends: the serials that it served, and what it said. */
function life(serials: string | null, turns: number, text = DATED): { served: number[]; problems: readonly string[] } {
  const signing = { files: [], online: false, policy: {}, serials };
  const opener = new ZoneOpener(new Map([["example.", { signing, keys }]]), null, serialFile, null);
  const served = Array.from({ length: turns }, () => atOnce(opener.open(zoneFrom(text))).data.serial);
  return { served, problems: opener.takeProblems() };
}

test("the serial of a zone that is signed here rises over a restart", () => {
  const file = join(folder, "shop.zone.serial");
  expect(life(file, 3)).toEqual({ served: [2_026_112_801, 2_026_112_802, 2_026_112_803], problems: [] });
  expect(life(file, 1).served).toEqual([2_026_112_804]);
  // One that was raised by hand counts.
  expect(life(file, 1, DATED.replace("2801", "2901")).served).toEqual([2_026_112_901]);
  expect(readdirSync(folder)).toEqual(["shop.zone.serial"]);
});

test("without a file that can be kept it follows the clock", () => {
  const now = Math.floor(Date.now() / 1000);
  const small = "@ SOA ns1 h 5 1 1 1 1\n@ NS ns1";
  expect(life(null, 1, small).served[0]).toBeGreaterThanOrEqual(now);
  expect(life(join(folder, "nowhere/zone.serial"), 1, small).served[0]).toBeGreaterThanOrEqual(now);
  const damaged = join(folder, "damaged.serial");
  writeFileSync(damaged, "{");
  expect(life(damaged, 1, small).served[0]).toBeGreaterThanOrEqual(now);
});
