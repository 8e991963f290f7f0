import { expect, test } from "bun:test";
import type { Target } from "../contract/target.ts";
import type { TargetConsidered } from "../contract/trace-record.ts";
import { evidenceAgainst } from "./note-targets.ts";
import { balancerOf, equalTargets, requestOf, targetOf } from "./pool-for-tests.ts";

const NOW = 100_000;

function failCheck({ health }: Target): void {
  health.checked = "down";
  health.checkedAt = NOW - 4000;
  health.layers = [
    { layer: "tcp", ok: true, detail: "", durationMs: 1 },
    { layer: "http", ok: false, detail: "503, expected 200-399", durationMs: 2 },
  ];
}

function eject({ health }: Target): void {
  health.ejectedUntil = NOW + 7900;
  health.failures = 3;
  health.lastFailure = { at: NOW - 100, code: "upstream-unreachable", detail: "refused" };
}

test("every target is noted with why it is not used, and the evidence", () => {
  const targets = equalTargets(10);
  const [a, b, c, d, e, f, g] = targets as [Target, Target, Target, Target, Target, Target, Target];
  a.down = b.down = true;
  failCheck(a);
  eject(b);
  Object.assign(c, { draining: true, mode: "drain", active: 1 });
  Object.assign(d, { draining: true, mode: "maintenance" });
  Object.assign(e, { draining: true, removed: true, source: "dns users.internal:80", active: 2 });
  Object.assign(f, { weight: 0, effectiveWeight: 0 });
  Object.assign(g, { maxConnections: 2, active: 2 });
  Object.assign(targets[8]!, { weight: 5, effectiveWeight: 2, active: 1 });
  const notes: TargetConsidered[] = [];
  const picked = balancerOf("least-connections", targets).pick(requestOf(0, targets[7]!), NOW, notes);
  expect(picked).toBe(targets[9]!);
  expect(notes.map(({ target, verdict, detail }) => [target, verdict, detail])).toEqual([
    ["a", "failed-check", "failed its check: tcp ok, http 503, expected 200-399; 4 s ago"],
    ["b", "ejected", "ejected for another 8 s after 3 failures (upstream-unreachable)"],
    ["c", "draining", "takes no new requests; 1 exchange left"],
    ["d", "maintenance", "takes no new requests; 0 exchanges left"],
    ["e", "removed", "dns users.internal:80 does not name it any more; 2 exchanges left"],
    ["f", "no-weight", "weight 0: only clients that are bound to it"],
    ["g", "full", "2 of at most 2 connections are in use"],
    ["h", "tried-before", "this exchange failed there before"],
    ["i", "passed-over", "takes part at 40 % (slow start)"],
    ["j", "picked", ""],
  ]);
});

test("in a panic the evidence is shown beside the choice", () => {
  const targets = equalTargets(2);
  for (const target of targets) {
    target.down = true;
    failCheck(target);
  }
  const notes: TargetConsidered[] = [];
  balancerOf("round-robin", targets).peek(requestOf(0), NOW, notes);
  expect(notes.map(({ verdict, detail }) => [verdict, detail])).toEqual([
    ["picked", "used all the same: failed its check: tcp ok, http 503, expected 200-399; 4 s ago"],
    ["passed-over", "used all the same: failed its check: tcp ok, http 503, expected 200-399; 4 s ago"],
  ]);
});

test("when none is picked, nobody is", () => {
  const targets = equalTargets(2);
  for (const target of targets) target.draining = true;
  const notes: TargetConsidered[] = [];
  expect(balancerOf("round-robin", targets).peek(requestOf(0), NOW, notes)).toBeNull();
  expect(notes.map(({ verdict, scoreUnit }) => [verdict, scoreUnit])).toEqual([
    ["draining", ""],
    ["draining", ""],
  ]);
});

test("a target that is down for two reasons has both said", () => {
  const target = targetOf(0, { down: true });
  expect(evidenceAgainst(target, NOW)).toBe("down");
  failCheck(target);
  eject(target);
  expect(evidenceAgainst(target, NOW)).toBe(
    "failed its check: tcp ok, http 503, expected 200-399; 4 s ago; " +
      "ejected for another 8 s after 3 failures (upstream-unreachable)",
  );
});
