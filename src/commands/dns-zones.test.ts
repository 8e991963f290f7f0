import { expect, test } from "bun:test";
import type { ZoneReport } from "../dns/store/zone-report.ts";
import { renderZones } from "./dns-zones.ts";

const STYLE = { width: 80, colour: false, unicode: true };
const GOOD: ZoneReport = {
  apex: "shop.test.",
  outcome: "unchanged",
  serial: 2_026_112_001,
  records: 17,
  problems: [],
  findings: [],
  notes: [],
};

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
  const reports: ZoneReport[] = [
    GOOD,
    { ...GOOD, apex: "a.test.", outcome: "kept", problems: [problem] },
    { ...GOOD, apex: "b.test.", outcome: "awaited", serial: -1, records: 0 },
    {
      ...GOOD,
      apex: "c.test.",
      outcome: "failed",
      serial: -1,
      findings: [{ severity: "error", owner: "c.test.", type: "NS", message: "the apex has no NS", remedy: "Add one" }],
    },
  ];
  expect(renderZones(reports, STYLE)).toBe(
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

test("no zones", () => {
  expect(renderZones([], STYLE)).toBe("The config has no zones.\n");
});
