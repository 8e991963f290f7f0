/**
 * What every kind of source is to the rest: a runner that is ticked, and a sink that it tells. DNS asks again when a
 * TTL is over, a file is looked at; a source that is pushed to (a watch on Kubernetes or Consul) opens its stream in
 * the first `tick`, tells the sink whenever something comes, and uses `tick` for its deadlines.
 */
import type { WheelMilliseconds } from "../../contract/time.ts";
import type { TargetSourcePlan } from "../../contract/plan.ts";
import type { Resolver } from "../../contract/resolver.ts";
import type { Endpoint } from "../../contract/target.ts";

export interface TargetSourceRunner {
  /** Called at once when it starts, then about ten times a second. `now`: wheel milliseconds. Never throws. */
  tick(now: WheelMilliseconds): void;
  /** The last call. Lets go of what it holds; what it still tells the sink goes nowhere. */
  stop(): void;
}

/** Where a source's answers go: its pool, with the rules that hold for every kind (`pool-sink.ts`). */
export interface EndpointSink {
  /**
   * The whole list as the source has it now, in an order that depends on nothing but the set. `remark`: what of the
   * answer could not be used, or why it is empty; "" = there is nothing to say.
   */
  accept(endpoints: readonly Endpoint[], remark: string): void;
  /** No usable answer: one clause that names the thing it is about. What was said before is kept. */
  refuse(problem: string): void;
}

/** What a runner may use of the world. */
export interface SourceTools {
  /** Bounded: how many lookups run at once, and how long each may take. */
  readonly resolver: Resolver;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  readonly watchFolder: WatchFolder;
}

/** Calls `stirred` when something in the folder changes; answers how to stop. Throws when the folder cannot be watched. */
export type WatchFolder = (folder: string, stirred: () => void) => () => void;

/** Kinds that something has to be done for; the config's list and the admin API tell the pool themselves. */
export type RunningKind = Exclude<TargetSourcePlan["kind"], "config" | "admin">;
export type PlanOf<Kind extends TargetSourcePlan["kind"]> = Extract<TargetSourcePlan, { readonly kind: Kind }>;

export type CreateRunner<Kind extends RunningKind> = (
  plan: PlanOf<Kind>,
  sink: EndpointSink,
  tools: SourceTools,
) => TargetSourceRunner;
