/**
 * A running edge: listeners, the path, the timers, the log and the admin API, put together from a config.
 * Reload builds a new plan and swaps one reference; stop drains.
 */
import { resolve } from "node:path";
import { SystemResolver } from "../balance/discovery/system-resolver.ts";
import { PoolRunner } from "../balance/pool-runner.ts";
import { compile, compileInSlices } from "../config/compile.ts";
import type { LoadedConfig } from "../config/load.ts";
import { ConfigError, type ConfigProblem } from "../schema/problem.ts";
import { placed } from "../schema/system-failure.ts";
import { renderProblems } from "../config/render-problems.ts";
import type { AdminPlan, Handler, ListenAddress, LiveListener, Plan } from "../contract/plan.ts";
import type { PolicyServices } from "../contract/policy.ts";
import type { Resolver } from "../contract/resolver.ts";
import type { TraceRecord } from "../contract/trace-record.ts";
import type { Network, Transport, TransportHandler } from "../contract/transport.ts";
import type { RunningAdmin } from "../control/admin.ts";
import type {
  EdgeControl,
  EdgeStatus,
  Explained,
  ExplainRequest,
  NamesStatus,
  ReloadResult,
  StopRequest,
} from "../control/edge-control.ts";
import { handleSignals } from "../control/signals.ts";
import { explainTree } from "../explain/explain-tree.ts";
import type { ExplainSource } from "../explain/explaining.ts";
import type { ExplainTree } from "../explain/tree.ts";
import { explainRequest } from "../explain-request.ts";
import type { NameService } from "../name-service/name-service.ts";
import { Http1Connection } from "../listener/http1-connection.ts";
import { Path } from "../path.ts";
import { systemEnv, inNanoseconds, wheelTime } from "../time/clocks.ts";
import { inSlices } from "../time/slices.ts";
import { dateLine } from "../time/http-date.ts";
import { TICK, TimerWheel } from "../time/wheel.ts";
import { WheelTimers } from "../time/wheel-timers.ts";
import { ProcessState } from "../policy/process-state.ts";
import type { ExchangeCounts } from "../trace/exchange-counts.ts";
import { RecordQueue, TraceStore } from "../trace/trace-store.ts";
import { systemNetwork } from "../transport/network.ts";
import { retireTargets } from "../upstream/proxying.ts";
import { VERSION } from "../version.ts";
import { errorMessage } from "../error-message.ts";
import { reportShortage } from "./descriptor-budget.ts";
import { drain, type UnderWay, underWay } from "./drain.ts";
import { startEdgeAdmin } from "./edge-admin.ts";
import type { Edge } from "./edge-handle.ts";
import { type ListenerChange, Listeners } from "./listeners.ts";
import { openLog } from "./open-log.ts";
import { cutWords, stopWords } from "./stop-words.ts";
import { Reloader } from "./reloader.ts";

export interface EdgeOptions {
  readonly config: LoadedConfig;
  /** Where the config came from: read again by a reload, and watched. Without it a reload has nothing to read. */
  readonly file?: string;
  /** A config that has not given its value after so many milliseconds is not taken; 0: it may take for ever. Default 10,000. */
  readonly loadTimeout?: number;
  /** SIGTERM and SIGINT stop, SIGHUP reloads. Default false. */
  readonly signals?: boolean;
  /** Where sockets come from. Default: Bun's. */
  readonly network?: Network;
  /** Who is asked for the names of pools' targets. Default: the system's resolver. */
  readonly resolver?: Resolver;
  /** Gets a line for a person whenever something happens that nobody asked for (a reload by the watcher, say). */
  readonly report?: (line: string) => void;
}

/** The access log is written out this often, milliseconds, when it does not fill up before. */
const LOG_FLUSH = 200;
/** When nothing is served any more, a slow reader of the log gets so many milliseconds for what is left. */
const LOG_PATIENCE = 500;

