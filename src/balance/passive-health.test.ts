import { describe, expect, test } from "bun:test";
import type { FaultCode } from "../contract/fault.ts";
import type { PassivePlan } from "../contract/health-plan.ts";
import { FAULT_CODES } from "../fault/faults.ts";
import { Scenario } from "./scenario-for-tests.ts";

describe("ejection", () => {
  test("by default one failed connect rests a target for ten seconds; then traffic tries it", () => {
    const scenario = new Scenario({});
    scenario.fail("a");
    const { health } = scenario.target("a");
    expect(scenario.used).toBe("b c d");
    expect(health).toMatchObject({ ejectedSince: 1000, ejectedUntil: 11_000, ejections: 1, ejectionsTotal: 1 });
    expect(health.lastFailure).toEqual({ at: 1000, code: "upstream-closed", detail: "ECONNREFUSED" });
    scenario.pass(9900);
    expect(scenario.used).toBe("b c d");
    scenario.told = 0;
    scenario.pass(100);
    expect(scenario.used).toBe("a b c d");
    expect(scenario.told).toBe(1);
    expect(health).toMatchObject({ ejectedSince: 0, ejectedUntil: 0, failures: 0 });
  });

  test("each one is twice as long as the one before, up to maxRest", () => {
    const scenario = new Scenario({ passive: { rest: 1000, maxRest: 6000 } });
    const lengths: number[] = [];
    for (let round = 0; round < 5; round++) {
      scenario.fail("a");
      const { ejectedUntil } = scenario.target("a").health;
      lengths.push(ejectedUntil - scenario.now);
      scenario.pass(ejectedUntil - scenario.now);
    }
    expect(lengths).toEqual([1000, 2000, 4000, 6000, 6000]);
  });

  test("every full rest of good service takes one step back", () => {
    const scenario = new Scenario({ passive: { rest: 1000, maxRest: 60_000, maxFails: 2 } });
    const { health } = scenario.target("a");
    const eject = () => {
      scenario.fail("a");
      scenario.fail("a");
      scenario.pass(health.ejectedUntil - scenario.now);
    };
    eject();
    eject();
    eject();
    expect(health.ejections).toBe(3);
    scenario.pass(900);
    expect(health.ejections).toBe(3);
    scenario.pass(100);
    expect(health.ejections).toBe(2);
    scenario.pass(500);
    // A failure begins the time again, even if it ejects nobody.
    scenario.fail("a");
    scenario.pass(900);
    expect(health.ejections).toBe(2);
    scenario.pass(100);
    expect(health.ejections).toBe(1);
    scenario.pass(5000);
    expect(health.ejections).toBe(0);
    eject();
    expect(health.ejections).toBe(1);
  });

  test("time out of use is no good service", () => {
    const scenario = new Scenario({ passive: { rest: 1000 } });
    scenario.fail("a");
    scenario.pass(1000);
    scenario.pool.noteFailure(scenario.target("a"), "upstream-closed", "", scenario.now);
    scenario.pass(2000);
    const { health } = scenario.target("a");
    expect([health.ejections, health.ejectedUntil]).toEqual([2, 0]);
    scenario.mode("b", "drain");
    scenario.mode("a", "drain");
    scenario.pass(5000);
    expect(health.ejections).toBe(2);
  });

  test.each<[string, number[], boolean]>([
    ["three within the window", [0, 5000, 9900], true],
    ["two within the window", [0, 9900], false],
    ["three, the last beyond the first one's window", [0, 5000, 10_100], false],
    ["three in a later window", [0, 20_000, 24_000, 28_000], true],
  ])("maxFails 3, window 10 s: %s", (_, times, ejected) => {
    const scenario = new Scenario({ passive: { maxFails: 3, window: 10_000 } });
    for (const time of times) {
      scenario.pass(1000 + time - scenario.now);
      scenario.fail("a");
    }
    expect(scenario.target("a").down).toBe(ejected);
  });

  test("a success between failures erases none of them", () => {
    const scenario = new Scenario({ passive: { maxFails: 2 } });
    scenario.fail("a");
    scenario.answer("a");
    scenario.fail("a");
    expect(scenario.target("a").down).toBe(true);
  });

  test("maxFails 0: never, but the evidence is kept", () => {
    const scenario = new Scenario({ passive: { maxFails: 0 } });
    for (let round = 0; round < 9; round++) scenario.fail("a");
    expect(scenario.used).toBe("a b c d");
    expect(scenario.target("a").health).toMatchObject({ failuresTotal: 9, ejectionsTotal: 0 });
  });

  test("a reload that turns it off takes the ejected back", () => {
    const scenario = new Scenario({});
    scenario.fail("a");
    scenario.adopt({ passive: { maxFails: 0 } });
    expect(scenario.used).toBe("a b c d");
    expect(scenario.target("a").health.ejections).toBe(0);
  });
});

