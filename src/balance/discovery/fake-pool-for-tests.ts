/** What discovery sees of a pool: its plan and its sources; and what it was told, for a test to look at. */
import type { LivePool } from "../../contract/live-pool.ts";
import type { PoolPlan, TargetSourcePlan } from "../../contract/plan.ts";
import type { Endpoint } from "../../contract/target.ts";

interface FakeTarget extends Endpoint {
  readonly source: string;
}

export class FakePool {
  readonly name = "shop";
  plan: Pick<PoolPlan, "sources">;
  targets: FakeTarget[] = [];
  /** Calls of `setEndpoints`, each as `host:port` in order. */
  readonly lists: string[][] = [];
  /** Of the last try; "" = it was good. */
  problem = "";
  problems = 0;
  /** `now` of the last call. */
  toldAt = -1;

  constructor(...sources: TargetSourcePlan[]) {
    this.plan = { sources };
  }

  get sources(): Array<{ source: string; count: number }> {
    return this.plan.sources.map(({ text: source }) => ({
      source,
      count: this.targets.filter((target) => target.source === source).length,
    }));
  }

  get live(): LivePool {
    return this as unknown as LivePool;
  }

  /** "10.0.0.1:80 10.0.0.2:80": who is in it now. */
  get addresses(): string {
    return this.targets.map(({ host, port }) => `${host}:${port}`).join(" ");
  }

  /** Like the pool: an empty list does not empty it. */
  setEndpoints(source: string, endpoints: readonly Endpoint[], now: number): void {
    this.toldAt = now;
    const others = this.targets.filter((target) => target.source !== source);
    if (endpoints.length === 0 && others.length === 0) return;
    this.problem = "";
    this.lists.push(endpoints.map(({ host, port }) => `${host}:${port}`));
    this.targets = [...others, ...endpoints.map((endpoint) => ({ ...endpoint, source }))];
  }

  noteSourceProblem(_source: string, problem: string, now: number): void {
    this.toldAt = now;
    this.problem = problem;
    this.problems++;
  }
}
