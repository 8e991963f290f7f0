/** Picks, loads, sticky sessions and what costs nothing. What changes a target's state has tests beside its own file. */
import { describe, expect, test } from "bun:test";
import type { Target } from "../contract/target.ts";
import type { TargetConsidered } from "../contract/trace-record.ts";
import { requestOf, Scenario } from "./scenario-for-tests.ts";

describe("a pick", () => {
  test("is the balancer's, with its reason", () => {
    const scenario = new Scenario({ balance: { algorithm: "least-connections" } });
    const { pool } = scenario;
    const held = new Map(Array.from("abd", (host) => [host, scenario.hold(host)]));
    expect(scenario.pick()).toBe("c");
    expect(pool.lastReason).toBe("least-connections");
    scenario.hold("c");
    held.get("b")!.finish();
    expect(scenario.pick()).toBe("b");
    expect(scenario.pick(requestOf({ tried: [scenario.target("b")] }))).not.toBe("b");
    expect(pool.lastReason).toBe("retry-elsewhere");
  });

  test("goes by the latency of answers where the algorithm does", () => {
    const scenario = new Scenario({ config: "a b", balance: { algorithm: "least-time" } });
    const { pool } = scenario;
    const [a, b] = pool.targets as [Target, Target];
    pool.noteAnswer(a, 200, 80e6, scenario.now);
    pool.noteAnswer(b, 200, 2e6, scenario.now);
    expect([a.latency, b.latency]).toEqual([80, 2]);
    expect([scenario.pick(), pool.lastReason]).toEqual(["b", "least-time"]);
  });

  test("the balancer hears of every change of load and latency", () => {
    const scenario = new Scenario({ balance: { algorithm: "least-time" } });
    scenario.pick();
    const loads: string[] = [];
    scenario.pool.balancer.onLoad = ({ host, active, latency }) => loads.push(`${host} ${active} ${latency}`);
    const link = scenario.hold("b");
    scenario.answer("b");
    link.end();
    expect(loads).toEqual(["b 1 0", "b 1 5", "b 0 5"]);
  });

  test("notes latencies whatever the algorithm, for those who look at the pool", () => {
    const scenario = new Scenario({});
    scenario.answer("a");
    expect(scenario.target("a")).toMatchObject({ latency: 5, latencyAt: scenario.now });
    expect(scenario.target("a").health.answersTotal).toBe(1);
  });

  test("a burst of changes costs one update of the balancer", () => {
    const scenario = new Scenario({ check: {} });
    const { balancer } = scenario.pool;
    let updates = 0;
    const update = balancer.update.bind(balancer);
    balancer.update = (targets, panic) => {
      updates++;
      update(targets, panic);
    };
    scenario.pick();
    updates = 0;
    for (const host of "abc") scenario.check(host, "-");
    scenario.hold("d").end();
    expect(updates).toBe(0);
    expect(scenario.used).toBe("d");
    expect(updates).toBe(1);
    // What changes nothing costs nothing.
    scenario.check("d", "++++");
    scenario.weight("d", 1);
    scenario.pass(5000);
    scenario.pick();
    expect(updates).toBe(1);
  });
});

test("in a pool of thousands what fails together is one change, with the next tick", () => {
  const hosts = Array.from({ length: 1200 }, (_, index) => `h${index}`);
  const scenario = new Scenario({ config: hosts.join(" "), check: {} });
  scenario.pick();
  let updates = 0;
  const { balancer } = scenario.pool;
  const update = balancer.update.bind(balancer);
  balancer.update = (targets, panic) => {
    updates++;
    update(targets, panic);
  };
  // 600 may be ejected, none of them twice; checks take out the others but two.
  for (const host of hosts.slice(2, 700)) {
    scenario.fail(host);
    scenario.fail(host);
    scenario.pick();
  }
  for (const host of hosts.slice(602)) {
    scenario.check(host, "-");
    scenario.pick();
  }
  expect(updates).toBe(0);
  expect(scenario.pool.targets.map(({ health }) => health.ejections)).toEqual(
    hosts.map((_, index) => (index >= 2 && index < 602 ? 1 : 0)),
  );
  scenario.pass(100);
  expect(scenario.used).toBe("h0 h1");
  expect(updates).toBe(1);
  scenario.told = 0;
  scenario.check("h700", "++");
  scenario.pass(100);
  expect([scenario.used, scenario.told]).toEqual(["h0 h1 h700", 1]);
});

