/**
 * The one place that knows how a path, its connections and its upstreams are put together: a real config is compiled,
 * and the real stages run over the fake wire and the fake clock. Tests see bytes, records and counts only.
 */
import { compile } from "../../../src/config/compile.ts";
import type { Config } from "../../../src/config/config.ts";
import { type LoadedConfig, loadValue } from "../../../src/config/load.ts";
import type { LivePool } from "../../../src/contract/live-pool.ts";
import type { Plan } from "../../../src/contract/plan.ts";
import type { PolicyDefinition, PolicyServices } from "../../../src/contract/policy.ts";
import { WAY_IN_NAMES } from "../../../src/contract/stage.ts";
import type { TargetMode } from "../../../src/contract/target.ts";
import { balanceBegin, balanceEnd, Stamp, type TraceRecord } from "../../../src/contract/trace-record.ts";
import type { Explained, ExplainRequest } from "../../../src/control/edge-control.ts";
import { explainRequest } from "../../../src/explain-request.ts";
import { Http1Connection } from "../../../src/listener/http1-connection.ts";
import { Path } from "../../../src/path.ts";
import { POLICIES } from "../../../src/policy/policies.ts";
import { ProcessState } from "../../../src/policy/process-state.ts";
import { dateLine } from "../../../src/time/http-date.ts";
import { TICK, TimerWheel } from "../../../src/time/wheel.ts";
import { WheelTimers } from "../../../src/time/wheel-timers.ts";
import { RecordQueue, TraceStore } from "../../../src/trace/trace-store.ts";
import { EPOCH, FakeClock } from "./fake-clock.ts";
import { FakeNetwork } from "./fake-network.ts";

/** What a record said when its exchange was over. */
export interface Finished {
  /** "GET /a HTTP/1.1", or as much of it as came. */
  readonly line: string;
  readonly status: number;
  /** "": none. */
  readonly fault: string;
  readonly detail: string;
  readonly source: string;
  readonly target: string;
  /** As in the record. */
  readonly dialled: string;
  readonly retries: number;
  readonly noRetry: string;
  readonly note: string;
  readonly hedged: boolean;
  readonly reused: boolean;
  /** Waited for the request's body before a target was picked, and for the pick itself, milliseconds. */
  readonly heldMs: number;
  readonly balanceMs: number;
  readonly requestBytes: number;
  readonly replyBytes: number;
  readonly closedBy: string;
  /** A copy, by `Stamp`. */
  readonly stamps: Float64Array;
}

/** All that must be 0 when everything is over. */
export interface Counts {
  /** Exchanges under way, by the path and by the records that are out. */
  readonly exchanges: number;
  readonly records: number;
  /** Client connections, by the path and by the listener's set. */
  readonly connections: number;
  readonly listed: number;
  /** Over all targets of all pools. */
  readonly active: number;
  readonly idle: number;
  readonly links: number;
  readonly waiting: number;
  /** Timer nodes on the wheel. */
  readonly timers: number;
  readonly retained: number;
  /** Transports that the edge has not closed. */
  readonly open: number;
}

/** Knows which records are out, so that an exchange that ends twice, or never, is seen. */
class WatchedQueue extends RecordQueue {
  readonly out = new Set<TraceRecord>();
  readonly finished: Finished[] = [];
  /** Records of exchanges that are over, with what they said then. */
  readonly #over = new Map<TraceRecord, string>();
  readonly #violations: string[];

  constructor(violations: string[]) {
    super(new TraceStore(0, 0, Infinity), null);
    this.#violations = violations;
  }

  override acquire(): TraceRecord {
    const record = super.acquire();
    if (this.out.has(record)) this.#violations.push("a record is out twice");
    this.#over.delete(record);
    this.out.add(record);
    return record;
  }

  override add(record: TraceRecord): void {
    const line = record.line.latin1Slice(0, record.lineLength);
    if (!this.out.delete(record)) this.#violations.push(`an exchange finished twice: ${line}`);
    this.finished.push({
      line,
      status: record.status,
      fault: record.fault ?? "",
      detail: record.faultDetail,
      dialled: record.dialled,
      source: record.source,
      target: record.target,
      retries: record.retries,
      noRetry: record.noRetry,
      note: record.note,
      hedged: record.hedged,
      reused: record.reused,
      heldMs: Math.max(0, record.stamps[Stamp.bodyHeld]! - record.stamps[Stamp.policiesDone]!) / 1e6,
      balanceMs: Math.max(0, balanceEnd(record) - balanceBegin(record.stamps)) / 1e6,
      requestBytes: record.requestBytes,
      replyBytes: record.replyBytes,
      closedBy: record.closedBy,
      stamps: record.stamps.slice(),
    });
    this.#over.set(record, saidBy(record));
    super.add(record);
  }

  /** Records that somebody has written into after their exchange was over, when they may be another one's. */
  touched(): string[] {
    return [...this.#over].flatMap(([record, said]) =>
      saidBy(record) === said ? [] : [`${said} → ${saidBy(record)}`],
    );
  }
}

function saidBy(record: TraceRecord): string {
  const { status, source, fault, replyBytes, requestBytes, retries, stamps } = record;
  const line = record.line.latin1Slice(0, record.lineLength);
  return JSON.stringify([line, status, source, fault, replyBytes, requestBytes, retries, ...stamps]);
}

/** Heads go through as they came: nothing is added that a dialogue would have to repeat. */
const QUIET: Omit<Config, "routes"> = {
  listeners: ["127.0.0.1:0"],
  accessLog: false,
  admin: false,
  forwarding: { xForwarded: false, xRealIp: false, forwarded: false, via: false, traceparent: false },
};

