import { describe, expect, test } from "bun:test";
import { Scenario } from "./scenario-for-tests.ts";

describe("rise and fall", () => {
  // One letter per check: the state behind it. rise 2, fall 3.
  test.each<[string, string, string]>([
    ["the first check decides alone: up", "+", "u"],
    ["the first check decides alone: down", "-", "d"],
    ["three failures in a row take it down", "+---", "uuud"],
    ["fewer do not", "+--+--+--", "uuuuuuuuu"],
    ["two passes in a row take it up", "-++", "ddu"],
    ["fewer do not", "-+-+-+", "dddddd"],
    ["and down again", "-++---", "dduuud"],
  ])("%s: %s", (_, results, expected) => {
    const scenario = new Scenario({ check: { rise: 2, fall: 3 } });
    const states = Array.from(results, (result) => {
      scenario.check("a", result);
      return scenario.target("a").down ? "d" : "u";
    });
    expect(states.join("")).toBe(expected);
  });

  test("rise 1, fall 1: each check decides", () => {
    const scenario = new Scenario({ check: { rise: 1, fall: 1 } });
    for (const result of "+-+-") {
      scenario.check("a", result);
      expect(scenario.target("a").down).toBe(result === "-");
    }
  });

  test("unchecked targets count as up", () => {
    const scenario = new Scenario({ check: {} });
    expect(scenario.used).toBe("a b c d");
    expect(scenario.target("a").health.checked).toBe("unchecked");
  });

  test("who waits is told when a target comes up, not when it goes down", () => {
    const scenario = new Scenario({ check: {} });
    scenario.check("a", "-");
    expect([scenario.used, scenario.told]).toEqual(["b c d", 0]);
    scenario.check("a", "++");
    expect([scenario.used, scenario.told]).toEqual(["a b c d", 1]);
  });
});

test("the evidence is kept with its age, layer by layer", () => {
  const scenario = new Scenario({ check: { kind: "http" } });
  const a = scenario.target("a");
  scenario.pass(4000);
  scenario.pool.noteCheck(
    a,
    [
      { layer: "tcp", ok: true, detail: "", durationMs: 1 },
      { layer: "http", ok: false, detail: "503, expected 200-399", durationMs: 3 },
    ],
    scenario.now,
  );
  expect(a.health).toMatchObject({ checked: "down", checkedSince: 5000, checkedAt: 5000, fails: 1, passes: 0 });
  expect(a.health.layers.map(({ layer, ok }) => [layer, ok])).toEqual([
    ["tcp", true],
    ["http", false],
  ]);
  scenario.pass(1000);
  scenario.check("a", "-+");
  expect(a.health).toMatchObject({ checked: "down", checkedSince: 5000, checkedAt: 6000, fails: 0, passes: 1 });
  expect(a.health).toMatchObject({ checksTotal: 3, checkFailuresTotal: 2 });
});

describe("checks and ejection", () => {
  test("rise passed checks since it began end an ejection", () => {
    const scenario = new Scenario({ check: { rise: 2 } });
    scenario.check("a", "++++");
    scenario.fail("a", "upstream-unreachable");
    scenario.check("a", "+");
    expect(scenario.target("a").down).toBe(true);
    scenario.check("a", "-+");
    expect(scenario.target("a").down).toBe(true);
    scenario.told = 0;
    scenario.check("a", "+");
    expect([scenario.used, scenario.told]).toEqual(["a b c d", 1]);
    // The next one is longer all the same.
    scenario.fail("a", "upstream-unreachable");
    expect(scenario.target("a").health.ejectedUntil - scenario.now).toBe(20_000);
  });

  test.each([
    ["status-500", "tcp", true],
    ["status-500", "tls", true],
    ["status-500", "http", false],
    ["status-500", "grpc", false],
    ["upstream-unreachable", "tcp", false],
    ["upstream-connect-timeout", "tcp", false],
    ["upstream-first-byte-timeout", "tcp", true],
    ["upstream-first-byte-timeout", "http", false],
  ] as const)("%s, then passed %s checks: still ejected %p", (code, layer, ejected) => {
    const scenario = new Scenario({ check: { kind: layer }, passive: { statuses: [{ from: 500, to: 599 }] } });
    if (code === "status-500") scenario.answer("a", 500);
    else scenario.fail("a", code);
    scenario.check("a", "++++", layer);
    expect(scenario.target("a").down).toBe(ejected);
  });
});

