import { describe, expect, test } from "bun:test";
import type { Balancer } from "../contract/balancer.ts";
import type { Target } from "../contract/target.ts";
import type { TargetConsidered } from "../contract/trace-record.ts";
import { LATENCY_DECAY, latencyNow, noteFailedLatency, noteLatency } from "./target-load.ts";
import { balancerOf, diceOf, equalTargets, requestOf, targetOf, targetsOf } from "./pool-for-tests.ts";
import { Scenario } from "./scenario-for-tests.ts";
import { runTraffic, type Served, sharesOf } from "./traffic-for-tests.ts";

const FRESH = requestOf(0);

function measure(balancer: Balancer, target: Target, elapsed: number, now: number): void {
  noteLatency(target, elapsed, now);
  balancer.onLoad(target);
}

function pick(balancer: Balancer, now: number): Target {
  return balancer.pick(FRESH, now, null)!;
}

describe("latency", () => {
  test("rises at once to a peak and falls exponentially", () => {
    const target = targetOf(0);
    expect(latencyNow(target, 5000)).toBe(0);
    noteLatency(target, 20, 1000);
    expect(target.latency).toBe(20);
    noteLatency(target, 500, 1000);
    expect(target.latency).toBe(500);
    noteLatency(target, 20, 1000 + LATENCY_DECAY);
    expect(target.latency).toBeCloseTo(20 + 480 / Math.E, 6);
    expect(target.latencyAt).toBe(1000 + LATENCY_DECAY);
  });

  test("of many answers within one tick of the clock the slowest counts", () => {
    const target = targetOf(0);
    for (const elapsed of [5, 90, 5, 5, 5]) noteLatency(target, elapsed, 1000);
    expect(target.latency).toBe(90);
  });

  test("falls towards 0 while nothing is measured, and then rises to the next measure", () => {
    const target = targetOf(0);
    noteLatency(target, 500, 1000);
    expect(latencyNow(target, 1000)).toBe(500);
    expect(latencyNow(target, 1000 + LATENCY_DECAY)).toBeCloseTo(500 / Math.E, 6);
    expect(latencyNow(target, 1000 + 20 * LATENCY_DECAY)).toBeLessThan(0.001);
    expect(target.latency).toBe(500);
  });

  test("a measure of nothing is still a measure", () => {
    const target = targetOf(0);
    noteLatency(target, 0, 0);
    expect(target.latency).toBeGreaterThan(0);
  });
});

describe("least time", () => {
  test("prefers who answers sooner, as long as it does not have more to do", () => {
    const targets = equalTargets(2);
    const balancer = balancerOf("least-time", targets);
    measure(balancer, targets[0]!, 10, 0);
    measure(balancer, targets[1]!, 30, 0);
    const order = Array.from({ length: 8 }, () => {
      const target = pick(balancer, 0);
      target.active++;
      balancer.onLoad(target);
      return target.address;
    });
    expect(order.filter((address) => address === "a")).toHaveLength(6);
  });

  test("a target without a measure is tried at once, but not with everything", () => {
    const targets = equalTargets(3);
    const balancer = balancerOf("least-time", targets);
    measure(balancer, targets[0]!, 10, 0);
    measure(balancer, targets[1]!, 10, 0);
    expect(pick(balancer, 0).address).toBe("c");
    targets[2]!.active++;
    balancer.onLoad(targets[2]!);
    expect([pick(balancer, 0).address, pick(balancer, 0).address].toSorted().join("")).toBe("ab");
    measure(balancer, targets[2]!, 1, 0);
    targets[2]!.active--;
    balancer.onLoad(targets[2]!);
    expect(pick(balancer, 0).address).toBe("c");
  });

  test("one that never answers is not tried always", () => {
    const targets = equalTargets(4);
    const balancer = balancerOf("least-time", targets);
    let failed = 0;
    for (let index = 0; index < 1000; index++) {
      const now = 10 * index;
      const target = pick(balancer, now);
      if (target.index === 0) failed++;
      else measure(balancer, target, target.index === 3 ? 100 : 5, now);
      balancer.update(targets, false);
    }
    expect(failed).toBeGreaterThan(0);
    expect(failed).toBeLessThan(250);
  });

  test("a target that was slow once is tried again when its average has fallen below the others'", () => {
    const targets = equalTargets(2);
    const balancer = balancerOf("least-time", targets);
    measure(balancer, targets[0]!, 500, 0);
    let tried = 0;
    for (let now = 0; now < 120_000 && tried === 0; now += 100) {
      const target = pick(balancer, now);
      if (target.index === 0) tried = now;
      else measure(balancer, target, 5, now);
    }
    expect(Math.abs(tried - LATENCY_DECAY * Math.log(100))).toBeLessThan(200);
  });

  test.each([1, 3, 8, 32])("%i clients: none of three equal targets waits for long", (clients) => {
    const scenario = new Scenario({ config: "a b c", balance: { algorithm: "least-time" } });
    const dice = diceOf(3);
    const served = new Set<string>();
    const serve = (host: string): Served => {
      const usual = 10 + 20 * dice();
      // The first answer of a cold server takes ten times as long.
      const ms = host === "b" && !served.has(host) ? 10 * usual : usual;
      served.add(host);
      return { ms, status: 200 };
    };
    const leastShare = (): number => {
      const shares = sharesOf(runTraffic(scenario, { clients, milliseconds: 10_000, serve, dice }));
      return Math.min(...Object.values(shares));
    };
    expect(leastShare()).toBeGreaterThan(4);
    for (let round = 0; round < 6; round++) expect(leastShare()).toBeGreaterThan(22);
  });

  test("a target that became twenty times slower gets less than one request of a hundred", () => {
    const scenario = new Scenario({ config: "a b c", balance: { algorithm: "least-time" } });
    const dice = diceOf(3);
    const serve = (host: string): Served => ({ ms: (host === "a" ? 20 : 1) * (10 + 20 * dice()), status: 200 });
    const shares = sharesOf(runTraffic(scenario, { clients: 8, milliseconds: 20_000, serve, dice }));
    expect(shares.a!).toBeLessThan(1);
    expect(shares.a!).toBeGreaterThan(0);
  });

  test("a failed answer, however quick, makes a target no better; a slow one makes it worse", () => {
    const target = targetOf(0);
    noteFailedLatency(target, 1, 1000);
    expect(target.latency).toBe(0);
    noteLatency(target, 20, 1000);
    noteFailedLatency(target, 1, 1000);
    expect(target.latency).toBe(20);
    noteFailedLatency(target, 300, 1000);
    expect(target.latency).toBe(300);
  });

  test("what it goes by is what it shows: the least score is picked, at any time and load", () => {
    const targets = targetsOf(1, 2, 3, 0.5, 1, 1, 1, 1, 1, 2);
    const balancer = balancerOf("least-time", targets);
    for (let step = 0; step < 2000; step++) {
      const target = targets[(step * 7) % 10]!;
      target.active = (step * 31) % 6;
      measure(balancer, target, 1 + ((step * 37) % 100), step * 300);
      if (step < 10) continue;
      const notes: TargetConsidered[] = [];
      balancer.peek(FRESH, step * 300, notes);
      const least = Math.min(...notes.map(({ score }) => score));
      const { score } = notes.find(({ verdict }) => verdict === "picked")!;
      expect(score / least).toBeLessThan(1 + 1e-6);
    }
  });
});
