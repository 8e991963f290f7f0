import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { CheckPlan } from "../../contract/health-plan.ts";
import { CHECK, FAILED, FakeProbe, fakePool, type FakePool, fakeTarget, settled } from "./pool-for-tests.ts";
import { CheckImpossible } from "./connect-tcp.ts";
import { HealthChecks, type HealthChecksOptions } from "./health-checks.ts";

const START = 100_000;
const TICK = 100;

class Clock {
  readonly fake = new FakeProbe();
  readonly checks: HealthChecks;
  now = START;

  constructor(options: HealthChecksOptions = {}) {
    this.checks = new HealthChecks({ probe: this.fake.probe, random: () => 0.5, ...options });
  }

  sync(...pools: readonly FakePool[]): void {
    this.checks.sync(pools, this.now);
  }

  /** Ticks on for so many milliseconds. */
  async pass(milliseconds: number): Promise<void> {
    const until = this.now + milliseconds;
    await settled();
    while (this.now < until) {
      this.now += TICK;
      this.checks.tick(this.now);
      if (this.fake.answer !== null) await settled();
    }
  }
}

function plan(changes: Partial<CheckPlan> = {}): CheckPlan {
  return { ...CHECK, ...changes };
}

/** When the checks ended, milliseconds since the start. */
function times(pool: FakePool): number[] {
  return pool.noted.map((entry) => Number(entry.split("@")[1]) - START);
}

describe("when a target is checked", () => {
  test("first at once, then each interval", async () => {
    const clock = new Clock();
    clock.fake.answer = [];
    const pool = fakePool(plan(), "a");
    clock.sync(pool);
    await clock.pass(16_000);
    expect(times(pool)).toEqual([0, 5000, 10_000, 15_000]);
  });

  test("again an interval later when it could not be checked, which is not a result", async () => {
    let tries = 0;
    const probe = (): Promise<never> => {
      tries++;
      return Promise.reject(new CheckImpossible("no descriptor"));
    };
    const clock = new Clock({ probe });
    const pool = fakePool(plan(), "a");
    clock.sync(pool);
    for (let turn = 0; turn < 160; turn++) await clock.pass(TICK);
    await settled();
    expect([tries, pool.noted]).toEqual([4, []]);
  });

  test("each downInterval while it is down, and each interval again when it is up", async () => {
    const clock = new Clock();
    clock.fake.answer = FAILED;
    const pool = fakePool(plan(), "a");
    clock.sync(pool);
    await clock.pass(2500);
    clock.fake.answer = [];
    await clock.pass(6500);
    expect(times(pool)).toEqual([0, 1000, 2000, 3000, 8000]);
  });

  test("each downInterval too while traffic has it ejected", async () => {
    const clock = new Clock();
    clock.fake.answer = [];
    const pool = fakePool(plan(), "a");
    pool.targets[0]!.down = true;
    clock.sync(pool);
    await clock.pass(2000);
    expect(times(pool)).toEqual([0, 1000, 2000]);
  });

  test("every gap is an interval within the jitter, and the gaps differ", async () => {
    let seed = 1;
    const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
    const clock = new Clock({ random });
    clock.fake.answer = [];
    const pool = fakePool(plan({ jitter: 0.2 }), "a");
    clock.sync(pool);
    await clock.pass(300_000);
    const at = times(pool);
    const gaps = at.slice(1).map((time, index) => time - at[index]!);
    expect(gaps.length).toBeGreaterThan(50);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(4000);
    // A tick late at most.
    expect(Math.max(...gaps)).toBeLessThanOrEqual(6000 + TICK);
    expect(new Set(gaps).size).toBeGreaterThan(8);
    expect(Math.max(...gaps) - Math.min(...gaps)).toBeGreaterThan(1500);
  });

  test("a check that takes longer than the interval delays the next: two never overlap", async () => {
    const clock = new Clock();
    const pool = fakePool(plan({ interval: 1000 }), "a");
    clock.sync(pool);
    await clock.pass(3700);
    expect(clock.fake.flights).toHaveLength(1);
    await clock.fake.live[0]!.end();
    expect(clock.fake.flights).toHaveLength(2);
    expect(times(pool)).toEqual([3700]);
    await clock.fake.live[0]!.end();
    await clock.pass(900);
    expect(clock.fake.flights).toHaveLength(2);
    await clock.pass(100);
    expect(clock.fake.flights).toHaveLength(3);
  });

  test("a probe that rejects counts as a failed check, and the next one comes", async () => {
    const clock = new Clock();
    const pool = fakePool(plan(), "a");
    clock.sync(pool);
    await clock.fake.live[0]!.fail(new Error("unforeseen"));
    expect(pool.noted).toEqual([`a fail @${START}`]);
    await clock.pass(1000);
    expect(clock.fake.flights).toHaveLength(2);
  });

  test("a thousand targets do not begin in one instant, but all within a second", async () => {
    const clock = new Clock({ maxInFlight: 10_000 });
    const pool = fakePool(plan(), ...Array.from({ length: 1000 }, (_, index) => `t${index}`));
    clock.sync(pool);
    expect(clock.fake.begun()).toHaveLength(100);
    for (let tick = 0; tick < 9; tick++) {
      await clock.pass(TICK);
      expect(clock.fake.begun().length).toBeLessThanOrEqual(101);
    }
    await clock.pass(TICK);
    expect(clock.fake.flights).toHaveLength(1000);
  });
});

