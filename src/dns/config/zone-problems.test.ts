import { atOnce } from "../../time/slices.ts";
import { expect, test } from "bun:test";
import { zoneFromText } from "../store/zone-from-file.ts";
import { zoneFromRecords } from "../store/zone-from-records.ts";
import { parseName } from "../wire/name.ts";
import { loadValue } from "../../config/load.ts";
import { renderProblems } from "../../config/render-problems.ts";
import { zoneFileProblem, zoneRecordsProblem } from "./zone-problems.ts";

const APEX = parseName("shop.test") as Uint8Array;

test("a bad line of a zone file is shown with a caret and the nearest word", async () => {
  const text = "$TTL 1h\nwww\tCNMAE shop ; the shop\n";
  const { problems } = await zoneFromText(Buffer.from(text), "zones/shop.zone", APEX);
  expect(renderProblems(problems.map(zoneFileProblem), false)).toBe(`zones/shop.zone:2:5  "CNMAE" is not a record type
    2 │ www CNMAE shop ; the shop
      │     ^
  expected: a type such as A, MX or TXT
  did you mean "CNAME"?
`);
});

test("a file that cannot be read is named", async () => {
  const problem = {
    file: "x.zone",
    line: 0,
    column: 0,
    message: "cannot be read: no such file",
    expected: "",
    word: "",
  };
  expect(renderProblems([zoneFileProblem({ ...problem, words: [], sourceLine: "" })], false)).toBe(
    "x.zone  cannot be read: no such file\n",
  );
});

test("a bad value in the configuration is shown where it stands", () => {
  const { problems } = atOnce(zoneFromRecords(APEX, { records: { "@": { NS: "ns1" }, www: { AAA: "::1" } } }));
  const zones = { "shop.test": { records: { "@": { NS: "ns1" } } } };
  const loaded = loadValue({ dns: { zones }, routes: [] }, "a test");
  const [shown] = problems.map((problem) => zoneRecordsProblem(problem, ["dns", "zones", "shop.test"], loaded));
  expect(shown).toMatchObject({ path: ["dns", "zones", "shop.test", "records", "www", "AAA"], nearest: "AAAA" });
});
