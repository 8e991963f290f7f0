/** Runs the sources of every pool that name targets on their own account, and tells the pools what they say. */
import type { WheelMilliseconds } from "../../contract/time.ts";
import type { LivePool } from "../../contract/live-pool.ts";
import type { TargetSourcePlan } from "../../contract/plan.ts";
import type { Resolver } from "../../contract/resolver.ts";
import { LookupQueue } from "./lookup-queue.ts";
import { PoolSink } from "./pool-sink.ts";
import { createRunner } from "./runners.ts";
import type { SourceTools, TargetSourceRunner, WatchFolder } from "./source-runner.ts";
import { SystemResolver } from "./system-resolver.ts";
import { watchFolder } from "./watch-folder.ts";

export interface DiscoveryOptions {
  /** The system's when there is none. */
  readonly resolver?: Resolver;
  /** 0 ≤ x < 1; spreads what is tried again. */
  readonly random?: () => number;
  readonly watchFolder?: WatchFolder;
}

interface RunningSource {
  readonly plan: TargetSourcePlan;
  readonly runner: TargetSourceRunner;
  readonly sink: PoolSink;
}

export class Discovery {
  private readonly lookups: LookupQueue;
  /** What is open there must be cancelled, or the process cannot end. */
  private readonly systemResolver: SystemResolver | null;
  private readonly tools: SourceTools;
  /** By pool, then by the text of the source. */
  private running = new Map<LivePool, Map<string, RunningSource>>();
  private now = 0;

  constructor(options: DiscoveryOptions = {}) {
    const resolver = options.resolver ?? new SystemResolver();
    this.systemResolver = resolver instanceof SystemResolver ? resolver : null;
    this.lookups = new LookupQueue(resolver);
    this.tools = {
      resolver: this.lookups,
      random: options.random ?? Math.random,
      watchFolder: options.watchFolder ?? watchFolder,
    };
  }

  /**
   * At the start and after every reload, when the pools have adopted their plans. A source whose plan is the same by
   * value goes on as it is; new ones start at once, and those that are gone stop. Never throws for what a source
   * meets: that is a problem of the source, said by `LivePool.sources`. `now`: wheel milliseconds.
   */
  sync(pools: Iterable<LivePool>, now: WheelMilliseconds): void {
    this.now = now;
    const before = this.running;
    const started: RunningSource[] = [];
    this.running = new Map();
    for (const pool of pools) {
      const sources = new Map<string, RunningSource>();
      for (const plan of pool.plan.sources) {
        const kept = before.get(pool)?.get(plan.text);
        const goesOn = kept !== undefined && Bun.deepEquals(kept.plan, plan, true);
        const source = goesOn ? kept : this.start(pool, plan);
        if (source === null) continue;
        sources.set(plan.text, source);
        if (!goesOn) started.push(source);
      }
      if (sources.size > 0) this.running.set(pool, sources);
    }
    for (const [pool, sources] of before) {
      for (const [text, source] of sources) {
        if (this.running.get(pool)?.get(text) !== source) end(source);
      }
    }
    this.lookups.tick(now);
    for (const source of started) source.runner.tick(now);
  }

  /** About ten times a second. `now`: wheel milliseconds. */
  tick(now: WheelMilliseconds): void {
    this.now = now;
    this.lookups.tick(now);
    for (const sources of this.running.values()) {
      for (const { runner } of sources.values()) runner.tick(now);
    }
  }

  /** Nothing is asked, watched or told any more. `sync` restarts. */
  stop(): void {
    for (const sources of this.running.values()) {
      for (const source of sources.values()) end(source);
    }
    this.running.clear();
    this.lookups.stop();
    this.systemResolver?.cancel();
  }

  private start(pool: LivePool, plan: TargetSourcePlan): RunningSource | null {
    const sink = new PoolSink(pool, plan.text, () => this.now);
    const runner = createRunner(plan, sink, this.tools);
    return runner === null ? null : { plan, runner, sink };
  }
}

function end({ runner, sink }: RunningSource): void {
  sink.close();
  runner.stop();
}
