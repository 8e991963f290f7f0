import { atOnce } from "../../time/slices.ts";
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { recordsOf } from "../zone/records-for-tests.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import { applyDifferences } from "./apply-differences.ts";
import type { RecordList } from "./record-list.ts";
import { TransferError } from "./record-reader.ts";
import { diffZones } from "./zone-difference.ts";
import { condense, ZoneJournal } from "./zone-journal.ts";
import { testZone } from "./zone-for-tests.ts";

/** Lines of a zone: few names, types and values, so that much is the same by chance. */
const lines = fc
  .uniqueArray(
    fc.tuple(
      fc.constantFrom("a", "b", "a.b", "*", "x.y.z", "@"),
      fc.constantFrom("A", "TXT"),
      fc.integer({ min: 1, max: 5 }),
    ),
    { maxLength: 25, selector: (line) => line.join() },
  )
  .chain((found) => fc.record({ found: fc.constant(found), ttl: fc.constantFrom(60, 300) }))
  .map(({ found, ttl }) =>
    found.map(([owner, type, value]) => `${owner} ${ttl} ${type} ${type === "A" ? `192.0.2.${value}` : `t${value}`}`),
  );

function sorted(zone: ZoneData): string[] {
  return recordsOf(zone).toSorted();
}

function counts(lists: { readonly deleted: RecordList; readonly added: RecordList }): [number, number] {
  return [lists.deleted.count, lists.added.count];
}

describe("differences", () => {
  test("lead from the one zone to the other, whatever they are", () => {
    fc.assert(
      fc.property(lines, lines, (first, second) => {
        const before = testZone(1, first);
        const after = testZone(2, second);
        const difference = atOnce(diffZones(before, after))!;
        expect(sorted(atOnce(applyDifferences(before, [difference])))).toEqual(sorted(after));
        const common = new Set(sorted(before)).intersection(new Set(sorted(after))).size;
        // Nothing is told that is the same, but the SOA, which always is.
        const [deleted, added] = counts(difference);
        expect(deleted).toBe(before.recordCount - 1 - common);
        expect(added).toBe(after.recordCount - 1 - common);
      }),
      { numRuns: 200 },
    );
  });

  test("of a chain are the same condensed", () => {
    fc.assert(
      fc.property(fc.array(lines, { minLength: 2, maxLength: 6 }), (versions) => {
        const zones = versions.map((found, index) => testZone(index + 1, found));
        const chain = zones.slice(1).map((zone, index) => atOnce(diffZones(zones[index]!, zone))!);
        const last = sorted(zones.at(-1)!);
        expect(sorted(atOnce(applyDifferences(zones[0]!, chain)))).toEqual(last);
        const one = atOnce(condense(chain));
        expect(sorted(atOnce(applyDifferences(zones[0]!, [one])))).toEqual(last);
        expect(counts(one)).toEqual(counts(atOnce(diffZones(zones[0]!, zones.at(-1)!))!));
      }),
      { numRuns: 100 },
    );
  });

  test("of more records than are wanted are none", () => {
    const before = testZone(1, ["a A 192.0.2.1", "b TXT x", "c.d.e A 192.0.2.9"]);
    const after = testZone(2, ["a A 192.0.2.2", "f TXT x"]);
    expect(counts(atOnce(diffZones(before, after, 5))!)).toEqual([3, 2]);
    expect(atOnce(diffZones(before, after, 4))).toBeNull();
  });

  test("of a large RRset do not take its square", () => {
    const many = Array.from({ length: 5_000 }, (_, index) => `a A 10.0.${index >> 8}.${index & 255}`);
    const difference = atOnce(diffZones(testZone(1, many), testZone(2, many.toReversed().slice(1))))!;
    expect(counts(difference)).toEqual([1, 0]);
  });

  test("that do not fit are refused, and the zone stays as it was", () => {
    const before = testZone(1, ["a A 192.0.2.1"]);
    const kept = sorted(before);
    const difference = atOnce(diffZones(before, testZone(2, ["b A 192.0.2.1"])))!;
    expect(() => atOnce(applyDifferences(testZone(1, ["c A 192.0.2.1"]), [difference]))).toThrow(TransferError);
    expect(() => atOnce(applyDifferences(testZone(3, ["a A 192.0.2.1"]), [difference]))).toThrow(TransferError);
    expect(() => atOnce(applyDifferences(before, [difference, difference]))).toThrow(TransferError);
    expect(sorted(before)).toEqual(kept);
    // What is there already may be added once more: NSD does that.
    const again = atOnce(diffZones(before, testZone(2, ["a A 192.0.2.1", "b A 192.0.2.2"])))!;
    expect(sorted(atOnce(applyDifferences(testZone(1, ["a A 192.0.2.1", "b A 192.0.2.2"]), [again])))).toHaveLength(5);
  });
});

describe("a journal", () => {
  const zones = Array.from({ length: 8 }, (_, index) => testZone(index + 1, [`a A 192.0.2.${index}`]));
  const between = (from: number, to: number) => atOnce(diffZones(zones[from - 1]!, zones[to - 1]!))!;

  test("answers one difference from any serial that it knows", () => {
    const journal = new ZoneJournal();
    for (let serial = 1; serial < 5; serial++) journal.add(between(serial, serial + 1));
    const found = atOnce(journal.since(2))!;
    expect([found.from.serial, found.to.serial, ...counts(found)]).toEqual([2, 5, 1, 1]);
    expect(sorted(atOnce(applyDifferences(zones[1]!, [found])))).toEqual(sorted(zones[4]!));
    expect(atOnce(journal.since(5))).toBeNull();
    expect(atOnce(journal.since(99))).toBeNull();
  });

  test("forgets the oldest beyond its limits", () => {
    const limits = { differences: 100, records: 100, bytes: 10_000 };
    for (const tight of [{ differences: 3 }, { records: 6 }, { bytes: 180 }]) {
      const journal = new ZoneJournal({ ...limits, ...tight });
      for (let serial = 1; serial < 7; serial++) journal.add(between(serial, serial + 1));
      expect(atOnce(journal.since(7))).toBeNull();
      expect(atOnce(journal.since(6))).not.toBeNull();
      expect(atOnce(journal.since(1))).toBeNull();
      expect(journal.count).toBeLessThanOrEqual(3);
    }
  });

  test("begins again where the chain breaks", () => {
    const journal = new ZoneJournal();
    journal.add(between(1, 2));
    journal.add(between(4, 5));
    expect([atOnce(journal.since(1)), atOnce(journal.since(4))?.to.serial]).toEqual([null, 5]);
    // A serial that goes back: nobody can follow.
    journal.add(between(5, 3));
    expect(journal.count).toBe(0);
  });

  test("follows serials over the end of their range", () => {
    const last = testZone(0xffffffff, ["a A 192.0.2.1"]);
    const journal = new ZoneJournal();
    journal.add(atOnce(diffZones(last, testZone(3, ["a A 192.0.2.2"])))!);
    expect(atOnce(journal.since(0xffffffff))?.to.serial).toBe(3);
  });
});
