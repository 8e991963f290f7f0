import { expect, test } from "bun:test";
import type { ZoneSource } from "./zone-source.ts";
import { checkSources } from "./check-sources.ts";

test("zones of every kind are read and looked through, but not served", async () => {
  const records = { "@": { NS: ["ns1", "ns.far.test."], MX: "10 mail" }, ns1: { A: "192.0.2.1" } };
  const sources: ZoneSource[] = [
    { kind: "reverse", prefix: "192.0.2.0/24", from: [], zone: { records: { "@": { NS: "ns1.shop.test." } } } },
    { kind: "records", apex: "Shop.test", zone: { records } },
    { kind: "file", apex: "gone.test", file: "/nonexistent/gone.zone" },
    { kind: "transfer", apex: "far.test" },
    { kind: "records", apex: "a..test", zone: { records } },
  ];
  const checked = await checkSources(sources);
  const shown = checked.map(({ apex, zone, problems, findings }) => [
    apex,
    zone?.recordCount ?? 0,
    [...problems, ...findings].map(({ message }) => message),
  ]);
  expect(shown).toEqual([
    ["2.0.192.in-addr.arpa.", 3, ["the zone has one name server: when it is down the zone is"]],
    ["shop.test.", 5, ["it points to mail.shop.test., which does not exist"]],
    ["gone.test.", 0, ["cannot be read: no such file or directory"]],
    ["far.test.", 0, []],
    ["a..test", 0, [`the zone's name "a..test" has an empty label`]],
  ]);
  expect(checked.map(({ source }) => source)).toEqual(sources);
});

test("a zone that could not be read is told once, and not by those that take addresses from it", async () => {
  const reverse = (from: string[]): ZoneSource => ({
    kind: "reverse",
    prefix: "192.0.2.0/24",
    from,
    zone: { records: { "@": { NS: "ns1.shop.test." } } },
  });
  const sources: ZoneSource[] = [
    { kind: "file", apex: "gone.test", file: "/nonexistent/gone.zone" },
    reverse(["Gone.test"]),
    reverse(["other.test"]),
  ];
  const checked = await checkSources(sources);
  expect(checked.map(({ problems }) => problems.map(({ message }) => message))).toEqual([
    ["cannot be read: no such file or directory"],
    [],
    ["other.test, whose addresses it should have, is not a zone here"],
  ]);
});