/** Starts an edge. Throws ConfigError, also for what the system refuses (`SystemRefusal`); then nothing runs. */
export async function startEdge(options: EdgeOptions): Promise<Edge> {
  let edge: RunningEdge | null = null;
  try {
    edge = new RunningEdge(options);
    await edge.start();
    return edge;
  } catch (error) {
    await edge?.stop();
    throw placed(error, options.config);
  }
}

class RunningEdge implements Edge, EdgeControl {
  readonly control: EdgeControl = this;
  admin: Edge["admin"] = null;
  readonly #network: Network;
  /** Null: the config came from no file. */
  readonly #reloader: Reloader | null;
  readonly #report: (line: string) => void;
  #connectionsRefused = 0;
  readonly #signals: boolean;
  readonly #wheel = new TimerWheel();
  readonly #ring: TraceStore;
  readonly #finished: RecordQueue;
  readonly #path: Path;
  readonly #connections = new Set<Http1Connection>();
  readonly #listeners: Listeners;
  #admin: RunningAdmin | null = null;
  #timer: ReturnType<typeof setInterval> | null = null;
  #flushed = 0;
  #stopping: Promise<void> | null = null;
  readonly #stopped = Promise.withResolvers<void>();
  readonly stopped = this.#stopped.promise;
  /** Whoever asks a second time for the stop does not wait for what is under way. */
  readonly #cut = new AbortController();
  readonly #services: PolicyServices;
  readonly #started = Date.now();
  readonly #origin = Bun.nanoseconds();
  readonly #pools: PoolRunner;
  #loaded: LoadedConfig;
  readonly #resolver: Resolver;
  /** Null: the config has no names to serve. */
  #names: NameService | null = null;
  /** As a route's action, whatever the name server is at the time. */
  readonly #doh: Handler = (request, context) =>
    this.#names?.doh(request, context) ?? new Response("this edge serves no names\n", { status: 503 });
  /** Undone when the edge stops, last one first. */
  readonly #undo: Array<() => void> = [];

