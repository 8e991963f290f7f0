/** Who belongs to a pool: sources, their merging, removal and return. */
import { describe, expect, test } from "bun:test";
import type { SourceState } from "../contract/live-pool.ts";
import type { Target } from "../contract/target.ts";
import type { TargetConsidered } from "../contract/trace-record.ts";
import { createLivePool } from "./live-pool.ts";
import {
  ADMIN_SOURCE,
  configSource,
  endpointsOf,
  requestOf,
  FILE_SOURCE,
  Scenario,
  TestLink,
} from "./scenario-for-tests.ts";
import { MAX_TARGETS } from "./target-sources.ts";

const FILE = FILE_SOURCE.text;

function stateOf(scenario: Scenario, source: string): SourceState {
  return scenario.pool.sources.find((state) => state.source === source)!;
}

/** The addresses that a pick considers. */
function notedBy(scenario: Scenario): string[] {
  const notes: TargetConsidered[] = [];
  scenario.pool.peek(requestOf(), scenario.now, notes);
  return notes.map(({ target }) => target);
}

describe("merging", () => {
  test("targets stand in the order of the sources, then of each; an address counts once, for the first", () => {
    const scenario = new Scenario({ sources: [configSource("a b*2"), FILE_SOURCE, ADMIN_SOURCE] });
    scenario.set("admin", "e b*9 d");
    scenario.set(FILE, "d c b*7 c");
    expect(scenario.hosts).toBe("a b d c e");
    expect(scenario.pool.targets.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
    expect(scenario.pool.targets.map(({ source }) => source)).toEqual(["config", "config", FILE, FILE, "admin"]);
    expect(scenario.target("b").weight).toBe(2);
    expect(scenario.used).toBe("a b c d e");
  });

  test("an address that one source drops and another names stays the same target", () => {
    const scenario = new Scenario({ sources: [FILE_SOURCE, ADMIN_SOURCE] });
    scenario.set(FILE, "a*2 b");
    scenario.set("admin", "a*5");
    const a = scenario.target("a");
    a.latency = 7;
    scenario.set(FILE, "b");
    expect(scenario.target("a")).toBe(a);
    expect([a.source, a.weight, a.removed, a.latency]).toEqual(["admin", 5, false, 7]);
  });

  test("an IPv6 host is written in brackets", () => {
    const scenario = new Scenario({ sources: [FILE_SOURCE] });
    const [endpoint] = endpointsOf("a");
    scenario.pool.setEndpoints(FILE, [{ ...endpoint!, host: "2001:db8::1" }], scenario.now);
    expect(scenario.pool.targets[0]!.address).toBe("[2001:db8::1]:80");
  });

  test("the list is replaced when somebody joins or leaves, and only then", () => {
    const scenario = new Scenario({ sources: [FILE_SOURCE] });
    scenario.set(FILE, "a b c");
    const before = scenario.pool.targets;
    scenario.set(FILE, "c a*3 b");
    expect(scenario.pool.targets).toBe(before);
    expect(scenario.target("a").weight).toBe(3);
    scenario.set(FILE, "c a b d");
    expect(before).toHaveLength(3);
    expect(scenario.hosts).toBe("c a b d");
  });

  test(`a pool has at most ${MAX_TARGETS} targets; the source is told`, () => {
    const scenario = new Scenario({ sources: [configSource("a"), FILE_SOURCE] });
    const [endpoint] = endpointsOf("x");
    const many = Array.from({ length: MAX_TARGETS + 5 }, (_, port) => ({ ...endpoint!, port }));
    scenario.pool.setEndpoints(FILE, many, scenario.now);
    expect(scenario.pool.targets).toHaveLength(MAX_TARGETS);
    expect(stateOf(scenario, FILE).problem).toBe("6 of its 16389 targets are left out: a pool has at most 16384");
    scenario.pool.setEndpoints(FILE, many.slice(0, 3), scenario.now);
    expect(stateOf(scenario, FILE).problem).toBe("");
    expect(scenario.pool.targets).toHaveLength(4);
  });
});

describe("what sources say", () => {
  test("is kept with its age", () => {
    const scenario = new Scenario({ sources: [configSource("a"), FILE_SOURCE] });
    expect(scenario.pool.sources).toHaveLength(2);
    expect(stateOf(scenario, "config")).toMatchObject({ count: 1, goodAt: 1000, triedAt: 1000, problem: "" });
    expect(stateOf(scenario, FILE)).toMatchObject({ count: 0, goodAt: 0, triedAt: 0, problem: "" });
    scenario.pass(500);
    scenario.set(FILE, "b c");
    expect(stateOf(scenario, FILE)).toMatchObject({ count: 2, goodAt: 1500, triedAt: 1500, problem: "" });
    scenario.pass(500);
    scenario.pool.noteSourceProblem(FILE, "ENOENT", scenario.now);
    expect(stateOf(scenario, FILE)).toMatchObject({ count: 2, goodAt: 1500, triedAt: 2000, problem: "ENOENT" });
    expect(scenario.hosts).toBe("a b c");
    scenario.set(FILE, "b c");
    expect(stateOf(scenario, FILE).problem).toBe("");
  });

  test("an empty answer never empties the pool, and that is said", () => {
    const scenario = new Scenario({ sources: [FILE_SOURCE, ADMIN_SOURCE] });
    scenario.set("admin", "");
    expect(stateOf(scenario, "admin").problem).toBe("");
    scenario.set(FILE, "");
    expect(stateOf(scenario, FILE)).toMatchObject({ problem: "answered with no targets", triedAt: 1000, goodAt: 0 });
    scenario.set(FILE, "b c");
    scenario.set(FILE, "");
    expect(stateOf(scenario, FILE).problem).toBe("answered with no targets; the 2 of before are kept");
    expect(scenario.hosts).toBe("b c");
    scenario.set(FILE, "c");
    expect([stateOf(scenario, FILE).problem, scenario.hosts]).toEqual(["", "c"]);
  });

  test("it is believed while another source names targets", () => {
    const scenario = new Scenario({ sources: [FILE_SOURCE, ADMIN_SOURCE] });
    scenario.set(FILE, "a");
    scenario.set("admin", "b");
    scenario.set("admin", "");
    expect(scenario.hosts).toBe("a");
    scenario.set("admin", "b");
    scenario.set(FILE, "");
    expect([scenario.hosts, stateOf(scenario, FILE).problem]).toEqual(["b", ""]);
    scenario.set("admin", "");
    expect(scenario.hosts).toBe("b");
    expect(stateOf(scenario, "admin").problem).toBe("answered with no targets; the 1 of before are kept");
  });

  test("a source that the plan does not name is not heard", () => {
    const scenario = new Scenario({ config: "a" });
    scenario.set(FILE, "b");
    scenario.pool.noteSourceProblem(FILE, "late", scenario.now);
    expect(scenario.hosts).toBe("a");
    expect(scenario.pool.sources).toHaveLength(1);
  });
});

describe("removal", () => {
  test("who is missing is gone at once when nothing is under way, with its idle connections", () => {
    const scenario = new Scenario({ sources: [FILE_SOURCE] });
    scenario.set(FILE, "a b");
    const link = new TestLink(scenario.pool, scenario.target("b"), {});
    scenario.set(FILE, "a");
    expect(link.closed).toBe("retired");
    expect(scenario.hosts).toBe("a");
    expect(scenario.used).toBe("a");
  });

  test("with exchanges under way it drains first, last in the list, and is gone when they have ended", () => {
    const scenario = new Scenario({ sources: [FILE_SOURCE], drain: 5000 });
    scenario.set(FILE, "a b c");
    const a = scenario.target("a");
    const busy = new TestLink(scenario.pool, a, { active: 1 });
    const idle = new TestLink(scenario.pool, a, {});
    scenario.set(FILE, "b c");
    expect(scenario.hosts).toBe("b c (a)");
    expect([a.index, a.removed, a.draining, a.modeUntil]).toEqual([2, true, true, scenario.now + 5000]);
    expect(scenario.used).toBe("b c");
    expect([idle.closed, busy.closed]).toEqual(["retired", ""]);
    scenario.pass(4000);
    busy.finish();
    expect(scenario.hosts).toBe("b c (a)");
    expect(notedBy(scenario)).toEqual(["b:80", "c:80", "a:80"]);
    scenario.pass(100);
    expect(scenario.hosts).toBe("b c");
    expect(notedBy(scenario)).toEqual(["b:80", "c:80"]);
    expect(a.active).toBe(0);
  });

  test("at the deadline what still lives is cut", () => {
    const scenario = new Scenario({ sources: [FILE_SOURCE], drain: 5000 });
    scenario.set(FILE, "a b");
    const a = scenario.target("a");
    const busy = new TestLink(scenario.pool, a, { active: 1 });
    scenario.set(FILE, "b");
    scenario.pass(4900);
    expect(busy.closed).toBe("");
    scenario.pass(100);
    expect(busy.closed).toBe("cut: a:80 was removed from its pool, and the time to finish is over");
    expect(scenario.hosts).toBe("b");
    expect(a.active).toBe(0);
  });

  test("without a deadline it waits for as long as it takes", () => {
    const scenario = new Scenario({ sources: [FILE_SOURCE], drain: 0 });
    scenario.set(FILE, "a b");
    const busy = new TestLink(scenario.pool, scenario.target("a"), { active: 1 });
    scenario.set(FILE, "b");
    scenario.pass(600_000);
    expect([busy.closed, scenario.hosts]).toEqual(["", "b (a)"]);
  });

  test("who comes back before it is gone is the same target, and in use again", () => {
    const scenario = new Scenario({ sources: [FILE_SOURCE], drain: 5000 });
    scenario.set(FILE, "a b");
    const a = scenario.target("a");
    const busy = new TestLink(scenario.pool, a, { active: 1 });
    scenario.set(FILE, "b");
    scenario.told = 0;
    scenario.set(FILE, "a b");
    expect(scenario.target("a")).toBe(a);
    expect([scenario.hosts, scenario.used, scenario.told]).toEqual(["a b", "a b", 1]);
    expect([a.removed, a.modeUntil]).toEqual([false, 0]);
    scenario.pass(10_000);
    expect(busy.closed).toBe("");
  });

  test("who comes back later begins again", () => {
    const scenario = new Scenario({ sources: [FILE_SOURCE] });
    scenario.set(FILE, "a b");
    const a = scenario.target("a");
    scenario.set(FILE, "b");
    scenario.set(FILE, "a b");
    expect(scenario.target("a")).not.toBe(a);
    expect(a.index).toBe(-1);
  });

  test("what ends at a target that is gone disturbs nobody", () => {
    const scenario = new Scenario({ sources: [FILE_SOURCE], balance: { algorithm: "least-time" } });
    scenario.set(FILE, "a b");
    const a = scenario.target("a");
    // Two exchanges on links that do not obey.
    const links = [scenario.hold("a"), scenario.hold("a")];
    for (const link of links) link.cut = () => {};
    scenario.set(FILE, "b");
    scenario.pass(5000);
    expect(scenario.hosts).toBe("b");
    expect(scenario.used).toBe("b");
    const loads: Target[] = [];
    scenario.pool.balancer.onLoad = (target) => loads.push(target);
    scenario.pool.noteAnswer(a, 200, 1e6, scenario.now);
    scenario.pool.noteFailure(a, "upstream-closed", "", scenario.now);
    for (const link of links) link.finish();
    scenario.pass(1000);
    expect([a.active, scenario.used, loads]).toEqual([0, "b", []]);
  });
});

describe("reload", () => {
  test("keeps targets with their state by address, and the balancer as long as its plan is the same", () => {
    const scenario = new Scenario({ config: "a b c" });
    const [a, b] = scenario.pool.targets;
    const { balancer } = scenario.pool;
    scenario.weight("a", 9);
    scenario.fail("b");
    scenario.adopt({ config: "d b a*3", balance: { slowStart: 1000 } });
    expect(scenario.hosts).toBe("d b a");
    expect([scenario.target("a"), scenario.target("b")]).toEqual([a!, b!]);
    expect([a!.weight, a!.sourceWeight, b!.down]).toEqual([9, 3, true]);
    expect(scenario.pool.balancer).toBe(balancer);
    scenario.pass(1000);
    expect(scenario.used).toBe("a d");
  });

  test.each([
    { algorithm: "least-connections" },
    { boundedLoad: 1.25 },
    { virtualNodes: 40 },
    { tableSize: 251 },
  ] as const)("makes a new balancer for %j", (balance) => {
    const scenario = new Scenario({ config: "a b" });
    const { balancer } = scenario.pool;
    scenario.adopt({ config: "a b", balance });
    expect(scenario.pool.balancer).not.toBe(balancer);
    expect(scenario.used).toMatch(/a/);
  });

  test("keeps what a source said, and removes the targets of one that is named no more", () => {
    const scenario = new Scenario({ sources: [configSource("a"), FILE_SOURCE] });
    scenario.set(FILE, "b c");
    scenario.adopt({ sources: [FILE_SOURCE, configSource("d")] });
    expect(scenario.hosts).toBe("b c d");
    scenario.adopt({ sources: [configSource("d")] });
    expect(scenario.hosts).toBe("d");
    scenario.adopt({ sources: [] });
    expect(scenario.hosts).toBe("");
    expect(scenario.pick()).toBe("none");
  });

  test("takes the limit of connections over", () => {
    const scenario = new Scenario({ config: "a b" });
    scenario.hold("a");
    scenario.adopt({ config: "a b", maxConnections: 1 });
    expect(scenario.used).toBe("b");
    scenario.adopt({ config: "a b", maxConnections: 2 });
    expect(scenario.used).toBe("a b");
  });

  test("tells who waits", () => {
    const scenario = new Scenario({ config: "a" });
    scenario.adopt({ config: "a" });
    expect(scenario.told).toBe(1);
  });
});

test("a pool has no plan, no targets and no pick before it adopts one", () => {
  const pool = createLivePool("new");
  expect(pool.targets).toEqual([]);
  expect(pool.pick(requestOf(), 1, null)).toBeNull();
  expect(() => pool.plan).toThrow('pool "new" has no plan yet');
});