describe("how many may be ejected", () => {
  test.each<[string, number, string]>([
    ["a b c d", 0.5, "c d"],
    ["a b c d e", 0.5, "c d e"],
    ["a b c d", 0.25, "b c d"],
    ["a b c d", 0, "b c d"],
    ["a b c d", 0.74, "c d"],
    ["a b c d", 0.75, "d"],
    ["a b", 0.5, "b"],
  ])("of %p at most %p: all fail, %p stay in use", (config, maxEjected, used) => {
    const scenario = new Scenario({ config, passive: { maxEjected } });
    for (const host of config.split(" ")) scenario.fail(host);
    expect(scenario.used).toBe(used);
    expect(scenario.pool.panic).toBe(false);
  });

  test("whoever cannot be connected to is ejected whatever the share", () => {
    const scenario = new Scenario({ config: "a b c d", passive: { maxEjected: 0 } });
    for (const host of ["a", "b"]) scenario.fail(host, "upstream-unreachable");
    scenario.fail("c", "upstream-connect-timeout");
    expect(scenario.used).toBe("d");
    // The share is used up: an opinion does not add to it.
    scenario.fail("d", "upstream-closed");
    expect(scenario.used).toBe("d");
  });

  test("one that was spared is ejected at its next failure, when there is room", () => {
    const scenario = new Scenario({ config: "a b", passive: { rest: 1000 } });
    scenario.fail("a");
    scenario.fail("b");
    expect(scenario.used).toBe("b");
    scenario.pass(1000);
    scenario.fail("b");
    expect(scenario.used).toBe("a");
  });

  test("targets that drain count neither as ejected nor as targets", () => {
    const scenario = new Scenario({ config: "a b c d e" });
    scenario.fail("a");
    scenario.mode("a", "drain");
    scenario.mode("b", "drain");
    // Three are left, half of them is one.
    scenario.fail("c");
    scenario.fail("d");
    expect(scenario.used).toBe("d e");
  });

  test("those that checks hold down do not count, as with Envoy", () => {
    const scenario = new Scenario({ config: "a b c d", check: {} });
    scenario.check("a", "-");
    scenario.check("b", "-");
    scenario.fail("c");
    expect(scenario.used).toBe("d");
  });

  test("who is down by checks is not ejected as well", () => {
    const scenario = new Scenario({ check: {} });
    scenario.check("a", "-");
    scenario.fail("a");
    expect(scenario.target("a").health).toMatchObject({ ejectedUntil: 0, failuresTotal: 1 });
  });

  test("an ejection is not made longer by what fails meanwhile", () => {
    const scenario = new Scenario({});
    scenario.fail("a");
    scenario.pass(5000);
    scenario.fail("a");
    expect(scenario.target("a").health).toMatchObject({ ejectedUntil: 11_000, ejections: 1, failuresTotal: 2 });
  });
});