/** A policy that a test uses on every route, beside those of the config. */
export interface UsedPolicy {
  readonly definition: PolicyDefinition;
  readonly options?: unknown;
}

export class EdgeUnderTest {
  readonly network = new FakeNetwork();
  readonly clock = new FakeClock();
  readonly #wheel = new TimerWheel();
  readonly #queue = new WatchedQueue(this.network.loop.violations);
  readonly #connections = new Set<Http1Connection>();
  readonly #path: Path;
  /** Of this plan and of those before it. */
  readonly #pools = new Set<LivePool>();

  readonly shared = new ProcessState();
  readonly reports: string[] = [];
  readonly #policies: readonly UsedPolicy[];

  constructor(config: Config, policies: readonly UsedPolicy[] = []) {
    this.#policies = policies;
    dateLine.update(EPOCH);
    this.#wheel.advance(this.clock.elapsed);
    const plan = this.#compile(config, null);
    this.#path = new Path({
      plan,
      env: this.clock,
      wheel: this.#wheel,
      dialer: this.network,
      finished: this.#queue,
      report: (line) => this.reports.push(line),
    });
    this.#path.adopt(plan);
    this.network.listen("127.0.0.1", 8_080, (transport) => {
      const path = this.#path;
      if (path.draining || path.connections >= path.plan.limits.connections) return null;
      path.connections++;
      return new Http1Connection(transport, { plan: path.plan.listeners[0]! }, path, this.#wheel, this.#connections);
    });
  }

  get finished(): readonly Finished[] {
    return this.#queue.finished;
  }

  get violations(): readonly string[] {
    return this.network.loop.violations;
  }

  touchedRecords(): readonly string[] {
    return this.#queue.touched();
  }

  get plan(): Plan {
    return this.#path.plan;
  }

  get pools(): Iterable<LivePool> {
    return this.#pools;
  }

  /** Lets time pass, tick by tick. */
  advance(milliseconds: number): void {
    const until = this.clock.elapsed + milliseconds;
    while (this.clock.elapsed < until) this.#tick(Math.min(TICK, until - this.clock.elapsed));
  }

  /** Lets time pass at once, as for a process that was stopped. */
  jump(milliseconds: number): void {
    this.#tick(milliseconds);
  }

  #tick(milliseconds: number): void {
    dateLine.update(EPOCH);
    this.clock.elapsed += milliseconds;
    this.#path.syncClock();
    this.#wheel.advance(this.clock.elapsed);
    this.network.timers.advance(milliseconds);
    for (const live of this.#pools) live.tick(this.clock.elapsed);
    this.network.loop.run();
  }

  reload(config: Config): void {
    const plan = this.#compile(config, this.#path.plan);
    this.#path.adopt(plan);
    this.network.loop.run();
  }

  setMode(pool: string, index: number, mode: TargetMode, lasts: number): void {
    const live = this.#path.plan.pools.get(pool)!.live;
    const target = live.targets[index];
    if (target === undefined) return;
    const now = this.clock.elapsed;
    live.setMode(target, mode, now, lasts === 0 ? 0 : now + lasts);
    this.network.loop.run();
  }

  /** Nobody new comes in; who is idle is closed, and the rest after the reply. */
  drain(): void {
    this.#path.draining = true;
    for (const connection of this.#connections) connection.drain();
    this.network.loop.run();
  }

  /** The drain's time is over. */
  cut(): void {
    for (const connection of this.#connections) connection.cut();
    this.network.loop.run();
  }

  counts(): Counts {
    let active = 0;
    let idle = 0;
    let links = 0;
    let waiting = 0;
    for (const live of this.#pools) {
      waiting += live.waiting.length;
      for (const target of live.targets) {
        active += target.active;
        idle += target.free.length;
        links += target.links.size;
      }
    }
    return {
      exchanges: this.#path.exchanges,
      records: this.#queue.out.size,
      connections: this.#path.connections,
      listed: this.#connections.size,
      active,
      idle,
      links,
      waiting,
      timers: this.#wheel.size,
      retained: this.network.buffers.retained,
      open: this.network.open.size,
    };
  }

  #compile(config: Config, previous: Plan | null): Plan {
    const loaded = this.#withPolicies(loadValue({ ...QUIET, ...config }, "test"));
    const version = previous === null ? 1 : previous.version + 1;
    const services: PolicyServices = {
      env: this.clock,
      timers: new WheelTimers(this.#wheel),
      shared: this.shared,
      report: (line) => this.reports.push(line),
    };
    const policies = { ...POLICIES };
    for (const { definition } of this.#policies) policies[definition.name] = definition;
    const plan = compile(loaded, { version, previous, now: this.clock.elapsed, policies, services });
    for (const { live } of plan.pools.values()) this.#pools.add(live);
    return plan;
  }

  #withPolicies(loaded: LoadedConfig): LoadedConfig {
    if (this.#policies.length === 0) return loaded;
    const used = this.#policies.map(({ definition, options }) => ({ name: definition.name, options }));
    const routes = loaded.config.routes.map((route) => ({ ...route, policies: [...route.policies, ...used] }));
    return { ...loaded, config: { ...loaded.config, routes } };
  }

  /** The stages of a route's way, by name. */
  wayOf(route: string): readonly string[] {
    const plan = this.#path.plan.routes.find(({ name }) => name === route)!;
    return this.#path.wayOf(plan).map((stage) => WAY_IN_NAMES[stage]!);
  }

  explain(input: ExplainRequest): Promise<Explained> {
    return explainRequest(this.#path, input);
  }

  /** The edge has stopped. */
  dispose(): void {
    this.#path.dispose();
  }
}
