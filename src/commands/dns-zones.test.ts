import { expect, test } from "bun:test";
import type { SecondaryStatus, ZoneStatus } from "../dns/transfer/zone-status.ts";
import { renderZones } from "./dns-zones.ts";

const STYLE = { width: 80, colour: false, unicode: true };
const GOOD: ZoneStatus = {
  apex: "shop.test.",
  outcome: "unchanged",
  serial: 2_026_112_001,
  records: 17,
  problems: [],
  findings: [],
  notes: [],
  state: "served",
  secondary: null,
};
const NOW = Date.parse("2026-11-28T12:00:00Z");
const ago = (ms: number): string => new Date(NOW - ms).toISOString();
const FETCHED: SecondaryStatus = {
  state: "current",
  primaries: ["192.0.2.1:53"],
  refreshing: false,
  freshAt: ago(600_000),
  refreshAt: ago(-90_000),
  expireAt: ago(-7_200_000),
  failures: [],
  fetched: { how: "AXFR", primary: "192.0.2.1:53", ignored: 0, fallback: "" },
  saved: null,
};
const SILENT = [{ primary: "192.0.2.1:53", problem: "no connection" }];

test("zones with their serials and what is wrong", () => {
  const problem = {
    file: "a.zone",
    line: 4,
    column: 7,
    message: "no address",
    expected: "",
    word: "",
    words: [],
    sourceLine: "",
  };
  const reports: ZoneStatus[] = [
    GOOD,
    { ...GOOD, apex: "a.test.", outcome: "kept", state: "kept", problems: [problem] },
    { ...GOOD, apex: "b.test.", outcome: "awaited", state: "awaited", serial: -1, records: 0 },
    {
      ...GOOD,
      apex: "c.test.",
      outcome: "failed",
      state: "failed",
      serial: -1,
      findings: [{ severity: "error", owner: "c.test.", type: "NS", message: "the apex has no NS", remedy: "Add one" }],
    },
  ];
  expect(renderZones(reports, STYLE, NOW)).toBe(
    [
      "ZONE        STATE           SERIAL  RECORDS  NOTES",
      "shop.test.  served      2026112001       17",
      "a.test.     as before   2026112001       17  a.zone:4:7: no address",
      "b.test.     awaited                          its transfer has not come yet",
      "c.test.     not served                       c.test. NS: the apex has no NS. Add",
      "                                             one.",
      "",
    ].join("\n"),
  );
});

test("secondary zones that do not come, that have expired, and what is wrong with their files", () => {
  const zones: ZoneStatus[] = [
    { ...GOOD, apex: "fresh.test.", secondary: FETCHED },
    {
      ...GOOD,
      apex: "partly.test.",
      secondary: { ...FETCHED, fetched: { ...FETCHED.fetched!, ignored: 3 }, saved: { file: "p", problem: "is full" } },
    },
    { ...GOOD, apex: "silent.test.", state: "kept", secondary: { ...FETCHED, failures: SILENT } },
    {
      ...GOOD,
      apex: "new.test.",
      outcome: "awaited",
      state: "awaited",
      serial: -1,
      secondary: { ...FETCHED, state: "missing", freshAt: null, expireAt: null, fetched: null, failures: SILENT },
    },
    {
      ...GOOD,
      apex: "old.test.",
      state: "expired",
      serial: -1,
      secondary: { ...FETCHED, state: "expired", freshAt: ago(3 * 86_400_000), expireAt: null, failures: SILENT },
    },
  ];
  expect(renderZones(zones, { ...STYLE, width: 120 }, NOW)).toBe(
    [
      "ZONE          STATE          SERIAL  RECORDS  NOTES",
      "fresh.test.   served     2026112001       17",
      "partly.test.  served     2026112001       17  3 records of 192.0.2.1:53 lie outside of it and were left out",
      "                                              p: is full",
      "silent.test.  as before  2026112001       17  192.0.2.1:53: no connection",
      "                                              it expires in 2 h, and its primaries are asked again in 90 s",
      "new.test.     awaited                         its transfer has not come yet",
      "                                              192.0.2.1:53: no connection",
      "                                              its primaries are asked again in 90 s",
      "old.test.     expired                         it answers SERVFAIL: no primary has confirmed it for 3 d",
      "                                              192.0.2.1:53: no connection",
      "                                              its primaries are asked again in 90 s",
      "",
    ].join("\n"),
  );
});

test("no zones", () => {
  expect(renderZones([], STYLE, NOW)).toBe("The config has no zones.\n");
});
