import type { PickRequest } from "../contract/balancer.ts";
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
  readonly pool: LivePool;
  now = 1000;
  /** Calls of `onUsable`. */
  told = 0;

  /** `random`: dice for the algorithms that have some. */
  constructor(options: PlanOptions, random: () => number = () => 0) {
    this.pool = createLivePool("shop", random);
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
      queue: { max: 0, timeout: 0, body: 0 },
      retry: { attempts: 0, hedge: 0, budget: 0, minimum: 0 },
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

  pick(request: PickRequest = requestOf()): string {
    return this.pool.pick(request, this.now, null)?.host ?? "none";
  }

  /** Who is picked by forty requests that end at once, in alphabetical order. */
  get used(): string {
    const hosts = new Set<string>();
    for (let round = 0; round < 40; round++) hosts.add(this.pick());
    return [...hosts].toSorted().join(" ");
  }

  /** An exchange begins there, on a kept connection if there is one. */
  hold(host: string, capacity = 1): TestLink {
    const target = this.target(host);
    const free = target.free.at(-1) as TestLink | undefined;
    if (free === undefined) return new TestLink(this.pool, target, { active: 1, capacity });
    free.send();
    return free;
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

export function requestOf(request: Partial<PickRequest> = {}): PickRequest {
  return { key: 0, tried: null, sticky: null, stickyLost: false, ...request };
}

/** A link that does as the contract says, and remembers what became of it. */
export class TestLink implements UpstreamLink {
  readonly target: Target;
  capacity: number;
  active: number;
  room = 0;
  isTunnel = false;
  closed = "";
  readonly #pool: LivePool;

  constructor(pool: LivePool, target: Target, { active = 0, capacity = 1 }: { active?: number; capacity?: number }) {
    this.target = target;
    this.capacity = capacity;
    this.active = active;
    this.#pool = pool;
    pool.linkOpened(this);
  }

  send(): void {
    if (this.active >= this.capacity) throw new Error("it can take no further exchange");
    this.active++;
    this.#pool.exchangeBegan(this);
  }

  /** An exchange is over. */
  end(): void {
    this.active--;
    this.#pool.exchangeEnded(this);
    if (this.active === 0 && this.capacity === 0) this.#close("finished");
  }

  /** The peer allows so many from now on. */
  allow(capacity: number): void {
    this.capacity = capacity;
    this.#pool.linkChanged(this);
  }

  retire(): void {
    this.capacity = 0;
    if (this.active === 0) this.#close("retired");
    else this.#pool.linkChanged(this);
  }

  cut(detail: string): void {
    this.#end(`cut: ${detail}`);
  }

  /** All that it carries is over, and it is of no further use. */
  finish(): void {
    this.#end("finished");
  }

  #end(how: string): void {
    this.capacity = 0;
    while (this.active > 0) {
      this.active--;
      this.#pool.exchangeEnded(this);
    }
    this.#close(how);
  }

  #close(how: string): void {
    if (this.closed !== "") return;
    this.closed = how;
    this.#pool.linkClosed(this);
  }
}
