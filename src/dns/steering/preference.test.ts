import { describe, expect, test } from "bun:test";
import type { AddressOptions } from "./options.ts";
import { SteeredZones } from "./steered-zones-for-tests.ts";

const options: AddressOptions = {
  pops: {
    fra: { addresses: ["192.0.2.1"], health: "fra" },
    ams: { addresses: ["192.0.2.2"], health: "ams" },
    iad: { addresses: ["192.0.2.3"], health: "iad" },
  },
  geography: {
    "10.0.0.0/8": ["fra", "ams", "iad"],
    "10.64.0.0/10": "iad",
    "*": ["ams", "fra", "iad"],
  },
};

const GERMANY = { subnet: "10.1.0.0/24" };

function zonesWith(more: Partial<AddressOptions> = {}): SteeredZones {
  return new SteeredZones({ names: { "www.shop.test": { ...options, ...more } } });
}

function popOf(zones: SteeredZones, asked: { subnet?: string } = {}): string {
  const [answer] = zones.ask("www.shop.test", "A", asked).answer;
  return ["", "fra", "ams", "iad"][Number(answer!.split(".")[3])]!;
}

describe("the first in the order of a rule", () => {
  test.each([
    ["10.1.0.0/24", {}, "fra"],
    ["10.1.0.0/24", { fra: false }, "ams"],
    ["10.1.0.0/24", { fra: false, ams: false }, "iad"],
    ["10.1.0.0/24", { fra: false, ams: false, iad: false }, "fra"],
    ["10.64.0.0/24", {}, "iad"],
    // What a rule does not name comes in the order of the default.
    ["10.64.0.0/24", { iad: false }, "ams"],
    ["10.64.0.0/24", { iad: false, ams: false }, "fra"],
    ["192.168.0.0/24", {}, "ams"],
  ])("%s with %o: %s", (subnet, states, pop) => {
    const zones = zonesWith();
    zones.health.set(states);
    expect(popOf(zones, { subnet })).toBe(pop);
  });

  test("in words", () => {
    const zones = zonesWith();
    expect(zones.why("www.shop.test", GERMANY)).toBe(
      "subnet 10.1.0.0/24, as resolver 198.51.100.53 tells → network 10.0.0.0/8 → fra, then ams, then iad" +
        " → fra is up → fra, with nothing left to choose → A 192.0.2.1, TTL 30, for the client's first 10 bits",
    );
    zones.health.set({ fra: false });
    expect(zones.why("www.shop.test", GERMANY)).toContain("→ fra is down; ams is up → ams");
    expect(zones.why("www.shop.test")).toContain("no rule for it, so the default → ams, then fra");
  });
});

describe("capacity", () => {
  test("a full one spills to the next, and takes its clients back when it has room again", () => {
    const zones = zonesWith({ spillAbove: 0.9, returnBelow: 0.7 });
    const at = (load: number): string => {
      zones.health.loads["fra"] = load;
      zones.advance(1_000);
      return popOf(zones, GERMANY);
    };
    expect([0.5, 0.89, 0.9, 0.8, 0.7, 0.69, 0.8].map(at)).toEqual(["fra", "fra", "ams", "ams", "ams", "fra", "fra"]);
    at(0.95);
    expect(zones.why("www.shop.test", GERMANY)).toContain("fra is full at 95 %; ams is up");
  });

  test("loads are asked for once a second", () => {
    const zones = zonesWith();
    zones.health.loads["fra"] = 2;
    zones.advance(1_000);
    expect(popOf(zones, GERMANY)).toBe("ams");
    zones.health.loads["fra"] = 0;
    zones.advance(900);
    expect(popOf(zones, GERMANY)).toBe("ams");
    zones.advance(100);
    expect(popOf(zones, GERMANY)).toBe("fra");
  });

  test("when all that are up are full the first of them serves", () => {
    const zones = zonesWith();
    Object.assign(zones.health.loads, { fra: 2, ams: 2, iad: 2 });
    zones.health.set({ fra: false });
    zones.advance(1_000);
    expect(popOf(zones, GERMANY)).toBe("ams");
    expect(zones.why("www.shop.test", GERMANY)).toContain(
      "all that are up are full; ams is up at 200 % of its capacity",
    );
  });
});
