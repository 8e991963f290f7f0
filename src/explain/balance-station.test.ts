import { describe, expect, test } from "bun:test";
import type { PoolPlan, Plan } from "../contract/plan.ts";
import type { PickReason, TargetConsidered, TargetVerdict, TraceRecord } from "../contract/trace-record.ts";
import { explainTree } from "./explain-tree.ts";
import { proxiedRecord } from "./records-for-tests.ts";
import type { Station } from "./tree.ts";

interface PoolFacts {
  readonly algorithm?: string;
  readonly key?: string;
  readonly boundedLoad?: number;
  readonly slowStart?: number;
  readonly sticky?: string;
  readonly panic?: boolean;
  readonly targets?: ReadonlyArray<{ address: string; weight: number; effectiveWeight: number }>;
}

function planWith(facts: PoolFacts): Plan {
  const { algorithm = "least-time", key, boundedLoad = 0, slowStart = 0, sticky, panic = false, targets = [] } = facts;
  const pool = {
    name: "orders",
    balance: { algorithm, key: key === undefined ? null : { describe: () => key }, boundedLoad, slowStart },
    stickiness: sticky === undefined ? null : { describe: () => sticky },
    health: { panic: 0.5 },
    live: { panic, targets },
    queue: { timeout: 5000 },
    timeouts: { connect: 3000, firstByte: 0, total: 0 },
  } as unknown as PoolPlan;
  return { version: 3, source: "edge.yaml", routes: [], pools: new Map([["orders", pool]]) } as unknown as Plan;
}

function balanceOf(record: TraceRecord, plan: Plan | null, sent = false): Station {
  const { stations } = explainTree({ record, plan, sent, reply: null });
  return stations.find(({ station }) => station === "balance")!;
}

function rules(station: Station): Array<[label: string, text: string]> {
  return station.children.filter(({ mark }) => mark === "info").map(({ label, text }) => [label, text]);
}

describe("the rule", () => {
  test("is the algorithm with its key and bounds, and stickiness", () => {
    const facts = { algorithm: "ring-hash", key: "cookie session", boundedLoad: 1.25, sticky: "cookie rt-target, 1 d" };
    expect(rules(balanceOf(proxiedRecord(), planWith(facts)))).toEqual([
      ["algorithm", "ring-hash by cookie session, at most 1.25 times the mean load each"],
      ["sticky", "cookie rt-target, 1 d"],
    ]);
  });

  test("tells panic and slow start while they last", () => {
    const warm = { weight: 4, effectiveWeight: 4, draining: false, down: false };
    const targets = ["a:1", "b:1", "c:1", "d:1"].map((address) => ({ ...warm, address, effectiveWeight: 1.23456 }));
    const facts = { slowStart: 30_000, panic: true, targets: [{ ...warm, address: "z:1" }, ...targets] };
    expect(rules(balanceOf(proxiedRecord(), planWith(facts)))).toEqual([
      ["algorithm", "least-time, slow start over 30 s"],
      ["panic", "less than 50 % are up: all are used, whatever their checks say"],
      ["slow start", "a:1 has weight 1.235 of 4 so far"],
      ["slow start", "b:1 has weight 1.235 of 4 so far"],
      ["slow start", "c:1 has weight 1.235 of 4 so far"],
      ["slow start", "1 further target likewise"],
    ]);
  });

  test("of a request that is over says nothing of what may have changed since", () => {
    const plan = planWith({ panic: true });
    expect(rules(balanceOf(proxiedRecord(), plan, true))).toEqual([["algorithm", "least-time"]]);
    const old = proxiedRecord();
    old.planVersion = 2;
    expect(rules(balanceOf(old, plan, true))).toEqual([]);
  });
});

describe("reasons and verdicts", () => {
  const reasons: PickReason[] = ["sticky", "sticky-moved", "spill", "hash-next", "panic", "maglev", "only-target"];
  test.each(reasons)("%s is told in words", (reason) => {
    const record = proxiedRecord();
    record.pickReason = reason;
    const words = balanceOf(record, null).text.split(": ").slice(1).join(": ");
    expect(words.length).toBeGreaterThan(12);
    expect(words).not.toBe(reason);
  });

  test("what moved, spilled or panicked is a finding", () => {
    const findings = (["sticky-moved", "spill", "panic", "sticky"] as const).map((reason) => {
      const record = proxiedRecord();
      record.pickReason = reason;
      record.detail = null;
      const all = explainTree({ record, plan: null, sent: true, reply: null }).findings;
      return all.filter(
        (finding) => finding.includes("bound") || finding.includes("spill") || finding.includes("panic"),
      );
    });
    expect(findings.map((list) => list.length)).toEqual([1, 1, 1, 0]);
  });

  test("every candidate has its score and why it is not used", () => {
    const verdicts: TargetVerdict[] = [
      "draining",
      "maintenance",
      "removed",
      "failed-check",
      "no-weight",
      "unchosen-tier",
    ];
    const record = proxiedRecord();
    record.detail!.targets = verdicts.map((verdict, index) => candidate(`t${index}:1`, verdict));
    const texts = balanceOf(record, null).children.map(({ text }) => text);
    expect(texts).toEqual([
      "draining, 2 active, seen 3 s ago",
      "in maintenance, 2 active, seen 3 s ago",
      "removed, 2 active, seen 3 s ago",
      "seen 3 s ago",
      "seen 3 s ago",
      "kept back, 2 active, seen 3 s ago",
    ]);
  });

  test("of a large pool some are shown, and always the one that was picked", () => {
    const record = proxiedRecord();
    record.detail!.targets = Array.from({ length: 50 }, (_, index) =>
      candidate(`t${index}:1`, index === 40 ? "picked" : "passed-over"),
    );
    const { children } = balanceOf(record, null);
    expect(children.map(({ label }) => label).slice(18)).toEqual(["t18:1", "t40:1", "…"]);
    expect(children.at(-1)!.text).toBe("30 more targets");
    expect(explainTree({ record, plan: null, sent: false, reply: null }).candidates).toHaveLength(50);
  });

  test("a pool that has no targets yet says so", () => {
    const record = proxiedRecord();
    record.target = "";
    record.detail!.targets = [];
    expect(balanceOf(record, planWith({})).text).toBe("pool orders has no targets yet");
    expect(balanceOf(record, null).text).toBe("no target of pool orders can be used");
  });
});

function candidate(target: string, verdict: TargetVerdict): TargetConsidered {
  return { target, score: 2, scoreUnit: "active", verdict, detail: "seen 3 s ago" };
}
