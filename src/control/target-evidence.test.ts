import { describe, expect, test } from "bun:test";
import { Scenario } from "../balance/scenario-for-tests.ts";
import type { CheckPlan } from "../contract/health-plan.ts";
import { targetEvidence, targetState } from "./target-evidence.ts";

const CHECK = { rise: 2, fall: 3 } as CheckPlan;

/** State, and evidence as "from: text @ age → end". */
function told(scenario: Scenario, host: string, check: CheckPlan | null = null): string[] {
  const target = scenario.target(host);
  const state = targetState(target, scenario.now);
  const evidence = targetEvidence(target, state, check, scenario.now).map(({ from, text, ageMs, endsInMs }) => {
    return `${from}: ${text}${ageMs === null ? "" : ` @ ${ageMs}`}${endsInMs === null ? "" : ` → ${endsInMs}`}`;
  });
  return [state, ...evidence];
}

describe("state and evidence", () => {
  test("of a target that nobody used or checked", () => {
    expect(told(new Scenario({}), "a")).toEqual(["up"]);
    expect(told(new Scenario({}), "a", CHECK)).toEqual(["up", "check: not checked yet"]);
  });

  test("a verdict that is not yet changed tells how far it is", () => {
    const scenario = new Scenario({ check: { rise: 2, fall: 3 } });
    scenario.check("a", "+--");
    expect(told(scenario, "a", CHECK)).toEqual(["up", "check: tcp failed (failed 2 of 3) @ 0"]);
    scenario.check("a", "-");
    expect(told(scenario, "a", CHECK)).toEqual(["down", "check: tcp failed (failed 3 in a row) @ 0"]);
    scenario.pass(1500);
    scenario.check("a", "+");
    scenario.pass(500);
    expect(told(scenario, "a", CHECK)).toEqual(["down", "check: tcp ok (passed 1 of 2) @ 500"]);
    scenario.check("a", "+");
    expect(told(scenario, "a", CHECK)).toEqual(["up", "check: tcp ok @ 0"]);
  });

  test("an ejection tells what was met, when, and when it ends; then the failure is what is left", () => {
    const scenario = new Scenario({ passive: { rest: 4000 } });
    scenario.fail("a", "upstream-unreachable");
    scenario.pass(1000);
    expect(told(scenario, "a")).toEqual(["ejected", "traffic: upstream-unreachable: ECONNREFUSED @ 1000 → 3000"]);
    scenario.pass(3100);
    expect(told(scenario, "a")).toEqual(["up", "traffic: failed: upstream-unreachable: ECONNREFUSED @ 4100"]);
    scenario.fail("a", "upstream-unreachable");
    expect(told(scenario, "a")[1]).toEndWith("ECONNREFUSED, ejection 2 @ 0 → 8000");
  });

  test("a failure's detail does not repeat the address", () => {
    const scenario = new Scenario({});
    scenario.pool.noteFailure(scenario.target("a"), "upstream-unreachable", "a:80: ECONNRESET", scenario.now);
    expect(told(scenario, "a")[1]).toStartWith("traffic: upstream-unreachable: ECONNRESET @ 0");
  });

  test("what somebody wants goes before what was found", () => {
    const scenario = new Scenario({ check: { fall: 1 }, drain: 9000 });
    scenario.check("a", "-");
    scenario.fail("a", "upstream-unreachable");
    scenario.mode("a", "drain", 5000);
    scenario.pass(1000);
    expect(told(scenario, "a", CHECK)[0]).toBe("drain");
    expect(told(scenario, "a", CHECK)[1]).toBe("operator: takes no new requests @ 1000 → 4000");
    scenario.mode("a", "maintenance");
    expect(told(scenario, "a", CHECK)[1]).toBe("operator: takes no new requests and is not checked @ 0");
    scenario.mode("a", "ready");
    expect(told(scenario, "a", CHECK)[0]).toBe("down");
  });

  test("weight 0 and full", () => {
    const scenario = new Scenario({ config: "a*0 b c", maxConnections: 1 });
    scenario.weight("b", 0);
    scenario.hold("c");
    expect(told(scenario, "a")).toEqual(["no-weight", "source: its source gives it weight 0"]);
    expect(told(scenario, "b")).toEqual(["no-weight", "operator: its weight was set to 0"]);
    expect(told(scenario, "c")).toEqual(["full", "load: 1 of at most 1 connections are in use @ 0"]);
  });

  test("the newest of the rest comes first", () => {
    const scenario = new Scenario({ balance: { algorithm: "least-time" }, check: {}, passive: { maxFails: 5 } });
    scenario.answer("a");
    scenario.pass(1000);
    scenario.fail("a", "upstream-unreachable");
    scenario.pass(1000);
    scenario.check("a", "+");
    expect(told(scenario, "a", CHECK)).toEqual([
      "up",
      "check: tcp ok @ 0",
      "traffic: failed: upstream-unreachable: ECONNREFUSED @ 1000",
      "traffic: answered a request @ 2000",
    ]);
  });
});
