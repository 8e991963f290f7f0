import { atOnce } from "../../time/slices.ts";
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { anyName } from "../wire/arbitraries-for-tests.ts";
import { formatName, isAtOrBelow, lowerName, parseName } from "../wire/name.ts";
import { RecordType } from "../wire/record-type.ts";
import { NO_NODE } from "./name-table.ts";
import { recordsOf } from "./records-for-tests.ts";
import { ZoneBuilder } from "./zone-builder.ts";

const APEX = parseName("shop.test") as Uint8Array;

function name(text: string): Uint8Array {
  return parseName(text, APEX) as Uint8Array;
}

function add(builder: ZoneBuilder, owner: string, type: number, ttl: number, data: Uint8Array): string {
  const bytes = name(owner).slice();
  return builder.add(bytes, bytes.length, type, ttl, data, 0, data.length);
}

function address(number: number): Uint8Array {
  return Uint8Array.of(10, number >> 16, (number >> 8) & 255, number & 255);
}

describe("records", () => {
  test("stand by name and type, those of a set in the order in which they came", () => {
    const builder = new ZoneBuilder(APEX);
    for (const [owner, type, last] of [
      ["b", 16, 1],
      ["a", 1, 3],
      ["b", 1, 2],
      ["a", 1, 1],
      ["b", 1, 1],
    ] as const) {
      expect(add(builder, owner, type, 60, type === 1 ? address(last) : Uint8Array.of(1, 0x61))).toBe("");
    }
    expect(recordsOf(atOnce(builder.build()))).toEqual([
      "b.shop.test. 60 A 10.0.0.2",
      "b.shop.test. 60 A 10.0.0.1",
      'b.shop.test. 60 TXT "a"',
      "a.shop.test. 60 A 10.0.0.3",
      "a.shop.test. 60 A 10.0.0.1",
    ]);
  });

  test("stand so in whatever order they came", () => {
    const record = fc.tuple(fc.nat(5), fc.constantFrom(1, 2, 5, 16, 28, 39), fc.nat(3));
    const byName = (a: readonly number[], b: readonly number[]): number => a[0]! - b[0]!;
    const lists = fc.tuple(fc.array(record, { maxLength: 40 }), fc.boolean());
    fc.assert(
      fc.property(lists, ([list, isGrouped]) => {
        const records = isGrouped ? list.toSorted(byName) : list;
        const builder = new ZoneBuilder(APEX);
        const names = [...new Set(records.map(([owner]) => owner))];
        for (const [owner, type, data] of records) add(builder, `n${owner}`, type, 60, address(data));
        const zone = atOnce(builder.build());
        const found: number[][] = [];
        for (const owner of names) {
          const node = zone.nodeOf(name(`n${owner}`));
          for (let set = zone.setStart[node]!; set < zone.setStart[node + 1]!; set++) {
            for (let at = zone.recordStart[set]!; at < zone.recordStart[set + 1]!; at++) {
              found.push([owner, zone.setType[set]!, zone.recordData(at)[3]!]);
            }
          }
          const cut = records.some(([one, type]) => one === owner && type === RecordType.NS);
          expect(zone.cut[node]).toBe(cut ? node : NO_NODE);
        }
        const once = records.filter((one, at) => records.findIndex((other) => Bun.deepEquals(one, other)) === at);
        const place = ([owner, type]: readonly number[]): number => names.indexOf(owner!) * 100 + type!;
        expect(found).toEqual(once.toSorted((a, b) => place(a) - place(b)));
      }),
    );
  });

  test("outside the zone are refused", () => {
    const builder = new ZoneBuilder(APEX);
    for (const owner of [".", "test.", "other.test.", "ashop.test.", String.raw`\004shop\004test\000.`]) {
      expect(add(builder, owner, 1, 60, address(1))).toBe("outside");
    }
    expect(add(builder, "SHOP.Test.", 1, 60, address(1))).toBe("");
    expect(builder.count).toBe(1);
  });

  test("that stand there twice are one, with the smallest TTL (RFC 2181 §5)", () => {
    const builder = new ZoneBuilder(APEX);
    for (const [number, ttl] of [
      [1, 60],
      [2, 30],
      [1, 90],
      [2, 30],
    ] as const)
      add(builder, "www", 1, ttl, address(number));
    add(builder, "other", 1, 60, address(1));
    const zone = atOnce(builder.build());
    expect(recordsOf(zone)).toEqual([
      "www.shop.test. 30 A 10.0.0.1",
      "www.shop.test. 30 A 10.0.0.2",
      "other.shop.test. 60 A 10.0.0.1",
    ]);
    expect(zone.mixedTtl).toEqual([0]);
  });

  test("of a large set are compared by hash: 60,000 twice over, beside another set", () => {
    const builder = new ZoneBuilder(APEX);
    const count = 60_000;
    const began = performance.now();
    for (let round = 0; round < 2; round++) {
      for (let number = 0; number < count; number++) add(builder, "www", 1, 60, address(number));
    }
    for (let number = 0; number < 100; number++) add(builder, "zzz", 1, 60, address(number % 40));
    const zone = atOnce(builder.build());
    expect(zone.recordCount).toBe(count + 40);
    // One with the other would be 1.8 thousand million comparisons.
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});

describe("nodes", () => {
  test("empty non-terminals are there, wildcards are found, cuts and DNAMEs reach down", () => {
    const builder = new ZoneBuilder(APEX);
    const root = Uint8Array.of(0);
    add(builder, "a.b.c", 1, 60, address(1));
    add(builder, "*.c", 1, 60, address(2));
    add(builder, "sub", RecordType.NS, 60, root);
    add(builder, "x.y.sub", 1, 60, address(3));
    add(builder, "old", RecordType.DNAME, 60, root);
    add(builder, "x.y.old", 1, 60, address(4));
    const zone = atOnce(builder.build());
    const { names } = zone;
    const node = (text: string): number => zone.nodeOf(name(text));
    expect(names.count).toBe(11);
    expect(zone.hasSets(node("b.c"))).toBe(false);
    expect(names.wildcardOf(node("c"))).toBe(node("*.c"));
    expect(names.wildcardOf(node("b.c"))).toBe(NO_NODE);
    expect([zone.cut[node("sub")], zone.cut[node("x.y.sub")], zone.cut[node("c")]]).toEqual([
      node("sub"),
      node("sub"),
      NO_NODE,
    ]);
    expect([zone.dname[node("old")], zone.dname[node("y.old")], zone.dname[node("x.y.old")]]).toEqual([
      NO_NODE,
      node("old"),
      node("old"),
    ]);
  });

  test("whatever names there are, each is found, and its parent is its own", () => {
    fc.assert(
      fc.property(fc.array(anyName, { maxLength: 30 }), (list) => {
        const builder = new ZoneBuilder(APEX);
        const added: Uint8Array[] = [];
        for (const relative of list) {
          const whole = new Uint8Array(Buffer.concat([relative.subarray(0, -1), APEX]));
          if (whole.length > 255) continue;
          expect(builder.add(whole.slice(), whole.length, 1, 60, address(1), 0, 4)).toBe("");
          added.push(lowerName(whole));
        }
        const { names } = atOnce(builder.build());
        const found = new Set(Array.from({ length: names.count }, (_, node) => formatName(names.name(node))));
        for (const one of added) expect(found.has(formatName(one))).toBe(true);
        for (let node = 1; node < names.count; node++) {
          const own = names.name(node);
          const parent = names.name(names.parent[node]!);
          expect(isAtOrBelow(own, parent)).toBe(true);
          expect(own.length - parent.length).toBe(own[0]! + 1);
        }
      }),
    );
  });
});
