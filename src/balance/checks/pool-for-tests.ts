import type { CheckPlan } from "../../contract/health-plan.ts";
import type { LivePool } from "../../contract/live-pool.ts";
import type { Target } from "../../contract/target.ts";
import { type LayerResult, TargetHealth } from "../../contract/target-health.ts";
import type { Probe } from "./probe.ts";

/** Pools and a probe for tests of the schedule: as much of them as it looks at. */

export const CHECK: CheckPlan = {
  kind: "tcp",
  port: 0,
  interval: 5000,
  downInterval: 1000,
  timeout: 2000,
  jitter: 0,
  rise: 2,
  fall: 3,
  tls: null,
  http: null,
  service: "",
};

export const PASSED: readonly LayerResult[] = [{ layer: "tcp", ok: true, detail: "connected", durationMs: 1 }];
export const FAILED: readonly LayerResult[] = [
  { layer: "tcp", ok: false, detail: "connection refused", durationMs: 1 },
];

/** What was noted: `address pass|fail @time`. */
export interface FakePool extends LivePool {
  readonly noted: string[];
  onNoted: (() => void) | null;
  change(plan: CheckPlan | null, targets?: readonly Target[]): void;
}

export function fakePool(plan: CheckPlan | null, ...names: readonly string[]): FakePool {
  return new RecordingPool(plan, names) as unknown as FakePool;
}

class RecordingPool {
  readonly name = "shop";
  readonly noted: string[] = [];
  onNoted: (() => void) | null = null;
  plan: { readonly health: { readonly check: CheckPlan | null } };
  targets: readonly Target[];

  constructor(check: CheckPlan | null, names: readonly string[]) {
    this.plan = { health: { check } };
    this.targets = names.map(fakeTarget);
  }

  noteCheck(target: Target, layers: readonly LayerResult[], now: number): void {
    const passed = layers.every((layer) => layer.ok);
    target.health.checked = passed ? "up" : "down";
    this.noted.push(`${target.address} ${passed ? "pass" : "fail"} @${now}`);
    this.onNoted?.();
  }

  change(check: CheckPlan | null, targets: readonly Target[] = this.targets): void {
    this.plan = { health: { check } };
    this.targets = targets;
  }
}

export function fakeTarget(address: string): Target {
  const target = {
    address,
    host: address,
    port: 80,
    mode: "ready",
    removed: false,
    down: false,
    health: new TargetHealth(),
  };
  return target as unknown as Target;
}

export interface FakeFlight {
  readonly address: string;
  readonly plan: CheckPlan;
  readonly signal: AbortSignal;
  /** Ends it, and waits until whoever began it knows. */
  end(layers?: readonly LayerResult[]): Promise<void>;
  fail(error: Error): Promise<void>;
}

/** Every check stays in flight until the test ends it; `answer` ends each at once. */
export class FakeProbe {
  readonly flights: FakeFlight[] = [];
  /** In flight now, in the order in which they began. */
  readonly live: FakeFlight[] = [];
  answer: readonly LayerResult[] | null = null;

  readonly probe: Probe = (target, plan, signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<readonly LayerResult[]>();
    const flight: FakeFlight = {
      address: target.address,
      plan,
      signal,
      end: (layers = PASSED) => {
        this.#land(flight);
        resolve(layers);
        return settled();
      },
      fail: (error) => {
        this.#land(flight);
        reject(error);
        return settled();
      },
    };
    this.flights.push(flight);
    this.live.push(flight);
    if (this.answer !== null) void flight.end(this.answer);
    return promise;
  };

  /** Addresses checked since the last call. */
  begun(): string[] {
    const fresh = this.flights.slice(this.#seen).map((flight) => flight.address);
    this.#seen = this.flights.length;
    return fresh;
  }
  #seen = 0;

  #land(flight: FakeFlight): void {
    const at = this.live.indexOf(flight);
    if (at >= 0) this.live.splice(at, 1);
  }
}

/** Lets every promise that can go on do so. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