describe("the bound on checks in flight", () => {
  test("holds, and those beyond it go in turn", async () => {
    const clock = new Clock({ maxInFlight: 2 });
    clock.sync(fakePool(plan(), "a", "b", "c", "d"), fakePool(plan(), "e"));
    expect(clock.fake.begun()).toEqual(["a", "b"]);
    expect([clock.checks.inFlight, clock.checks.waiting]).toEqual([2, 3]);
    await clock.fake.live[1]!.end();
    await clock.fake.live[0]!.end();
    expect(clock.fake.begun()).toEqual(["c", "d"]);
    await clock.fake.live[0]!.end();
    expect(clock.fake.begun()).toEqual(["e"]);
    expect([clock.checks.inFlight, clock.checks.waiting]).toEqual([2, 0]);
  });

  test("is 256", async () => {
    const clock = new Clock();
    clock.sync(fakePool(plan(), ...Array.from({ length: 400 }, (_, index) => `t${index}`)));
    await clock.pass(1000);
    expect([clock.checks.inFlight, clock.checks.waiting]).toEqual([256, 144]);
  });

  test("a target that leaves gives its place free at once", async () => {
    const clock = new Clock({ maxInFlight: 1 });
    const pool = fakePool(plan(), "a", "b");
    clock.sync(pool);
    pool.change(pool.plan.health.check, [pool.targets[1]!]);
    await clock.pass(TICK);
    expect(clock.fake.begun()).toEqual(["a", "b"]);
    expect(clock.checks.inFlight).toBe(1);
  });
});

