/** Whatever happens to a pool, in whatever order: what must hold afterwards. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { BalanceName } from "../contract/balancer.ts";
import type { Target, TargetMode } from "../contract/target.ts";
import { BALANCE_NAMES } from "./balancers.ts";
import { ADMIN_SOURCE, configSource, endpointsOf, FILE_SOURCE, requestOf, Scenario } from "./scenario-for-tests.ts";
import type { PlanOptions, TestLink } from "./scenario-for-tests.ts";

const MAX_CONNECTIONS = 3;
const MAX_EJECTED = 0.5;

/** A scenario with what its operations have done, and a naive picture of who should be in the pool. */
class Run extends Scenario {
  /** Links that exchanges hold, one entry per exchange. Those that were cut are not among them. */
  held: TestLink[] = [];
  readonly said = new Map<string, string>();
  readonly known = new Set<Target>();

  someTarget(choice: number): Target | undefined {
    return this.pool.targets[choice % Math.max(1, this.pool.targets.length)];
  }

  wanted(): Set<string> {
    return new Set([...this.said.values()].flatMap((text) => endpointsOf(text).map(({ host }) => host)));
  }
}

type Operation = (run: Run) => void;

const hosts = fc
  .subarray(["a", "b", "c*5", "d^1", "e+backup", "f!drain", "g*0", "h*9^1"])
  .map((words) => words.join(" "));
const choice = fc.nat(9);

function sourcesOf(config: string): PlanOptions["sources"] {
  return [configSource(config), FILE_SOURCE, ADMIN_SOURCE];
}

function planOf(config: string, algorithm: BalanceName): PlanOptions {
  return {
    sources: sourcesOf(config)!,
    balance: { algorithm, slowStart: 2000, tableSize: 251, virtualNodes: 10 },
    check: { rise: 1, fall: 1 },
    passive: { rest: 1000, maxEjected: MAX_EJECTED },
    panic: 0.3,
    drain: 1500,
    maxConnections: MAX_CONNECTIONS,
  };
}

const operations: fc.Arbitrary<Operation> = fc.oneof(
  fc.tuple(fc.constantFrom("admin", FILE_SOURCE.text), hosts).map(([source, text]): Operation => (run) => {
    run.set(source, text);
    if (text !== "" || [...run.said].some(([name, said]) => name !== source && said !== "")) run.said.set(source, text);
  }),
  fc.tuple(hosts, fc.constantFrom(...BALANCE_NAMES)).map(([config, algorithm]): Operation => (run) => {
    run.adopt(planOf(config, algorithm));
    run.said.set("config", config);
  }),
  fc
    .tuple(choice, fc.constantFrom<TargetMode>("ready", "drain", "maintenance"), fc.constantFrom(0, 800))
    .map(([which, mode, time]): Operation => (run) => {
      const target = run.someTarget(which);
      if (target !== undefined) run.pool.setMode(target, mode, run.now, time === 0 ? 0 : run.now + time);
    }),
  fc.tuple(choice, fc.constantFrom(null, 0, 1, 7)).map(([which, weight]): Operation => (run) => {
    const target = run.someTarget(which);
    if (target !== undefined) run.pool.setWeight(target, weight, run.now);
  }),
  fc.tuple(choice, fc.constantFrom("+", "-")).map(([which, result]): Operation => (run) => {
    const target = run.someTarget(which);
    if (target !== undefined) run.check(target.host, result);
  }),
  choice.map((which): Operation => (run) => {
    const target = run.someTarget(which);
    const before = ejected(run).length;
    if (target !== undefined) run.pool.noteFailure(target, "upstream-closed", "", run.now);
    const after = ejected(run).length;
    const open = run.pool.targets.filter(({ draining }) => !draining).length;
    if (after > before) expect(after).toBeLessThanOrEqual(Math.max(1, Math.floor(MAX_EJECTED * open)));
  }),
  choice.map((which): Operation => (run) => {
    const target = run.someTarget(which);
    if (target !== undefined) run.pool.noteAnswer(target, 200, 3e6, run.now);
  }),
  fc.tuple(choice, fc.boolean(), fc.boolean()).map(([which, isSticky, isRetry]): Operation => (run) => {
    const sticky = isSticky ? run.someTarget(which) : undefined;
    const tried = isRetry ? run.someTarget(which + 1) : undefined;
    const state = { ...(sticky && { sticky }), ...(tried && { tried: [tried] }) };
    const target = run.pool.pick(requestOf(state), run.now, null);
    checkPick(run, target, sticky, tried);
    if (target === null) return;
    run.held.push(run.hold(target.host));
  }),
  choice.map((which): Operation => (run) => {
    const [link] = run.held.splice(which % Math.max(1, run.held.length), 1);
    link?.end();
  }),
  fc.constantFrom(100, 700, 3000).map(
    (time): Operation =>
      (run) =>
        run.pass(time),
  ),
);

function ejected(run: Run): Target[] {
  return run.pool.targets.filter(({ draining, health }) => !draining && health.ejectedUntil !== 0);
}

function isOpen(target: Target, tried: Target | undefined): boolean {
  return !target.draining && target.effectiveWeight > 0 && target.active < MAX_CONNECTIONS && target !== tried;
}

function checkPick(run: Run, picked: Target | null, sticky: Target | undefined, tried: Target | undefined): void {
  const { panic, targets } = run.pool;
  if (picked === null) {
    expect(targets.filter((target) => isOpen(target, tried) && !target.down && !target.backup)).toEqual([]);
    return;
  }
  expect(targets).toContain(picked);
  expect(picked.removed || picked.draining || picked === tried).toBe(false);
  expect(picked.active).toBeLessThan(MAX_CONNECTIONS);
  if (picked !== sticky) expect(picked.effectiveWeight).toBeGreaterThan(0);
  if (picked.down) expect(panic).toBe(true);
}

function checkInvariants(run: Run): void {
  const { targets } = run.pool;
  run.held = run.held.filter(({ closed }) => closed === "");
  for (const target of targets) run.known.add(target);
  expect(new Set(targets.map(({ address }) => address)).size).toBe(targets.length);
  expect(targets.map(({ index }) => index)).toEqual(targets.map((_, index) => index));
  expect(new Set(targets.filter(({ removed }) => !removed).map(({ host }) => host))).toEqual(run.wanted());
  for (const target of run.known) {
    expect(target.active).toBe(run.held.filter((link) => link.target === target).length);
  }
  for (const { removed, mode, draining, down, health, weight, effectiveWeight } of targets) {
    expect(draining).toBe(removed || mode !== "ready");
    expect(down).toBe(health.checked === "down" || health.ejectedUntil !== 0);
    expect(health.ejectedUntil === 0 || health.ejectedUntil > run.now).toBe(true);
    if (weight === 0) expect(effectiveWeight).toBe(0);
    else expect(effectiveWeight).toBeWithin(weight * 0.00999, weight + 0.001);
  }
}

test("property: any order of operations keeps the pool consistent and its picks right", () => {
  fc.assert(
    fc.property(fc.array(operations, { minLength: 1, maxLength: 60 }), (list) => {
      const run = new Run(planOf("a b c", "round-robin"));
      run.said.set("config", "a b c");
      for (const operation of list) {
        operation(run);
        checkInvariants(run);
      }
      // All that is under way ends: nothing is left of who was removed, and the rest comes back.
      for (const link of run.held.splice(0)) link.end();
      run.pass(3_600_000);
      checkInvariants(run);
      expect(run.pool.targets.filter(({ removed }) => removed)).toEqual([]);
      expect(ejected(run)).toEqual([]);
    }),
    { numRuns: 300, seed: 11 },
  );
});