describe("a sticky pick", () => {
  test("goes to the target that the cookie names, whatever the algorithm would pick", () => {
    const scenario = new Scenario({});
    const sticky = scenario.target("c");
    for (let round = 0; round < 5; round++) {
      expect(scenario.pick(requestOf({ sticky }))).toBe("c");
      expect(scenario.pool.lastReason).toBe("sticky");
    }
    // It was nobody's turn.
    expect(scenario.pick()).toBe("a");
    expect(scenario.pool.lastReason).toBe("round-robin");
  });

  test.each<[string, (scenario: Scenario, sticky: Target) => Target[]]>([
    ["was tried", (_, sticky) => [sticky]],
    [
      "drains",
      (scenario) => {
        scenario.mode("c", "drain");
        return [];
      },
    ],
    [
      "is down",
      (scenario) => {
        scenario.fail("c");
        return [];
      },
    ],
    [
      "is full",
      (scenario, sticky) => {
        scenario.adopt({ maxConnections: 1 });
        scenario.hold(sticky.host);
        return [];
      },
    ],
    [
      "is gone",
      (scenario) => {
        scenario.adopt({ config: "a b d" });
        return [];
      },
    ],
    [
      "is another pool's",
      (_, sticky) => {
        Object.assign(sticky, { index: 0 });
        return [];
      },
    ],
  ])("moves on when it %s", (_, act) => {
    const scenario = new Scenario({});
    const sticky = scenario.target("c");
    const tried = act(scenario, sticky);
    const exchange = requestOf(tried.length === 0 ? { sticky } : { sticky, tried });
    expect(scenario.pick(exchange)).not.toBe("c");
    expect(scenario.pool.lastReason).toBe("sticky-moved");
  });

  test("a backup keeps its clients only while nobody else serves", () => {
    const scenario = new Scenario({ config: "a b c+backup", check: { rise: 1, fall: 1 } });
    const sticky = scenario.target("c");
    const pick = (): string[] => [scenario.pick(requestOf({ sticky })), scenario.pool.lastReason];
    expect(pick()).toEqual(["a", "sticky-moved"]);
    for (const host of "ab") scenario.check(host, "-");
    expect(pick()).toEqual(["c", "sticky"]);
    scenario.check("b", "+");
    expect(pick()).toEqual(["b", "sticky-moved"]);
    // One that takes no new clients does not serve in the backup's place.
    scenario.weight("b", 0);
    expect(pick()).toEqual(["c", "sticky"]);
  });

  test("stays with a target that is down when the pool is in panic", () => {
    const scenario = new Scenario({ check: {} });
    for (const host of "abcd") scenario.check(host, "-");
    expect(scenario.pick(requestOf({ sticky: scenario.target("c") }))).toBe("c");
  });

  test("is noted as picked, beside what the algorithm says of the others", () => {
    const scenario = new Scenario({ config: "a b c*0 d" });
    scenario.mode("b", "drain");
    const notes: TargetConsidered[] = [];
    const exchange = requestOf({ sticky: scenario.target("c") });
    expect(scenario.pool.peek(exchange, scenario.now, notes)!.host).toBe("c");
    expect(notes.map(({ target, verdict }) => [target, verdict])).toEqual([
      ["a:80", "passed-over"],
      ["b:80", "draining"],
      ["c:80", "picked"],
      ["d:80", "passed-over"],
    ]);
    expect(notes[2]!.detail).toBe("the client's cookie names it");
  });
});

test("a peek foretells the pick and moves nothing, notes or not", () => {
  const scenario = new Scenario({});
  for (let round = 0; round < 6; round++) {
    const notes: TargetConsidered[] = [];
    const noted = scenario.pool.peek(requestOf(), scenario.now, notes);
    const peeked = scenario.pool.peek(requestOf(), scenario.now, null);
    const picked = scenario.pool.pick(requestOf(), scenario.now, null);
    expect([noted, peeked]).toEqual([picked, picked]);
    expect(notes.filter(({ verdict }) => verdict === "picked").map(({ target }) => target)).toEqual([picked!.address]);
  }
});

test("a tick with nothing to do looks at no target", () => {
  const scenario = new Scenario({ check: {} });
  scenario.fail("a");
  scenario.pass(10_000);
  scenario.pass(10_000);
  let looks = 0;
  Object.defineProperty(scenario.target("a"), "mode", {
    get: () => {
      looks++;
      return "ready";
    },
  });
  scenario.pass(60_000);
  expect(looks).toBe(0);
});
