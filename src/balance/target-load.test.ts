/** What a target's links can take and how its failures count, through a pool: what is picked, what is full, what frees it. */
import { describe, expect, test } from "bun:test";
import { BALANCE_NAMES } from "./balancers.ts";
import { isFull, type Target } from "../contract/target.ts";
import { requestOf, Scenario, TestLink } from "./scenario-for-tests.ts";
import type { BalanceName } from "../contract/balancer.ts";
import type { PassivePlan } from "../contract/health-plan.ts";
import { DEFAULT_PASSIVE } from "./config/health.ts";
import { diceOf } from "./pool-for-tests.ts";
import { runTraffic, type Served, sharesOf } from "./traffic-for-tests.ts";
import fc from "fast-check";

const CAPACITY = 3;

/** Picks and begins as many exchanges; who was picked. */
function serve(scenario: Scenario, count: number): string {
  let hosts = "";
  for (let index = 0; index < count; index++) {
    const host = scenario.pick();
    if (host === "none") return `${hosts}-`;
    scenario.hold(host, CAPACITY);
    hosts += host;
  }
  return hosts;
}

function linksOf(scenario: Scenario, host: string): TestLink[] {
  return [...scenario.target(host).links] as TestLink[];
}

describe("a target whose links carry three exchanges each", () => {
  test("takes three times its connections, and is full then", () => {
    const scenario = new Scenario({ config: "a", maxConnections: 2 });
    expect(serve(scenario, 7)).toBe("aaaaaa-");
    const a = scenario.target("a");
    expect([a.active, a.links.size, a.room, a.free.length, isFull(a)]).toEqual([6, 2, 0, 0, true]);
  });

  test("opens no connection while one has room", () => {
    const scenario = new Scenario({ config: "a" });
    serve(scenario, 3);
    expect(scenario.target("a").links.size).toBe(1);
    serve(scenario, 1);
    expect(scenario.target("a").links.size).toBe(2);
    expect(scenario.target("a").room).toBe(2);
  });

  test("counts exchanges where load is weighed, and connections where they are limited", () => {
    const scenario = new Scenario({ config: "a b", maxConnections: 1, balance: { algorithm: "least-connections" } });
    // One connection each, which would be equal.
    scenario.hold("a", CAPACITY);
    scenario.hold("a", CAPACITY);
    scenario.hold("b", CAPACITY);
    expect(scenario.pick()).toBe("b");
    expect(serve(scenario, 4)).toMatch(/^[ab]{3}-$/);
    expect(scenario.pool.targets.map(({ active }) => active)).toEqual([3, 3]);
  });

  test.each([...BALANCE_NAMES])("%s: one that is full is passed until one of its exchanges ends", (algorithm) => {
    const scenario = new Scenario({
      config: "a b c d e f g h i j",
      maxConnections: 1,
      balance: { algorithm, tableSize: 251 },
    });
    expect(serve(scenario, 10 * CAPACITY + 1)).toHaveLength(10 * CAPACITY + 1);
    expect(scenario.pick()).toBe("none");
    linksOf(scenario, "g")[0]!.end();
    expect(scenario.pick()).toBe("g");
    expect(serve(scenario, 2)).toBe("g-");
  });

  test.each([...BALANCE_NAMES])("%s: hears that a link may carry more, or fewer", (algorithm) => {
    const scenario = new Scenario({ config: "a b", maxConnections: 1, balance: { algorithm, tableSize: 251 } });
    serve(scenario, 6);
    const [link] = linksOf(scenario, "b");
    link!.allow(4);
    expect([scenario.pick(), scenario.target("b").room]).toEqual(["b", 1]);
    // SETTINGS_MAX_CONCURRENT_STREAMS may fall below what is under way (RFC 9113 §5.1.2).
    link!.allow(1);
    expect([scenario.pick(), scenario.target("b").room]).toEqual(["none", 0]);
    link!.end();
    link!.end();
    expect(scenario.pick()).toBe("none");
    link!.end();
    expect([scenario.pick(), scenario.target("b").room]).toEqual(["b", 1]);
  });

  test.each([...BALANCE_NAMES])("%s: hears that a connection which took nothing more has closed", (algorithm) => {
    const scenario = new Scenario({ config: "a b", maxConnections: 1, balance: { algorithm, tableSize: 251 } });
    serve(scenario, 6);
    const [link] = linksOf(scenario, "a");
    // It goes away (GOAWAY): what it carries may finish.
    link!.retire();
    link!.end();
    link!.end();
    expect([scenario.pick(), scenario.target("a").active]).toEqual(["none", 1]);
    link!.end();
    expect([scenario.pick(), scenario.target("a").links.size]).toEqual(["a", 0]);
  });

  test("the link that got room last is the next to be used", () => {
    const scenario = new Scenario({ config: "a" });
    serve(scenario, 9);
    const [first, second, third] = linksOf(scenario, "a");
    second!.end();
    first!.end();
    third!.end();
    expect(scenario.target("a").free).toEqual([second!, first!, third!]);
    // One that is taken out of turn leaves the others in order.
    first!.send();
    expect(scenario.target("a").free).toEqual([second!, third!]);
  });

  test("a peek tells what a pick will, full targets and all", () => {
    const scenario = new Scenario({ config: "a b", maxConnections: 1 });
    for (let round = 0; round < 7; round++) {
      const peeked = scenario.pool.peek(requestOf(), scenario.now, null);
      expect(scenario.pool.peek(requestOf(), scenario.now, null)).toBe(peeked);
      expect(serve(scenario, 1)).toBe(peeked?.host ?? "-");
    }
  });

  test("is cut with all that it carries", () => {
    const scenario = new Scenario({ config: "a b" });
    for (let index = 0; index < 5; index++) scenario.hold("a", CAPACITY);
    scenario.mode("a", "drain", 1000);
    expect(scenario.pick()).toBe("b");
    scenario.pass(1000);
    const a = scenario.target("a");
    expect([a.active, a.links.size, a.room, a.free.length]).toEqual([0, 0, 0, 0]);
  });
});