describe("who is not checked", () => {
  test("pools without a check", async () => {
    const clock = new Clock();
    clock.sync(fakePool(null, "a"));
    await clock.pass(10_000);
    expect(clock.fake.flights).toHaveLength(0);
  });

  test("targets in maintenance, until they are ready again; those that drain are checked", async () => {
    const clock = new Clock();
    const pool = fakePool(plan(), "a", "b");
    pool.targets[0]!.mode = "maintenance";
    pool.targets[1]!.mode = "drain";
    clock.sync(pool);
    await clock.pass(20_000);
    expect(clock.fake.begun()).toEqual(["b"]);
    pool.targets[0]!.mode = "ready";
    await clock.pass(500);
    expect(clock.fake.begun()).toEqual(["a"]);
  });

  test("a result for a target that went into maintenance meanwhile is dropped", async () => {
    const clock = new Clock();
    const pool = fakePool(plan(), "a");
    clock.sync(pool);
    pool.targets[0]!.mode = "maintenance";
    await clock.fake.live[0]!.end();
    await clock.pass(20_000);
    expect(pool.noted).toEqual([]);
    expect(clock.fake.flights).toHaveLength(1);
    expect(clock.checks.inFlight).toBe(0);
  });

  test("targets that are removed, while they drain and after", async () => {
    const clock = new Clock();
    const pool = fakePool(plan(), "a", "b");
    clock.sync(pool);
    const [a, b] = [clock.fake.live[0]!, clock.fake.live[1]!];
    pool.targets[0]!.removed = true;
    pool.change(pool.plan.health.check, [...pool.targets]);
    await a.end(FAILED);
    await b.end();
    expect(pool.noted).toEqual([`b pass @${START}`]);
    pool.change(pool.plan.health.check, [pool.targets[1]!]);
    await clock.pass(5000);
    expect(clock.fake.begun()).toEqual(["a", "b", "b"]);
  });

  test("a target that is gone: its check is aborted and its result dropped, also before the next tick", async () => {
    const clock = new Clock();
    const pool = fakePool(plan(), "a", "b");
    clock.sync(pool);
    const a = clock.fake.live[0]!;
    pool.change(pool.plan.health.check, [pool.targets[1]!]);
    await a.end(FAILED);
    expect(pool.noted).toEqual([]);
    expect(a.signal.aborted).toBe(true);
    await clock.pass(20_000);
    expect(clock.fake.flights.filter((flight) => flight.address === "a")).toHaveLength(1);
  });

  test("targets of a pool that the next sync does not name", async () => {
    const clock = new Clock();
    const [shop, old] = [fakePool(plan(), "a"), fakePool(plan(), "b")];
    clock.sync(shop, old);
    const b = clock.fake.live[1]!;
    clock.sync(shop);
    expect(b.signal.aborted).toBe(true);
    await b.end();
    await clock.pass(20_000);
    expect(old.noted).toEqual([]);
    expect(clock.fake.flights.filter((flight) => flight.address === "b")).toHaveLength(1);
  });
});

describe("what changes while it runs", () => {
  test("a target that joins is checked at once, without a sync; the others go on as they were", async () => {
    const clock = new Clock();
    clock.fake.answer = [];
    const pool = fakePool(plan(), "a");
    clock.sync(pool);
    await clock.pass(2000);
    pool.change(pool.plan.health.check, [...pool.targets, fakeTarget("b")]);
    await clock.pass(3000);
    expect(pool.noted.map((entry) => entry.split(" ")[0])).toEqual(["a", "b", "a"]);
    expect(times(pool)).toEqual([0, 2100, 5000]);
  });

  test("another check: the one in flight is dropped and the new one begins at once", async () => {
    const clock = new Clock();
    const pool = fakePool(plan(), "a");
    clock.sync(pool);
    const before = clock.fake.live[0]!;
    pool.change(plan({ kind: "tls" }));
    await before.end(FAILED);
    expect(pool.noted).toEqual([]);
    expect(before.signal.aborted).toBe(true);
    expect(clock.fake.flights.map((flight) => flight.plan.kind)).toEqual(["tcp", "tls"]);
    await clock.fake.live[0]!.end();
    expect(pool.noted).toEqual([`a pass @${START}`]);
  });

  test("the same check in another object, as after a reload: nothing begins again", async () => {
    const clock = new Clock();
    const http = {
      version: 1,
      method: "GET",
      path: "/",
      host: "",
      statuses: [{ from: 200, to: 399 }],
      body: /ok/,
    } as const;
    const pool = fakePool(plan({ kind: "http", http }), "a");
    clock.sync(pool);
    pool.change(plan({ kind: "http", http: { ...http, statuses: [{ to: 399, from: 200 }], body: /ok/ } }));
    clock.sync(pool);
    await clock.fake.live[0]!.end();
    expect(pool.noted).toEqual([`a pass @${START}`]);
    pool.change(plan({ kind: "http", http: { ...http, body: /ok/i } }));
    clock.sync(pool);
    expect(clock.fake.flights).toHaveLength(2);
  });

  test("no check any more: what is in flight is dropped, and nothing follows until there is one again", async () => {
    const clock = new Clock();
    const pool = fakePool(plan(), "a");
    clock.sync(pool);
    pool.change(null);
    await clock.pass(10_000);
    expect(clock.fake.flights[0]!.signal.aborted).toBe(true);
    expect(clock.checks.inFlight).toBe(0);
    pool.change(plan());
    await clock.pass(TICK);
    expect(clock.fake.flights).toHaveLength(2);
  });

  test("whoever hears a result may change the pool: one check of the target is planned, not two", async () => {
    const clock = new Clock();
    const pool = fakePool(plan(), "a");
    pool.onNoted = () => {
      pool.onNoted = null;
      pool.change(plan({ kind: "tls" }));
      clock.sync(pool);
    };
    clock.sync(pool);
    await clock.fake.live[0]!.end();
    expect(clock.fake.live).toHaveLength(1);
    // Longer than an interval: a second plan would show as an overlap.
    await clock.pass(8000);
    expect(clock.fake.live).toHaveLength(1);
    await clock.fake.live[0]!.end();
    expect(clock.fake.live).toHaveLength(1);
    await clock.fake.live[0]!.end();
    await clock.pass(4900);
    expect(clock.fake.flights).toHaveLength(3);
    await clock.pass(100);
    expect(clock.fake.flights).toHaveLength(4);
  });

  test("stop aborts all, drops what comes late, and begins nothing any more", async () => {
    const clock = new Clock();
    const pool = fakePool(plan(), "a", "b");
    clock.sync(pool);
    const flights = [...clock.fake.live];
    clock.checks.stop();
    expect(flights.map((flight) => flight.signal.aborted)).toEqual([true, true]);
    for (const flight of flights) await flight.end();
    await clock.pass(20_000);
    expect(pool.noted).toEqual([]);
    expect(clock.fake.flights).toHaveLength(2);
    expect([clock.checks.inFlight, clock.checks.waiting]).toEqual([0, 0]);
  });
});

