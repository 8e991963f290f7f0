import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AuthoritativeZone } from "../authority/authoritative-zone.ts";
import { ZoneSet } from "../authority/zone-set.ts";
import { parseName } from "../wire/name.ts";
import { RecordType } from "../wire/record-type.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import { serialFile } from "./serial-file.ts";
import { zoneFromText } from "./zone-from-file.ts";
import type { ZoneReport } from "./zone-report.ts";
import type { ZoneSource } from "./zone-source.ts";
import { ZoneStore } from "./zone-store.ts";
import { recordsOf } from "../zone/records-for-tests.ts";

const folder = mkdtempSync(join(tmpdir(), "roundtrip-zones-"));
const NOW = 1_700_000_000;
const stores: ZoneStore[] = [];

afterEach(() => {
  for (const store of stores.splice(0)) store.close();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function nameOf(text: string): Uint8Array {
  const name = parseName(text);
  if (typeof name === "string") throw new Error(name);
  return name;
}

function zoneText(serial: number, more = ""): string {
  return `$TTL 1h\n@ SOA ns1 hostmaster ${serial} 2h 1h 2w 5m\n@ NS ns1\nns1 A 192.0.2.1\n${more}`;
}

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
  return path;
}

interface Fixture {
  readonly zones: ZoneSet;
  readonly store: ZoneStore;
  readonly clock: { now: number };
  readonly changes: string[];
}

function make(serials?: ReturnType<typeof serialFile>): Fixture {
  const zones = new ZoneSet();
  const clock = { now: NOW * 1000 };
  const watchTimes = { quiet: 40, gone: 40, unfinished: 80, poll: 20 };
  const store = new ZoneStore(zones, { now: () => clock.now, watchTimes, ...(serials !== undefined && { serials }) });
  stores.push(store);
  const changes: string[] = [];
  store.onZoneChanged((_apex, before, after) => changes.push(`${before?.serial ?? "none"} → ${after.serial}`));
  store.onZoneRemoved((_apex, before) => changes.push(`${before.serial} → none`));
  return { zones, store, clock, changes };
}

function served(zones: ZoneSet, apex: string): ZoneData | null {
  return zones.get(nameOf(apex))?.data ?? null;
}

function outcomes(reports: readonly ZoneReport[]): string[] {
  return reports.map(({ apex, outcome }) => `${apex} ${outcome}`);
}

/** What the store tells next of a zone that its watched files have changed. */
function watching(store: ZoneStore): () => Promise<ZoneReport> {
  const told: ZoneReport[] = [];
  let wake = (): void => undefined;
  store.watch((reports) => {
    // Files that were written just before they were read are read again.
    told.push(...reports.filter(({ outcome }) => outcome !== "unchanged"));
    wake();
  });
  return async () => {
    while (told.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    return told.shift()!;
  };
}

const CONFIGURED: ZoneSource = {
  kind: "records",
  apex: "Shop.test",
  zone: { records: { "@": { NS: "ns1", A: "192.0.2.10" }, ns1: { A: "192.0.2.1" }, www: { CNAME: "@" } } },
};

function configured(address: string): ZoneSource {
  const records = { "@": { NS: "ns1", A: address }, ns1: { A: "192.0.2.1" } };
  return { kind: "records", apex: "shop.test", zone: { records } };
}

describe("files", () => {
  test("a zone is loaded, changed when its file is, and left alone when that is the same", async () => {
    const { zones, store, changes } = make();
    const file = write("a.zone", zoneText(1));
    const source: ZoneSource = { kind: "file", apex: "a.test", file };
    expect(outcomes(await store.sync([source]))).toEqual(["a.test. new"]);
    expect(served(zones, "a.test")!.serial).toBe(1);
    const first = served(zones, "a.test");
    expect(outcomes(await store.reload())).toEqual(["a.test. unchanged"]);
    expect(served(zones, "a.test")).toBe(first);
    write("a.zone", zoneText(2, "www A 192.0.2.2\n"));
    expect(outcomes(await store.reload())).toEqual(["a.test. changed"]);
    expect(served(zones, "a.test")!.recordCount).toBe(4);
    expect(changes).toEqual(["none → 1", "1 → 2"]);
  });

  test("a bad file keeps the zone before, and says where it is bad", async () => {
    const { zones, store, changes } = make();
    const file = write("b.zone", zoneText(1));
    await store.sync([{ kind: "file", apex: "b.test", file }]);
    write("b.zone", zoneText(2, "www AA 192.0.2.2\n"));
    const [report] = await store.reload();
    expect(report).toMatchObject({ outcome: "kept", serial: 1, records: 3 });
    expect(report!.problems).toMatchObject([{ file, line: 5, column: 5, message: '"AA" is not a record type' }]);
    expect(served(zones, "b.test")!.serial).toBe(1);
    expect(changes).toHaveLength(1);
    rmSync(file);
    const [gone] = await store.reload();
    expect(gone).toMatchObject({ outcome: "kept", serial: 1 });
    expect(gone!.problems[0]!.message).toBe("cannot be read: no such file or directory");
  });

  test("a zone that was never good is not served", async () => {
    const { zones, store } = make();
    const file = write("c.zone", "$TTL 1h\n@ NS ns1\n");
    const [report] = await store.sync([{ kind: "file", apex: "c.test", file }]);
    expect(report).toMatchObject({ outcome: "failed", serial: -1 });
    expect(report!.findings.map(({ message }) => message)).toEqual(["the apex has no SOA record"]);
    expect(zones.size).toBe(0);
  });

  test("content that changed below a serial that did not rise is served, and told", async () => {
    const { zones, store } = make();
    const file = write("d.zone", zoneText(5));
    await store.sync([{ kind: "file", apex: "d.test", file }]);
    write("d.zone", zoneText(5, "www A 192.0.2.2\n"));
    const [same] = await store.reload();
    expect(same).toMatchObject({ outcome: "changed", records: 4 });
    expect(same!.notes[0]).toStartWith("the content has changed and the serial 5 has not");
    write("d.zone", zoneText(4));
    const [back] = await store.reload();
    expect(back!.notes[0]).toStartWith("the serial 4 is not later than 5");
    expect(served(zones, "d.test")!.serial).toBe(4);
  });

  test("an included file counts as the zone's", async () => {
    const { store } = make();
    write("hosts.inc", "www A 192.0.2.2\n");
    const file = write("e.zone", zoneText(1, "$INCLUDE hosts.inc\n"));
    await store.sync([{ kind: "file", apex: "e.test", file }]);
    const next = watching(store);
    write("hosts.inc", "www A 192.0.2.2\nshop A 192.0.2.3\n");
    expect(await next()).toMatchObject({ apex: "e.test.", outcome: "changed", records: 5 });
  });

  test("one that is deleted, or not whole, keeps the zone before, and is told", async () => {
    const { zones, store } = make();
    const file = write("f.zone", zoneText(1));
    await store.sync([{ kind: "file", apex: "f.test", file }]);
    const next = watching(store);
    rmSync(file);
    const gone = await next();
    expect(gone).toMatchObject({ outcome: "kept", serial: 1 });
    expect(gone.problems).toMatchObject([{ file, message: "cannot be read: no such file or directory" }]);
    write("f.zone", zoneText(2).trimEnd());
    const unfinished = await next();
    expect(unfinished).toMatchObject({ outcome: "kept", serial: 1 });
    expect(unfinished.problems[0]!.message).toBe(
      `${file} has changed and does not end in a newline, as if it were still being written; when it is whole, add one or run: roundtrip dns reload f.test`,
    );
    expect(store.reports()).toEqual([unfinished]);
    // Who asks for it says that it is whole.
    expect(await store.reload()).toMatchObject([{ outcome: "changed", serial: 2 }]);
    write("f.zone", zoneText(3));
    expect(await next()).toMatchObject({ outcome: "changed", serial: 3 });
    expect(served(zones, "f.test")!.serial).toBe(3);
  });

  test("opened again they are not read again, and those with a bad file are opened too", async () => {
    const { zones, store, changes } = make();
    const file = write("h.zone", zoneText(1));
    await store.sync([{ kind: "file", apex: "h.test", file }]);
    write("h.zone", zoneText(2, "www AA 192.0.2.2\n"));
    await store.reload();
    const [bad] = store.reports();
    const other = (await zoneFromText(Buffer.from(zoneText(7)), "f", nameOf("h.test"))).zone!;
    let opened = 0;
    store.setHooks({
      open: (zone) => {
        opened++;
        return AuthoritativeZone.of(zone.serial === 1 ? other : zone);
      },
    });
    const reports = await store.reopen();
    expect(reports).toMatchObject([{ outcome: "kept", serial: 7, problems: bad!.problems }]);
    expect([served(zones, "h.test")!.serial, opened, changes.join()]).toEqual([7, 1, "none → 1,1 → 7"]);
    // Whole again, it is read when it is asked for.
    const next = watching(store);
    write("h.zone", zoneText(8));
    expect(await next()).toMatchObject({ outcome: "changed", serial: 8 });
  });

  test("one that has lost more of its names than may be gone is refused unless that is forced", async () => {
    const { zones, store } = make();
    store.maxLoss = 0.5;
    const hosts = (count: number): string =>
      Array.from({ length: count }, (_, index) => `h${index} A 192.0.2.2\n`).join("");
    const file = write("g.zone", zoneText(1, hosts(18)));
    const source: ZoneSource = { kind: "file", apex: "g.test", file };
    await store.sync([source]);
    write("g.zone", zoneText(2, hosts(8)));
    expect(await store.reload()).toMatchObject([{ outcome: "changed", serial: 2 }]);
    write("g.zone", zoneText(3, hosts(2)));
    for (const reports of [await store.reload(), await store.sync([source])]) {
      expect(reports).toMatchObject([{ outcome: "kept", serial: 2 }]);
      expect(reports[0]!.problems[0]!.message).toBe(
        "6 of its 10 names are gone, which is more than dns.files.maxLoss allows (0.5); if that is right, run: roundtrip dns reload g.test --force",
      );
    }
    expect(await store.reload({ apexes: ["g.test."], force: true })).toMatchObject([{ outcome: "changed", serial: 3 }]);
    // Of so few names all may go.
    write("g.zone", zoneText(4));
    expect(await store.reload()).toMatchObject([{ outcome: "changed", serial: 4 }]);
    expect(served(zones, "g.test")!.nodeCount).toBe(2);
  });
});

describe("zones from the configuration", () => {
  test("the serial rises exactly when the content changes", async () => {
    const { zones, store, clock, changes } = make();
    expect(await store.sync([CONFIGURED])).toMatchObject([{ apex: "shop.test.", outcome: "new", serial: NOW }]);
    clock.now += 60_000;
    expect(await store.sync([{ ...CONFIGURED }])).toMatchObject([{ outcome: "unchanged", serial: NOW }]);
    expect(await store.sync([configured("192.0.2.11")])).toMatchObject([{ outcome: "changed", serial: NOW + 60 }]);
    // Twice within a second.
    expect(await store.sync([configured("192.0.2.12")])).toMatchObject([{ outcome: "changed", serial: NOW + 61 }]);
    expect(changes).toEqual([`none → ${NOW}`, `${NOW} → ${NOW + 60}`, `${NOW + 60} → ${NOW + 61}`]);
    expect(served(zones, "shop.test")!.serial).toBe(NOW + 61);
  });

  test("serials outlive the process when they are written down", async () => {
    const path = join(folder, "serials.json");
    await make(serialFile(path)).store.sync([CONFIGURED]);
    const again = make(serialFile(path));
    again.clock.now += 3_600_000;
    expect(await again.store.sync([CONFIGURED])).toMatchObject([{ outcome: "new", serial: NOW }]);
    writeFileSync(path, "{ damaged");
    const forgotten = make(serialFile(path));
    forgotten.clock.now += 7_200_000;
    expect(await forgotten.store.sync([CONFIGURED])).toMatchObject([{ serial: NOW + 7_200 }]);
  });

  test("a stated serial is taken as it is", async () => {
    const { store } = make();
    const zone = { soa: { serial: 42 }, records: { "@": { NS: "ns.elsewhere.test." } } };
    expect(await store.sync([{ kind: "records", apex: "x.test", zone }])).toMatchObject([{ serial: 42 }]);
  });

  test("bad values keep the zone before", async () => {
    const { store } = make();
    await store.sync([CONFIGURED]);
    const [report] = await store.sync([configured("192.0.2.300")]);
    expect(report).toMatchObject({ outcome: "kept", serial: NOW });
    expect(report!.problems).toMatchObject([{ path: ["records", "@", "A"], value: "192.0.2.300" }]);
  });

  test("zones that are named no more are gone", async () => {
    const { zones, store, changes } = make();
    await store.sync([CONFIGURED]);
    expect(outcomes(await store.sync([]))).toEqual(["shop.test. removed"]);
    expect(zones.size).toBe(0);
    expect(changes.at(-1)).toBe(`${NOW} → none`);
  });

  test("a name that is none, and a zone that stands there twice, are told", async () => {
    const { store } = make();
    const reports = await store.sync([CONFIGURED, configured("192.0.2.1"), { ...CONFIGURED, apex: "a..test" }]);
    expect(outcomes(reports)).toEqual(["shop.test. failed", "a..test failed", "shop.test. new"]);
    expect(reports[0]!.problems[0]!.message).toBe("there are two zones shop.test.");
  });
});

describe("reverse zones", () => {
  const REVERSE: ZoneSource = {
    kind: "reverse",
    prefix: "192.0.2.0/24",
    from: [],
    zone: { records: { "@": { NS: "ns1.shop.test." }, "1": { PTR: "gateway.shop.test." } } },
  };

  test("follow the zones that they are made of", async () => {
    const { zones, store, clock } = make();
    await store.sync([CONFIGURED, REVERSE]);
    const before = served(zones, "2.0.192.in-addr.arpa")!;
    expect(recordsOf(before).filter((line) => line.includes("PTR"))).toEqual([
      "1.2.0.192.in-addr.arpa. 3600 PTR gateway.shop.test.",
      "10.2.0.192.in-addr.arpa. 3600 PTR shop.test.",
    ]);
    clock.now += 5_000;
    const reports = await store.sync([configured("192.0.2.77"), REVERSE]);
    expect(outcomes(reports)).toEqual(["shop.test. changed", "2.0.192.in-addr.arpa. changed"]);
    const after = served(zones, "2.0.192.in-addr.arpa")!;
    expect(recordsOf(after)).toContain("77.2.0.192.in-addr.arpa. 3600 PTR shop.test.");
    expect(after.serial).toBe(NOW + 5);
  });

  test("a prefix without a zone of its own, and a zone that is not there, are told", async () => {
    const { store } = make();
    const bad = { ...REVERSE, prefix: "192.0.2.0/25" };
    const [refused, lonely] = await store.sync([bad, { ...REVERSE, from: ["nowhere.test"] }]);
    expect(refused!.problems[0]!.message).toContain("RFC 2317");
    expect(lonely!.problems[0]!.message).toBe("nowhere.test, whose addresses it should have, is not a zone here");
  });
});

describe("zones that are transferred", () => {
  test("are awaited, adopted and kept over a change of the configuration", async () => {
    const { zones, store } = make();
    const source: ZoneSource = { kind: "transfer", apex: "far.test" };
    expect(outcomes(await store.sync([source]))).toEqual(["far.test. awaited"]);
    const { zone } = await zoneFromText(Buffer.from(zoneText(7)), "far", nameOf("far.test"));
    expect(await store.adopt(zone!)).toMatchObject({ outcome: "new", serial: 7 });
    expect(outcomes(await store.sync([source, CONFIGURED]))).toEqual(["far.test. unchanged", "shop.test. new"]);
    expect(served(zones, "far.test")).toBe(zone!);
    await store.sync([CONFIGURED]);
    expect(store.adopt(zone!)).rejects.toThrow(RangeError);
  });
});

test("new hooks open every zone again, also one that has not changed", async () => {
  const { zones, store, changes } = make();
  const far: ZoneSource = { kind: "transfer", apex: "far.test" };
  await store.sync([CONFIGURED, far]);
  const { zone } = await zoneFromText(Buffer.from(zoneText(7)), "far", nameOf("far.test"));
  await store.adopt(zone!);
  const before = served(zones, "shop.test")!;
  const opened: number[] = [];
  store.setHooks({
    addMore: (builder) => void builder.names.add(nameOf("steered.shop.test").slice(), 19),
    open: (data) => {
      opened.push(data.serial);
      return AuthoritativeZone.of(data);
    },
  });
  expect(outcomes(await store.sync([CONFIGURED, far]))).toEqual(["shop.test. unchanged", "far.test. unchanged"]);
  expect(opened).toEqual([NOW, 7]);
  expect(served(zones, "shop.test")!.nodeCount).toBe(before.nodeCount + 1);
  expect(changes).toEqual([`none → ${NOW}`, "none → 7"]);
  await store.reload();
  expect(opened).toHaveLength(2);
});

test("a zone that cannot be opened leaves the one before", async () => {
  const zones = new ZoneSet();
  let locked = false;
  const store = new ZoneStore(zones, {
    open: (zone) => {
      if (locked) throw new Error("no key");
      return AuthoritativeZone.of(zone);
    },
  });
  await store.sync([CONFIGURED]);
  locked = true;
  const [report] = await store.sync([configured("192.0.2.11")]);
  expect(report).toMatchObject({ outcome: "kept" });
  expect(report!.problems[0]!.message).toBe("the zone cannot be served: no key");
  expect(served(zones, "shop.test")!.findSet(0, RecordType.A)).toBeGreaterThanOrEqual(0);
});
