import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { ResolvedService } from "../../contract/resolver.ts";
import { scaleWeights } from "./scale-weights.ts";
import { srvEndpoints } from "./srv-endpoints.ts";

function record(name: string, priority: number, weight: number, port = 80): ResolvedService {
  return { name, port, priority, weight, ttl: 0 };
}

function shown(records: readonly ResolvedService[], addresses: Record<string, readonly string[]>): string[] {
  return srvEndpoints(records, new Map(Object.entries(addresses))).map(
    ({ host, port, weight, tier }) => `${host}:${port} weight ${weight} tier ${tier}`,
  );
}

describe("SRV weights (RFC 2782)", () => {
  test("the smallest whole numbers in the same proportion", () => {
    expect(scaleWeights([10, 20, 30])).toEqual([1, 2, 3]);
    expect(scaleWeights([10, 15])).toEqual([2, 3]);
    expect(scaleWeights([70, 30])).toEqual([7, 3]);
    expect(scaleWeights([500, 500, 500])).toEqual([1, 1, 1]);
    expect(scaleWeights([65_535])).toEqual([1]);
    expect(scaleWeights([100 / 3, 100 / 3, 100])).toEqual([1, 1, 3]);
  });

  test("all 0: no choice is wanted", () => {
    expect(scaleWeights([0, 0, 0])).toEqual([1, 1, 1]);
    expect(scaleWeights([])).toEqual([]);
  });

  test("0 beside others has a very small chance, and a chance", () => {
    expect(scaleWeights([0, 1])).toEqual([1, 256]);
    expect(scaleWeights([0, 10, 20])).toEqual([1, 128, 256]);
  });

  test("the greatest is 256 when there are no small whole numbers", () => {
    expect(scaleWeights([65_535, 1])).toEqual([256, 1]);
    expect(scaleWeights([1000, 501])).toEqual([256, 128]);
  });

  test("always 1…256, in the same order, and near the proportion", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 65_535 }), { minLength: 1, maxLength: 12 }), (weights) => {
        const scaled = scaleWeights(weights);
        const greatest = Math.max(...weights);
        const top = Math.max(...scaled);
        for (const [index, weight] of weights.entries()) {
          expect(scaled[index]).toBeWithin(1, 257);
          expect(Number.isInteger(scaled[index])).toBe(true);
          // Half a step of rounding, and up to one where nothing would be left.
          if (greatest > 0) expect(Math.abs(scaled[index]! / top - weight / greatest)).toBeLessThanOrEqual(1 / 256);
        }
      }),
    );
  });
});

describe("endpoints of SRV records", () => {
  test("distinct priorities become tiers by rank", () => {
    const records = [record("c", 30, 0), record("a", 5, 0), record("b", 10, 0)];
    expect(shown(records, { a: ["10.0.0.1"], b: ["10.0.0.2"], c: ["10.0.0.3"] })).toEqual([
      "10.0.0.1:80 weight 1 tier 0",
      "10.0.0.2:80 weight 1 tier 1",
      "10.0.0.3:80 weight 1 tier 2",
    ]);
  });

  test("the port is the record's; weights count within their priority alone", () => {
    const records = [record("a", 0, 1, 8080), record("b", 0, 3, 8081), record("c", 1, 500, 9090)];
    expect(shown(records, { a: ["10.0.0.1"], b: ["10.0.0.2"], c: ["10.0.0.3"] })).toEqual([
      "10.0.0.1:8080 weight 1 tier 0",
      "10.0.0.2:8081 weight 3 tier 0",
      "10.0.0.3:9090 weight 1 tier 1",
    ]);
  });

  test("a record's weight is parted among the addresses of its name", () => {
    const records = [record("many", 0, 10), record("one", 0, 10)];
    expect(shown(records, { many: ["10.0.0.1", "10.0.0.2"], one: ["10.0.0.3"] })).toEqual([
      "10.0.0.1:80 weight 1 tier 0",
      "10.0.0.2:80 weight 1 tier 0",
      "10.0.0.3:80 weight 2 tier 0",
    ]);
  });

  test("one address of two records: both weights in one priority, the better tier of two", () => {
    const records = [record("a", 0, 1), record("b", 0, 1), record("c", 0, 1), record("a", 7, 1), record("d", 7, 1)];
    const addresses = { a: ["10.0.0.1"], b: ["10.0.0.1"], c: ["10.0.0.2"], d: ["10.0.0.3"] };
    expect(shown(records, addresses)).toEqual([
      "10.0.0.1:80 weight 2 tier 0",
      "10.0.0.2:80 weight 1 tier 0",
      "10.0.0.3:80 weight 1 tier 1",
    ]);
  });

  test("from the sixteenth priority on they share the last tier", () => {
    const records = Array.from({ length: 20 }, (_, index) => record(`n${index}`, index * 10, 0));
    const addresses = Object.fromEntries(records.map(({ name }, index) => [name, [`10.0.0.${index}`]]));
    const tiers = srvEndpoints(records, new Map(Object.entries(addresses))).map(({ tier }) => tier);
    expect(tiers).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 15, 15, 15, 15]);
  });

  test("names without addresses are left out; the order does not depend on the records'", () => {
    const records = [record("b", 0, 1, 81), record("gone", 0, 1), record("a", 0, 1), record("b", 0, 1, 80)];
    const addresses = { a: ["10.0.0.10"], b: ["10.0.0.9"] };
    const expected = ["10.0.0.9:80 weight 1 tier 0", "10.0.0.9:81 weight 1 tier 0", "10.0.0.10:80 weight 1 tier 0"];
    expect(shown(records, addresses)).toEqual(expected);
    expect(shown(records.toReversed(), addresses)).toEqual(expected);
  });
});