  constructor(options: EdgeOptions) {
    this.#report = options.report ?? (() => {});
    this.#services = {
      env: systemEnv,
      timers: new WheelTimers(this.#wheel),
      shared: new ProcessState(),
      report: this.#report,
    };
    const plan = compile(options.config, {
      version: 1,
      previous: null,
      doh: this.#doh,
      services: this.#services,
    });
    this.#loaded = options.config;
    this.#network = options.network ?? systemNetwork();
    this.#listeners = new Listeners(this.#network, (...by) => this.#accept(...by), this.#report);
    this.#reloader = this.#reloaderOf(options);
    this.#signals = options.signals ?? false;
    this.#resolver = options.resolver ?? new SystemResolver();
    this.#pools = new PoolRunner(this.#resolver);
    const { trace } = plan;
    this.#ring = new TraceStore(
      trace.enabled ? trace.ring : 0,
      trace.enabled ? trace.notable : 0,
      inNanoseconds(trace.slow),
    );
    this.#finished = new RecordQueue(this.#ring, openLog(plan.accessLog));
    const finished = this.#finished;
    this.#path = new Path({
      plan,
      env: systemEnv,
      wheel: this.#wheel,
      dialer: this.#network,
      finished,
      report: this.#report,
    });
  }

  #reloaderOf({ file, loadTimeout }: EdgeOptions): Reloader | null {
    if (file === undefined) return null;
    return new Reloader({
      file,
      ...(loadTimeout !== undefined && { timeout: loadTimeout }),
      use: (loaded) => this.#use(loaded),
      version: () => this.#path.plan.version,
      report: this.#report,
    });
  }

  get listeners(): readonly ListenAddress[] {
    return this.#listeners.addresses;
  }

  async start(): Promise<void> {
    const { plan } = this.#path;
    this.#tick();
    this.#timer = setInterval(() => this.#tick(), TICK);
    this.#listeners.prepare(plan.listeners).commit();
    reportShortage(plan, this.#report);
    await this.#adoptNames(this.#loaded);
    this.#path.adopt(plan);
    this.#pools.sync(plan, this.#wheel.now);
    this.#undo.push(() => this.#pools.stop());
    if (plan.admin !== null) await this.#startAdmin(plan.admin);
    this.#reloader?.watch(this.#loaded.read);
    this.#undo.push(() => this.#reloader?.stop());
    if (this.#signals)
      this.#undo.push(
        handleSignals({
          stop: (by) => void this.stop({ by }),
          cut: () => this.#cut.abort(),
          reload: () => this.#reloadAndTell(),
        }),
      );
  }

  async #startAdmin(plan: AdminPlan): Promise<void> {
    const config = this.#reloader === null ? "" : resolve(this.#reloader.file);
    const explaining = (source: ExplainSource): ExplainTree => this.#explainTree(source);
    const admin = await startEdgeAdmin({ control: this, plan, explainTree: explaining, config, report: this.#report });
    this.#undo.push(() => admin.withdraw());
    this.#admin = admin;
    this.admin = { host: admin.host, port: admin.port, token: admin.token };
  }

  #explainTree(source: ExplainSource): ExplainTree {
    const { record } = source;
    const authority = record.authority.latin1Slice(0, record.authorityLength);
    const name = this.#names?.explain(authority.replace(/:\d*$/, ""), record.clientAddress) ?? null;
    return explainTree({ ...source, name });
  }

  /** Starts, changes or stops the name server. Throws what `NameService.start` throws. */
  async #adoptNames(loaded: LoadedConfig): Promise<readonly ConfigProblem[]> {
    const { dns } = loaded.config;
    const names = this.#names;
    if (names !== null && dns !== null) return names.adopt(dns, loaded);
    this.#names = null;
    await names?.stop();
    if (dns === null) return [];
    const options = { resolver: this.#resolver, network: this.#network, report: this.#report };
    const { NameService } = await import("../name-service/name-service.ts");
    this.#names = await NameService.start(dns, loaded, options);
    return [];
  }

  #accept(transport: Transport, listener: LiveListener): TransportHandler | null {
    const path = this.#path;
    if (path.draining) return null;
    if (path.connections >= path.plan.limits.connections) {
      this.#connectionsRefused++;
      return null;
    }
    path.connections++;
    return new Http1Connection(transport, listener, path, this.#wheel, this.#connections);
  }

  #tick(): void {
    const now = wheelTime(Bun.nanoseconds() - this.#origin);
    dateLine.update(Date.now());
    this.#path.syncClock();
    this.#wheel.advance(now);
    this.#finished.settle();
    this.#pools.tick(now);
    this.#names?.tick(this.#path.plan.pools);
    if (now - this.#flushed < LOG_FLUSH) return;
    this.#flushed = now;
    this.#finished.log?.flush();
  }

  // ---- EdgeControl

  plan(): Plan {
    return this.#path.plan;
  }

  explain(input: ExplainRequest): Promise<Explained> {
    return explainRequest(this.#path, input, this.#listeners.plans);
  }

  trace(id: string): TraceRecord | undefined {
    this.#finished.settle();
    return this.#ring.find(id);
  }

  recent(limit: number): TraceRecord[] {
    this.#finished.settle();
    return this.#ring.recent(limit);
  }

  status(): EdgeStatus {
    return {
      version: VERSION,
      started: this.#started,
      listeners: this.listeners,
      connections: this.#path.connections,
      connectionsRefused: this.#connectionsRefused,
      exchanges: this.#path.exchanges,
      draining: this.#path.draining,
      reload: this.#reloader?.last ?? null,
      logLinesLost: this.#finished.logLinesLost,
      now: this.#wheel.now,
    };
  }

  counts(): ExchangeCounts {
    this.#finished.settle();
    return this.#finished.counts;
  }

  names(): NamesStatus | null {
    const names = this.#names;
    const statistics = names?.statistics() ?? null;
    if (names === null || statistics === null) return null;
    return { listening: names.listening, zones: names.zones(), statistics };
  }

  async reloadZones(apexes: readonly string[], force: boolean): Promise<void> {
    await this.#names?.reload(apexes, force);
  }

  reload(): Promise<ReloadResult> {
    return this.#reloader?.reload() ?? Promise.resolve({ ok: false, problems: this.#noFile() });
  }

  #reloadAndTell(): void {
    if (this.#reloader !== null) this.#reloader.reloadAndTell();
    else this.#report(this.#noFile());
  }

  #noFile(): string {
    return `${this.#path.plan.source} is not a file that could be read again`;
  }

  async #use(loaded: LoadedConfig): Promise<ReloadResult> {
    const version = await this.#swap(loaded);
    const problems = await this.#readoptNames(loaded, version);
    if (typeof problems === "string") return { ok: false, problems };
    if (problems.length > 0) this.#report(`zones that stay as they were:\n${renderProblems(problems, false)}`);
    return { ok: true, version };
  }

  /** What went wrong with the name server as a whole, or with single zones. */
  async #readoptNames(loaded: LoadedConfig, version: number): Promise<string | readonly ConfigProblem[]> {
    try {
      return await this.#adoptNames(loaded);
    } catch (thrown) {
      const error = placed(thrown, loaded);
      const why = error instanceof ConfigError ? renderProblems(error.problems, false) : errorMessage(error);
      return `plan ${version} is in use, but the name server stays as it was:\n${why}`;
    }
  }

  /**
   * The new plan is made beside traffic. Then whatever can fail comes first, and the plan takes the old one's place in one
   * step. Answers its version.
   */
  async #swap(loaded: LoadedConfig): Promise<number> {
    const previous = this.#path.plan;
    const { config } = loaded;
    const options = { version: previous.version + 1, previous, doh: this.#doh, services: this.#services };
    const { plan, adopt, discard } = await inSlices(compileInSlices(loaded, options));
    const sameLog = JSON.stringify(previous.accessLog) === JSON.stringify(config.accessLog);
    let { log } = this.#finished;
    let listeners: ListenerChange | null = null;
    try {
      if (this.#stopping !== null) throw new Error("the edge stops");
      listeners = this.#listeners.prepare(config.listeners);
      if (!sameLog) log = openLog(config.accessLog);
    } catch (error) {
      listeners?.undo();
      discard();
      if (log !== this.#finished.log) log?.close();
      throw placed(error, loaded);
    }
    adopt(this.#wheel.now);
    listeners.commit();
    this.#finished.settle();
    if (sameLog) log?.reopen();
    else this.#finished.log?.close();
    this.#finished.log = log;
    this.#path.adopt(plan);
    reportShortage(plan, this.#report);
    this.#ring.slowNs = inNanoseconds(plan.trace.slow);
    this.#pools.sync(plan, this.#wheel.now);
    return plan.version;
  }

  stop(request: StopRequest = {}): Promise<void> {
    this.#stopping ??= this.#stop(request);
    return this.#stopping;
  }

  async #stop({ by, within }: StopRequest): Promise<void> {
    const path = this.#path;
    path.draining = true;
    for (const undo of this.#undo.reverse()) undo();
    this.#listeners.stop();
    const most = within ?? path.plan.timeouts.drain;
    if (by !== undefined) this.#report(stopWords(by, underWay(path, this.#connections), most));
    const beforeCut = (left: UnderWay): void => this.#report(cutWords(left));
    await drain(path, this.#connections, { most, cut: this.#cut.signal, beforeCut });
    await this.#names?.stop();
    await this.#admin?.stop();
    if (this.#timer !== null) clearInterval(this.#timer);
    for (const live of this.#pools) retireTargets(live.targets);
    path.dispose();
    this.#finished.settle();
    this.#finished.log?.close(LOG_PATIENCE);
    this.#stopped.resolve();
  }
}
