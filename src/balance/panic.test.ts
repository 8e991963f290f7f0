import { describe, expect, test } from "bun:test";
import { Scenario } from "./scenario-for-tests.ts";

/** A pool with these targets, of which some are down by checks. */
function poolOf(config: string, down: string, panic: number): Scenario {
  const scenario = new Scenario({ config, panic, check: { fall: 1, rise: 1 } });
  for (const host of down.split(" ").filter((word) => word !== "")) scenario.check(host, "-");
  return scenario;
}

describe("panic", () => {
  test.each<[string, string, number, boolean, string]>([
    ["a b c d", "", 0, false, "a b c d"],
    ["a b c d", "a b c", 0, false, "d"],
    ["a b c d", "a b c d", 0, true, "a b c d"],
    ["a b c d", "a b", 0.5, false, "c d"],
    ["a b c d", "a b c", 0.5, true, "a b c d"],
    ["a b c d", "a", 1, true, "a b c d"],
    ["a b c d", "", 1, false, "a b c d"],
    // Targets that take no requests anyway are not looked at.
    ["a b c!drain d!maintenance", "a", 0.5, false, "b"],
    ["a b c*0 d*0", "a b", 0, true, "a b"],
    ["a!drain b!drain", "a", 0, false, "none"],
    // Backups, and further tiers, can carry the traffic.
    ["a b c+backup", "a b", 0.5, false, "c"],
    ["a b c+backup", "a b c", 0, true, "a b c"],
    ["a b c^1 d^1", "a b", 0.6, false, "c d"],
    ["a b c^1 d^1", "a b c", 0.6, true, "a b c d"],
  ])("of %p down %p, panic %p: %p, and in use are %p", (config, down, share, panic, used) => {
    const scenario = poolOf(config, down, share);
    expect(scenario.pool.panic).toBe(panic);
    if (!config.includes("+") && !config.includes("^")) expect(scenario.used).toBe(used);
    else for (const host of scenario.used.split(" ")) expect(used).toContain(host);
  });

  test("an empty pool is in no panic", () => {
    const scenario = new Scenario({ sources: [] });
    expect(scenario.pool.panic).toBe(false);
  });

  test("begins and ends with the state of the targets; who waits is told when it begins", () => {
    const scenario = poolOf("a b c d", "a b", 0.5);
    scenario.told = 0;
    scenario.check("c", "-");
    expect([scenario.pool.panic, scenario.told]).toEqual([true, 1]);
    scenario.check("a", "+");
    expect([scenario.pool.panic, scenario.used]).toEqual([false, "a d"]);
  });

  test("ejections count like checks", () => {
    const scenario = poolOf("a b c d", "a b", 0.5);
    scenario.fail("c");
    expect([scenario.pool.panic, scenario.used]).toEqual([true, "a b c d"]);
    scenario.pass(10_000);
    expect([scenario.pool.panic, scenario.used]).toEqual([false, "c d"]);
  });
});