describe("what counts as a failure", () => {
  const counted: readonly FaultCode[] = [
    "upstream-unreachable",
    "upstream-connect-timeout",
    "upstream-closed-unsent",
    "upstream-closed",
    "upstream-first-byte-timeout",
    "response-malformed",
  ];
  test.each([...FAULT_CODES])("%s", (code) => {
    const scenario = new Scenario({});
    scenario.fail("a", code);
    expect(scenario.target("a").down).toBe(counted.includes(code));
    expect(scenario.target("a").health.failuresTotal).toBe(counted.includes(code) ? 1 : 0);
  });

  test.each<[number, boolean]>([
    [200, false],
    [404, false],
    [499, false],
    [500, true],
    [503, true],
    [504, false],
    [599, false],
    [999, false],
  ])("status %p with statuses 500-503: %p", (status, ejected) => {
    const scenario = new Scenario({ passive: { statuses: [{ from: 500, to: 503 }] } });
    scenario.answer("a", status);
    expect(scenario.target("a").down).toBe(ejected);
    expect(scenario.target("a").health.lastFailure?.code ?? "").toBe(ejected ? `status-${status}` : "");
    expect(scenario.target("a").health.answersTotal).toBe(1);
  });

  test("without statuses, five server errors in a row", () => {
    const scenario = new Scenario({});
    for (const status of [500, 503, 599, 502]) scenario.answer("a", status);
    expect(scenario.target("a").down).toBe(false);
    scenario.answer("a", 503);
    expect(scenario.used).toBe("b c d");
    expect(scenario.target("a").health.lastFailure).toEqual({
      at: 1000,
      code: "status-503",
      detail: "5 server errors in a row",
    });
    // It begins again when it is tried again.
    scenario.pass(10_000);
    scenario.answer("a", 500);
    expect(scenario.used).toBe("a b c d");
  });

  test.each([200, 304, 404, 499])("a %i between them begins the count again", (status) => {
    const scenario = new Scenario({});
    for (let round = 0; round < 10; round++) {
      for (let error = 0; error < 4; error++) scenario.answer("a", 500);
      scenario.answer("a", status);
    }
    expect(scenario.target("a").down).toBe(false);
  });

  test.each<[string, Partial<PassivePlan>]>([
    ["chosen statuses are instead of them", { statuses: [{ from: 599, to: 599 }] }],
    ["maxFails 0 turns them off as well", { maxFails: 0 }],
  ])("%s", (_, passive) => {
    const scenario = new Scenario({ passive });
    for (let error = 0; error < 50; error++) scenario.answer("a", 500);
    expect(scenario.used).toBe("a b c d");
  });

  test("server errors of all targets eject at most the share", () => {
    const scenario = new Scenario({});
    for (let error = 0; error < 9; error++) for (const host of "abcd") scenario.answer(host, 500);
    expect(scenario.used).toBe("c d");
  });
});

describe("when all are out of use", () => {
  test("a pool of one is used although it is ejected; its first answer ends that", () => {
    const scenario = new Scenario({ config: "a" });
    scenario.fail("a");
    expect([scenario.used, scenario.pool.panic, scenario.target("a").down]).toEqual(["a", true, true]);
    scenario.told = 0;
    scenario.answer("a");
    expect([scenario.used, scenario.pool.panic, scenario.target("a").down]).toEqual(["a", false, false]);
    // Not in the midst of the answer, but with the next tick.
    expect(scenario.told).toBe(0);
    scenario.pass(100);
    expect(scenario.told).toBe(1);
  });

  test("a server error ends no ejection", () => {
    const scenario = new Scenario({ config: "a" });
    scenario.fail("a");
    scenario.answer("a", 500);
    expect(scenario.pool.panic).toBe(true);
    scenario.answer("a", 404);
    expect(scenario.pool.panic).toBe(false);
  });

  test("an answer of an ejected target ends nothing while others are up: it was sent before", () => {
    const scenario = new Scenario({});
    scenario.fail("a");
    scenario.answer("a");
    expect(scenario.used).toBe("b c d");
  });
});
