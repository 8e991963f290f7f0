import { describe, expect, test } from "bun:test";
import type { BalanceName } from "../contract/balancer.ts";
import type { PassivePlan } from "../contract/health-plan.ts";
import { DEFAULT_PASSIVE } from "./config/health.ts";
import { BALANCE_NAMES } from "./balancers.ts";
import { diceOf } from "./pool-for-tests.ts";
import { Scenario } from "./scenario-for-tests.ts";
import { runTraffic, type Served, sharesOf } from "./traffic-for-tests.ts";

/** One of three fails at once, the others answer after 20 ms or so; its share of the requests of a minute. */
function shareOfFailing(algorithm: BalanceName, clients: number, passive: Partial<PassivePlan>): number {
  const scenario = new Scenario({ config: "a b c", balance: { algorithm, tableSize: 251 }, passive }, diceOf(7));
  const dice = diceOf(3);
  const serve = (host: string): Served =>
    host === "a" ? { ms: 0.2, status: 500 } : { ms: 10 + 20 * dice(), status: 200 };
  return sharesOf(runTraffic(scenario, { clients, milliseconds: 60_000, serve, dice })).a!;
}

const CASES = BALANCE_NAMES.flatMap((name) => [1, 4, 32].map((clients): [BalanceName, number] => [name, clients]));

describe("a target that fails at once", () => {
  test.each(CASES)("%s, %i clients: is ejected by default", (algorithm, clients) => {
    expect(shareOfFailing(algorithm, clients, DEFAULT_PASSIVE)).toBeLessThan(1);
  });

  test.each(CASES)("%s, %i clients: draws no traffic, if it may not be ejected", (algorithm, clients) => {
    // A third is a full share; where the key decides, and with dice, it is so on average.
    expect(shareOfFailing(algorithm, clients, { maxFails: 0 })).toBeLessThan(35);
  });

  test.each(["least-connections", "least-time", "power-of-two-choices"] as const)("%s: gets little", (algorithm) => {
    expect(shareOfFailing(algorithm, 32, { maxFails: 0 })).toBeLessThan(1);
  });
});

describe("a penalty", () => {
  test("is one for each failure, of whatever kind, and fades", () => {
    const scenario = new Scenario({ passive: { maxFails: 0 } });
    const a = scenario.target("a");
    scenario.answer("a", 503);
    scenario.fail("a");
    expect(a.penalty).toBe(2);
    scenario.answer("a", 200);
    scenario.answer("a", 404);
    expect(a.penalty).toBe(2);
    scenario.pass(3000);
    expect(a.penalty).toBeCloseTo(1.024);
    scenario.pass(4000);
    expect(a.penalty).toBe(0);
  });

  test("is bounded, and over in half a minute", () => {
    const scenario = new Scenario({ passive: { maxFails: 0 } });
    for (let failure = 0; failure < 9999; failure++) scenario.answer("a", 500);
    expect(scenario.target("a").penalty).toBe(256);
    scenario.pass(30_000);
    expect(scenario.target("a").penalty).toBe(0);
  });

  test("moves nothing when all targets have it alike", () => {
    const scenario = new Scenario({ config: "a b c", balance: { algorithm: "least-connections" } });
    const dice = diceOf(3);
    const serve = (): Served => ({ ms: 10 + 20 * dice(), status: dice() < 0.1 ? 500 : 200 });
    const shares = sharesOf(runTraffic(scenario, { clients: 8, milliseconds: 60_000, serve, dice }));
    for (const share of Object.values(shares)) expect(share).toBeWithin(30, 37);
  });
});
