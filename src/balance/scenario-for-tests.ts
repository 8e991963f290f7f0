import type { Exchange } from "../contract/exchange.ts";
import type { FaultCode } from "../contract/fault.ts";
import type { CheckPlan, PassivePlan } from "../contract/health-plan.ts";
import type { LivePool } from "../contract/live-pool.ts";
import type { BalancePlan, PoolPlan, TargetSourcePlan } from "../contract/plan.ts";
import type { Endpoint, Target, UpstreamLink } from "../contract/target.ts";
import type { CheckLayer } from "../contract/target-health.ts";
import { createLivePool } from "./live-pool.ts";

/** What a scenario's plan may say; the rest is as quiet as can be. */
export interface PlanOptions {
  /** Targets of the config, as `endpointsOf` reads them. */
  readonly config?: string;
  readonly sources?: readonly TargetSourcePlan[];
  readonly balance?: Partial<BalancePlan>;
  readonly check?: Partial<CheckPlan> | null;
  readonly passive?: Partial<PassivePlan>;
  readonly panic?: number;
  readonly drain?: number;
  readonly maxConnections?: number;
}

/** "a b*5 c^1 d+backup e!drain": hosts on port 80 with weight, tier, backup and mode. */
export function endpointsOf(text: string): Endpoint[] {
  return text
    .split(" ")
    .filter((word) => word !== "")
    .map((word) => ({
      host: /^[a-z0-9]+/.exec(word)![0],
      port: 80,
      weight: Number(/\*(\d+)/.exec(word)?.[1] ?? 1),
      tier: Number(/\^(\d+)/.exec(word)?.[1] ?? 0),
      backup: word.includes("+backup"),
      mode: word.includes("!drain") ? "drain" : word.includes("!maintenance") ? "maintenance" : "ready",
    }));
}

export function configSource(text: string): TargetSourcePlan {
  return { kind: "config", text: "config", endpoints: endpointsOf(text) };
}

export const FILE_SOURCE: TargetSourcePlan = { kind: "file", text: "file t.json", path: "/t.json" };
export const ADMIN_SOURCE: TargetSourcePlan = { kind: "admin", text: "admin" };

const CHECK: CheckPlan = {
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

const PASSIVE: PassivePlan = {
  maxFails: 1,
  window: 10_000,
  statuses: [],
  rest: 10_000,
  maxRest: 300_000,
  maxEjected: 0.5,
};

/** A pool with a clock that only `pass` moves, and exchanges that end when they are told to. */
export class Scenario {
  readonly pool: LivePool = createLivePool("shop", () => 0);
  now = 1000;
  /** Calls of `onUsable`. */
  told = 0;

  constructor(options: PlanOptions) {
    this.pool.onUsable = () => this.told++;
    this.adopt(options);
    this.told = 0;
  }

  adopt(options: PlanOptions): void {
    this.pool.adopt(this.plan(options), this.now);
  }

  plan({ config, sources, balance, check, passive, panic, drain, maxConnections }: PlanOptions): PoolPlan {
    return {
      name: "shop",
      balance: {
        algorithm: "round-robin",
        key: null,
        boundedLoad: 0,
        virtualNodes: 160,
        tableSize: 65_537,
        slowStart: 0,
        ...balance,
      },
      sources: sources ?? [configSource(config ?? "a b c d")],
      health: {
        check: check === undefined || check === null ? null : { ...CHECK, ...check },
        passive: { ...PASSIVE, ...passive },
        panic: panic ?? 0,
      },
      stickiness: null,
      timeouts: { connect: 0, firstByte: 0, idle: 0, total: 0 },
      connections: { max: maxConnections ?? 0, idle: 10, idleTimeout: 0 },
      queue: { max: 0, timeout: 0 },
      retry: { attempts: 0, budget: 0, minimum: 0 },
      drain: drain ?? 5000,
      live: this.pool,
    };
  }

  /** Ticks as an edge does, ten times a second. */
  pass(milliseconds: number): void {
    const end = this.now + milliseconds;
    while (this.now < end) {
      this.now = Math.min(this.now + 100, end);
      this.pool.tick(this.now);
    }
  }

  target(host: string): Target {
    const found = this.pool.targets.find((target) => target.host === host);
    if (found === undefined) throw new Error(`there is no target ${host}`);
    return found;
  }

  /** Hosts in order; in brackets those that are removed. */
  get hosts(): string {
    return this.pool.targets.map(({ host, removed }) => (removed ? `(${host})` : host)).join(" ");
  }

  pick(exchange: Exchange = exchangeOf()): string {
    return this.pool.pick(exchange, this.now, null, false)?.host ?? "none";
  }

  /** Who is picked by forty requests that end at once, in alphabetical order. */
  get used(): string {
    const hosts = new Set<string>();
    for (let round = 0; round < 40; round++) hosts.add(this.pick());
    return [...hosts].toSorted().join(" ");
  }

  fail(host: string, code: FaultCode = "upstream-closed"): void {
    this.pool.noteFailure(this.target(host), code, "ECONNREFUSED", this.now);
  }

  answer(host: string, status = 200): void {
    this.pool.noteAnswer(this.target(host), status, 5e6, this.now);
  }

  /** Checks that end in this order: "+" passed, "-" failed. */
  check(host: string, results: string, layer: CheckLayer = "tcp"): void {
    for (const result of results) {
      const layers = [{ layer, ok: result === "+", detail: "", durationMs: 1 }];
      this.pool.noteCheck(this.target(host), layers, this.now);
    }
  }

  set(source: string, text: string): void {
    this.pool.setEndpoints(source, endpointsOf(text), this.now);
  }

  mode(host: string, mode: Target["mode"], milliseconds = 0): void {
    this.pool.setMode(this.target(host), mode, this.now, milliseconds === 0 ? 0 : this.now + milliseconds);
  }

  weight(host: string, weight: number | null): void {
    this.pool.setWeight(this.target(host), weight, this.now);
  }
}

/** What a pool reads of an exchange. */
export function exchangeOf(state: { sticky?: Target; tried?: Target[] } = {}): Exchange {
  return { stickyTarget: state.sticky ?? null, tried: state.tried ?? null, balanceKey: 0 } as unknown as Exchange;
}

/** A link that does as the contract says, and remembers what became of it. */
export class TestLink implements UpstreamLink {
  readonly target: Target;
  readonly isTunnel = false;
  closed = "";
  readonly #pool: LivePool;
  #isBusy: boolean;

  constructor(pool: LivePool, target: Target, isBusy: boolean) {
    this.target = target;
    this.#pool = pool;
    this.#isBusy = isBusy;
    target.links.add(this);
    if (isBusy) pool.acquire(target);
    else target.idle.push(this);
  }

  send(): void {}

  retire(): void {
    if (!this.#isBusy) this.#close("retired");
  }

  cut(detail: string): void {
    this.#close(`cut: ${detail}`);
  }

  /** What it carries is over. */
  finish(): void {
    this.#close("finished");
  }

  #close(how: string): void {
    if (this.closed !== "") return;
    this.closed = how;
    this.target.links.delete(this);
    const place = this.target.idle.indexOf(this);
    if (place >= 0) this.target.idle.splice(place, 1);
    if (this.#isBusy) this.#pool.release(this.target);
    this.#isBusy = false;
  }
}