/** What is known of a target without its counts. */
function checkCounts(target: Target): void {
  const links = [...target.links];
  const rooms = links.map(({ capacity, active }) => Math.max(0, capacity - active));
  expect(target.active).toBe(links.reduce((sum, { active }) => sum + active, 0));
  expect(target.room).toBe(rooms.reduce((sum, room) => sum + room, 0));
  expect(new Set(target.free)).toEqual(new Set(links.filter((_, index) => rooms[index]! > 0)));
  expect(target.free).toHaveLength(new Set(target.free).size);
}

test("property: active, room, free and fullness are those of the links, whatever links do and in whatever order", () => {
  const step = fc.record({
    act: fc.constantFrom("open", "send", "send", "end", "end", "allow", "retire", "cut", "serve"),
    which: fc.nat(40),
    capacity: fc.nat(5),
  });
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 80 }),
      fc.nat(3),
      fc.constantFrom(...BALANCE_NAMES),
      (steps, maxConnections, algorithm) => {
        const scenario = new Scenario({ config: "a b c", maxConnections, balance: { algorithm, tableSize: 251 } });
        const links: TestLink[] = [];
        for (const { act, which, capacity } of steps) {
          const link = links[which % Math.max(1, links.length)];
          const target = scenario.pool.targets[which % 3]!;
          if (act === "open")
            links.push(new TestLink(scenario.pool, target, { active: Math.min(1, capacity), capacity }));
          else if (act === "serve") {
            const host = scenario.pick();
            const open = scenario.pool.targets.filter((one) => one.maxConnections === 0 || !isFull(one));
            expect(open.map((one) => one.host)).toEqual(host === "none" ? [] : expect.arrayContaining([host]));
            if (host === "none") continue;
            const before = scenario.target(host).links.size;
            const used = scenario.hold(host, 1 + capacity);
            if (scenario.target(host).links.size > before) links.push(used);
          } else if (link === undefined || link.closed !== "") continue;
          else if (act === "send" && link.active < link.capacity) link.send();
          else if (act === "end" && link.active > 0) link.end();
          else if (act === "allow" && link.capacity > 0) link.allow(capacity);
          else if (act === "retire") link.retire();
          else if (act === "cut") link.cut("");
          for (const one of scenario.pool.targets) checkCounts(one);
        }
        for (const link of links) link.finish();
        for (const one of scenario.pool.targets) {
          expect([one.active, one.room, one.links.size, one.free.length]).toEqual([0, 0, 0, 0]);
        }
      },
    ),
    { numRuns: 300, seed: 5 },
  );
});

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