test("a target that passes its checks and fails its requests is let back early once, and then sits out its rest", () => {
  const scenario = new Scenario({ check: { kind: "http" } });
  for (const early of [true, false, false]) {
    scenario.fail("a", "upstream-first-byte-timeout");
    expect(scenario.target("a").down).toBe(true);
    scenario.check("a", "++++", "http");
    expect(scenario.target("a").down).toBe(!early);
    scenario.pass(
      scenario.target("a").health.ejectedUntil === 0 ? 0 : scenario.target("a").health.ejectedUntil - scenario.now,
    );
    expect(scenario.target("a").down).toBe(false);
  }
  expect(scenario.target("a").health.ejections).toBe(3);
});

describe("when checks do not count", () => {
  test("in maintenance results are ignored; afterwards the first decides alone", () => {
    const scenario = new Scenario({ check: {} });
    scenario.check("a", "+");
    scenario.mode("a", "maintenance");
    scenario.check("a", "-----");
    expect(scenario.target("a").health).toMatchObject({ checked: "up", checksTotal: 1 });
    scenario.mode("a", "ready");
    expect(scenario.target("a").down).toBe(false);
    scenario.check("a", "-");
    expect(scenario.target("a").down).toBe(true);
  });

  test("who was down before maintenance waits for its first check", () => {
    const scenario = new Scenario({ check: {} });
    scenario.check("a", "-");
    scenario.mode("a", "maintenance");
    scenario.mode("a", "ready");
    expect(scenario.used).toBe("b c d");
    scenario.check("a", "+");
    expect(scenario.used).toBe("a b c d");
  });

  test("a target that drains is checked on", () => {
    const scenario = new Scenario({ check: {} });
    scenario.mode("a", "drain");
    scenario.check("a", "-");
    scenario.mode("a", "ready");
    expect(scenario.used).toBe("b c d");
  });

  test("a reload without checks forgets what they said; a late result is not heard", () => {
    const scenario = new Scenario({ check: {} });
    scenario.check("a", "-");
    scenario.adopt({ check: null });
    expect(scenario.used).toBe("a b c d");
    scenario.check("a", "-");
    expect(scenario.target("a").health).toMatchObject({ checked: "unchecked", layers: [] });
  });

  test("a reload without checks leaves no sign of them, whatever they said", () => {
    const scenario = new Scenario({ check: { fall: 2 } });
    scenario.check("a", "+++");
    scenario.check("b", "+-");
    scenario.adopt({ check: null });
    for (const host of "ab") {
      const { checked, checkedAt, layers, passes, fails } = scenario.target(host).health;
      expect([checked, checkedAt, layers, passes, fails]).toEqual(["unchecked", 0, [], 0, 0]);
    }
    // A check that comes later begins with nothing.
    scenario.adopt({ check: { rise: 3, fall: 3 } });
    scenario.check("b", "-");
    expect(scenario.used).toBe("a c d");
  });

  test("a check that takes another's place decides alone at first; until then what was found holds", () => {
    const scenario = new Scenario({ check: { rise: 3, fall: 3 } });
    scenario.check("a", "-");
    scenario.check("b", "+");
    scenario.adopt({ check: { kind: "tls", rise: 3, fall: 3 } });
    expect(scenario.used).toBe("b c d");
    scenario.check("a", "+");
    scenario.check("b", "-");
    expect(scenario.used).toBe("a c d");
  });

  test("a reload with the same check changes nothing", () => {
    const scenario = new Scenario({ check: { rise: 3, fall: 3 } });
    scenario.check("a", "-");
    scenario.adopt({ check: { rise: 3, fall: 3 } });
    scenario.check("a", "++");
    expect(scenario.used).toBe("b c d");
  });
});
