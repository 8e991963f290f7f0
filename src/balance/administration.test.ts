/** What operators and sources ask of a target: modes with their deadlines, weights. */
import { describe, expect, test } from "bun:test";
import { requestOf, FILE_SOURCE, Scenario, TestLink } from "./scenario-for-tests.ts";

const FILE = FILE_SOURCE.text;

describe.each(["drain", "maintenance"] as const)("%s", (mode) => {
  test("takes no new requests, sticky ones neither; idle connections are closed, live exchanges go on", () => {
    const scenario = new Scenario({});
    const a = scenario.target("a");
    const idle = new TestLink(scenario.pool, a, {});
    const busy = new TestLink(scenario.pool, a, { active: 1 });
    scenario.mode("a", mode);
    expect([idle.closed, busy.closed]).toEqual(["retired", ""]);
    expect(a).toMatchObject({ mode, modeSince: 1000, modeUntil: 0, draining: true, active: 1 });
    expect(scenario.used).toBe("b c d");
    expect(scenario.pick(requestOf({ sticky: a }))).not.toBe("a");
    expect(scenario.pool.lastReason).toBe("sticky-moved");
    scenario.pass(3_600_000);
    expect(busy.closed).toBe("");
  });

  test("until a time: then what still lives is cut, once", () => {
    const scenario = new Scenario({});
    const a = scenario.target("a");
    const busy = new TestLink(scenario.pool, a, { active: 1 });
    scenario.mode("a", mode, 2000);
    scenario.pass(1900);
    expect([busy.closed, a.modeUntil]).toEqual(["", 3000]);
    scenario.pass(100);
    expect(busy.closed).toBe(`cut: a:80 is in mode ${mode}, and the time to finish is over`);
    expect([a.active, scenario.hosts]).toEqual([0, "a b c d"]);
    const later = new TestLink(scenario.pool, a, { active: 1 });
    scenario.pass(5000);
    expect(later.closed).toBe("");
  });

  test("ready: it is back, and nothing is cut any more", () => {
    const scenario = new Scenario({});
    const a = scenario.target("a");
    const busy = new TestLink(scenario.pool, a, { active: 1 });
    scenario.mode("a", mode, 2000);
    scenario.pass(1000);
    scenario.told = 0;
    scenario.mode("a", "ready");
    expect([scenario.used, scenario.told]).toEqual(["a b c d", 1]);
    expect(a).toMatchObject({ mode: "ready", modeSince: 2000, modeUntil: 0, draining: false });
    scenario.pass(5000);
    expect(busy.closed).toBe("");
  });

  test("a new deadline takes the place of the old one", () => {
    const scenario = new Scenario({});
    const busy = new TestLink(scenario.pool, scenario.target("a"), { active: 1 });
    scenario.mode("a", mode, 2000);
    scenario.pass(1000);
    scenario.mode("a", mode, 3000);
    expect(scenario.target("a").modeSince).toBe(1000);
    scenario.pass(2900);
    expect(busy.closed).toBe("");
    scenario.pass(100);
    expect(busy.closed).not.toBe("");
  });
});

describe("modes", () => {
  test("ready ends an ejection, and the ones before are forgotten", () => {
    const scenario = new Scenario({});
    scenario.fail("a");
    scenario.mode("a", "ready");
    expect(scenario.used).toBe("a b c d");
    expect(scenario.target("a").health).toMatchObject({ ejections: 0, ejectedUntil: 0, failures: 0 });
  });

  test("ready does not overrule checks", () => {
    const scenario = new Scenario({ check: {} });
    scenario.check("a", "-");
    scenario.mode("a", "drain");
    scenario.mode("a", "ready");
    expect(scenario.used).toBe("b c d");
  });

  test("when the whole pool drains nobody is picked", () => {
    const scenario = new Scenario({ config: "a b" });
    scenario.mode("a", "drain");
    scenario.mode("b", "maintenance");
    expect([scenario.pick(), scenario.pool.panic]).toEqual(["none", false]);
  });

  test("survive a reload", () => {
    const scenario = new Scenario({});
    scenario.mode("a", "drain", 2000);
    scenario.adopt({});
    expect(scenario.target("a")).toMatchObject({ mode: "drain", modeUntil: 3000 });
    expect(scenario.used).toBe("b c d");
  });
});

