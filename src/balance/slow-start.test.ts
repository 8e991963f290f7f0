import { describe, expect, test } from "bun:test";
import type { BalanceName } from "../contract/balancer.ts";
import type { Target } from "../contract/target.ts";
import { BALANCE_NAMES } from "./balancers.ts";
import { diceOf } from "./pool-for-tests.ts";
import { FILE_SOURCE, Scenario, type PlanOptions } from "./scenario-for-tests.ts";
import { runTraffic, type Served, sharesOf } from "./traffic-for-tests.ts";

const FILE = FILE_SOURCE.text;
const SLOW: PlanOptions = { balance: { slowStart: 10_000 }, check: { rise: 1, fall: 1 } };

function isWarm(target: Target): boolean {
  return target.effectiveWeight === target.weight;
}

describe("the way up", () => {
  test("from a hundredth of the weight to all of it, in a straight line", () => {
    const scenario = new Scenario({ ...SLOW, config: "a*20 b*20" });
    scenario.check("a", "-+");
    const { effectiveWeight, warmSince } = scenario.target("a");
    expect([effectiveWeight, warmSince]).toEqual([0.2, 1000]);
    const weights = [];
    for (let second = 0; second < 11; second++) {
      scenario.pass(1000);
      weights.push(Math.round(scenario.target("a").effectiveWeight * 10) / 10);
    }
    expect(weights).toEqual([2.2, 4.2, 6.1, 8.1, 10.1, 12.1, 14.1, 16, 18, 20, 20]);
    expect(scenario.target("a").warmSince).toBe(0);
    expect(scenario.target("b").effectiveWeight).toBe(20);
  });

  test("never less than a hundredth, also between two steps", () => {
    const scenario = new Scenario({ ...SLOW, config: "a*20 b*20" });
    scenario.pass(330);
    scenario.check("a", "-+");
    expect(scenario.target("a").effectiveWeight).toBe(0.2);
    scenario.pass(9670);
    expect(isWarm(scenario.target("a"))).toBe(false);
    scenario.pass(800);
    expect(isWarm(scenario.target("a"))).toBe(true);
  });

  test("in at most twenty steps, common to all targets of the pool", () => {
    const scenario = new Scenario({ ...SLOW, config: "a b c d e f" });
    let updates = 0;
    const { balancer } = scenario.pool;
    const update = balancer.update.bind(balancer);
    balancer.update = (targets, panic) => {
      updates++;
      update(targets, panic);
    };
    for (const host of "abcde") {
      scenario.check(host, "-+");
      scenario.pick();
      scenario.pass(100);
    }
    updates = 0;
    for (let step = 0; step < 150; step++) {
      scenario.pass(100);
      scenario.pick();
    }
    expect(updates).toBeGreaterThan(15);
    expect(updates).toBeLessThanOrEqual(21);
    expect(scenario.pool.targets.every(isWarm)).toBe(true);
  });

  test("a weight that changes meanwhile counts at once", () => {
    const scenario = new Scenario({ ...SLOW, config: "a b" });
    scenario.check("a", "-+");
    scenario.pass(5000);
    scenario.weight("a", 100);
    expect(scenario.target("a").effectiveWeight).toBeCloseTo(50.5);
  });

  test("a reload without slow start ends it", () => {
    const scenario = new Scenario({ ...SLOW, config: "a b" });
    scenario.check("a", "-+");
    scenario.adopt({ config: "a b", check: {} });
    expect(isWarm(scenario.target("a"))).toBe(true);
  });
});

test.each<[BalanceName, number]>(
  BALANCE_NAMES.flatMap((name) => [1, 8, 64].map((clients): [BalanceName, number] => [name, clients])),
)("%s, %i clients: its share of the requests begins near 0 and never exceeds a full one", (algorithm, clients) => {
  const balance = { algorithm, slowStart: 30_000, tableSize: 5003 };
  const scenario = new Scenario({ config: "a b c", balance, check: { rise: 1, fall: 1 } }, diceOf(9));
  const dice = diceOf(5);
  const serve = (): Served => ({ ms: 10 + 20 * dice(), status: 200 });
  const shareOfA = (milliseconds: number): number => {
    return sharesOf(runTraffic(scenario, { clients, milliseconds, serve, dice })).a!;
  };
  scenario.check("a", "-");
  shareOfA(5000);
  scenario.check("a", "+");
  expect(shareOfA(1500)).toBeLessThan(3);
  expect(shareOfA(10_000)).toBeLessThan(15);
  shareOfA(28_500);
  expect(shareOfA(20_000)).toBeWithin(20, 45);
});

describe("who starts slowly", () => {
  test("nobody at the pool's start", () => {
    const scenario = new Scenario(SLOW);
    expect(scenario.pool.targets.every(isWarm)).toBe(true);
  });

  test("nor those of a source that answers first when the pool is empty", () => {
    const scenario = new Scenario({ ...SLOW, sources: [FILE_SOURCE] });
    scenario.pass(1000);
    scenario.set(FILE, "a b");
    expect(scenario.pool.targets.every(isWarm)).toBe(true);
  });

  test.each<[string, (scenario: Scenario) => void]>([
    ["who comes up by a check", (scenario) => scenario.check("a", "-+")],
    [
      "whose ejection ends",
      (scenario) => {
        scenario.fail("a");
        scenario.pass(10_000);
      },
    ],
    [
      "who is made ready",
      (scenario) => {
        scenario.mode("a", "drain");
        scenario.mode("a", "ready");
      },
    ],
    [
      "who comes back before it is gone",
      (scenario) => {
        scenario.hold("a");
        scenario.set(FILE, "b c");
        scenario.set(FILE, "a b c");
      },
    ],
    [
      "who joins",
      (scenario) => {
        scenario.set(FILE, "b c");
        scenario.set(FILE, "a b c");
      },
    ],
  ])("%s", (_, act) => {
    const scenario = new Scenario({ ...SLOW, sources: [FILE_SOURCE] });
    scenario.set(FILE, "a b c");
    act(scenario);
    expect(scenario.pool.targets.filter((target) => !isWarm(target)).map(({ host }) => host)).toEqual(["a"]);
    expect(scenario.used).toBe("b c");
    scenario.pass(5000);
    expect(scenario.used).toBe("a b c");
  });

  test("not the one that comes up when nobody else is up: it has to take all at once", () => {
    const scenario = new Scenario({ ...SLOW, config: "a b" });
    scenario.check("a", "-");
    scenario.check("b", "-");
    scenario.check("a", "+");
    expect(isWarm(scenario.target("a"))).toBe(true);
    scenario.check("b", "+");
    expect(isWarm(scenario.target("b"))).toBe(false);
  });

  test("not without slowStart", () => {
    const scenario = new Scenario({ check: {} });
    scenario.check("a", "-++");
    expect(isWarm(scenario.target("a"))).toBe(true);
  });
});