describe("whatever happens in whatever order", () => {
  const names = ["a", "b", "c", "d", "e"];
  const step = fc.oneof(
    fc.record({ kind: fc.constant("pass" as const), ticks: fc.integer({ min: 1, max: 30 }) }),
    fc.record({ kind: fc.constant("end" as const), which: fc.nat(9), ok: fc.boolean() }),
    fc.record({ kind: fc.constant("targets" as const), keep: fc.subarray(names) }),
    fc.record({ kind: fc.constant("plan" as const), interval: fc.constantFrom(500, 700, null) }),
    fc.record({ kind: fc.constant("mode" as const), which: fc.nat(4), maintenance: fc.boolean() }),
  );

  test("no overlap, never beyond the bound, and every wanted target is checked in the end", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const clock = new Clock({ maxInFlight: 3, random: Math.random });
        const pool = fakePool(plan({ interval: 500, jitter: 0.3 }), ...names);
        const all = [...pool.targets];
        const observe = (): void => {
          const live = clock.fake.live.filter((flight) => !flight.signal.aborted);
          expect(live.length).toBe(clock.checks.inFlight);
          expect(live.length).toBeLessThanOrEqual(3);
          expect(new Set(live.map((flight) => flight.address)).size).toBe(live.length);
        };
        clock.sync(pool);
        for (const action of steps) {
          if (action.kind === "pass") await clock.pass(action.ticks * TICK);
          if (action.kind === "end") await clock.fake.live[action.which]?.end(action.ok ? [] : FAILED);
          if (action.kind === "targets") {
            pool.change(
              pool.plan.health.check,
              all.filter((target) => action.keep.includes(target.address)),
            );
          }
          if (action.kind === "plan")
            pool.change(action.interval === null ? null : plan({ interval: action.interval }));
          if (action.kind === "mode") all[action.which]!.mode = action.maintenance ? "maintenance" : "ready";
          if (action.kind !== "end") await clock.pass(TICK);
          observe();
        }
        for (const target of all) target.mode = "ready";
        pool.change(plan({ interval: 1000 }), all);
        clock.fake.begun();
        clock.fake.answer = [];
        await clock.pass(TICK);
        for (const flight of clock.fake.live.slice()) await flight.end();
        await clock.pass(3000);
        const checked = clock.fake.begun();
        for (const name of names)
          expect(checked.filter((address) => address === name).length).toBeGreaterThanOrEqual(2);
      }),
      { numRuns: 60 },
    );
  });
});