describe("what a source says of the mode", () => {
  test("counts when it joins and when its word changes; until then what an operator set holds", () => {
    const scenario = new Scenario({ sources: [FILE_SOURCE], drain: 5000 });
    scenario.set(FILE, "a!drain b c!maintenance");
    expect(scenario.used).toBe("b");
    scenario.mode("a", "ready");
    scenario.mode("b", "drain");
    scenario.set(FILE, "a!drain b c!maintenance");
    expect(scenario.used).toBe("a");
    scenario.set(FILE, "a b c");
    expect(scenario.used).toBe("a c");
    scenario.set(FILE, "a b!drain c");
    scenario.set(FILE, "a b c");
    expect(scenario.used).toBe("a b c");
  });

  test("a drain by the source has the pool's deadline", () => {
    const scenario = new Scenario({ sources: [FILE_SOURCE], drain: 5000 });
    scenario.set(FILE, "a b");
    const busy = new TestLink(scenario.pool, scenario.target("a"), { active: 1 });
    scenario.set(FILE, "a!drain b");
    expect(scenario.target("a").modeUntil).toBe(6000);
    scenario.pass(5000);
    expect(busy.closed).toMatch(/^cut/);
  });

  test("by the config: a reload drains and brings back", () => {
    const scenario = new Scenario({ config: "a b" });
    scenario.adopt({ config: "a!drain b" });
    expect(scenario.used).toBe("b");
    scenario.adopt({ config: "a b" });
    expect(scenario.used).toBe("a b");
  });
});

describe("a removed target", () => {
  test("keeps the earlier one of two deadlines", () => {
    const scenario = new Scenario({ sources: [FILE_SOURCE], drain: 5000 });
    scenario.set(FILE, "a b c");
    const links = ["a", "b"].map((host) => new TestLink(scenario.pool, scenario.target(host), { active: 1 }));
    scenario.mode("a", "drain", 2000);
    scenario.mode("b", "drain", 60_000);
    scenario.set(FILE, "c");
    scenario.pass(2000);
    expect(links.map(({ closed }) => closed !== "")).toEqual([true, false]);
    scenario.pass(3000);
    expect(links.map(({ closed }) => closed !== "")).toEqual([true, true]);
    expect(scenario.hosts).toBe("c");
  });

  test("is not brought back by a mode", () => {
    const scenario = new Scenario({ sources: [FILE_SOURCE], drain: 5000 });
    scenario.set(FILE, "a b");
    const busy = new TestLink(scenario.pool, scenario.target("a"), { active: 1 });
    scenario.set(FILE, "b");
    scenario.mode("a", "ready");
    expect(scenario.used).toBe("b");
    scenario.pass(5000);
    expect([busy.closed !== "", scenario.hosts]).toEqual([true, "b"]);
  });

  test("that drained before it was removed drains still when it comes back", () => {
    const scenario = new Scenario({ sources: [FILE_SOURCE], drain: 5000 });
    scenario.set(FILE, "a b");
    scenario.hold("a");
    scenario.mode("a", "drain", 3000);
    scenario.set(FILE, "b");
    scenario.set(FILE, "a b");
    expect(scenario.target("a")).toMatchObject({ mode: "drain", modeUntil: 4000, removed: false });
    expect(scenario.used).toBe("b");
  });
});

describe("weight", () => {
  test("set at run time holds against its source and a reload, until it is reset", () => {
    const scenario = new Scenario({ sources: [FILE_SOURCE] });
    scenario.set(FILE, "a*2 b");
    scenario.weight("a", 7);
    scenario.set(FILE, "a*3 b");
    scenario.adopt({ sources: [FILE_SOURCE] });
    const a = scenario.target("a");
    expect(a).toMatchObject({ weight: 7, sourceWeight: 3, weightPinned: true, effectiveWeight: 7 });
    scenario.weight("a", null);
    expect(a).toMatchObject({ weight: 3, weightPinned: false, effectiveWeight: 3 });
  });

  test("0 keeps new clients away and not those it has; more than 0 lets them come", () => {
    const scenario = new Scenario({ config: "a b*0" });
    expect(scenario.used).toBe("a");
    expect(scenario.pick(requestOf({ sticky: scenario.target("b") }))).toBe("b");
    scenario.told = 0;
    scenario.weight("b", 1);
    expect([scenario.used, scenario.told]).toEqual(["a b", 1]);
    scenario.weight("a", 0);
    expect(scenario.used).toBe("b");
  });

  test.each([-1, 257, 1.5, Number.NaN])("%p is refused", (weight) => {
    const scenario = new Scenario({});
    expect(() => scenario.weight("a", weight)).toThrow(RangeError);
    expect(scenario.target("a")).toMatchObject({ weight: 1, weightPinned: false });
  });
});
