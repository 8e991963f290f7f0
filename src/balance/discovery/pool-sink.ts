/** How a source's word reaches its pool: within bounds, and with what becomes of the targets of before. */
import type { LivePool } from "../../contract/live-pool.ts";
import type { Endpoint, TargetSource } from "../../contract/target.ts";
import type { EndpointSink } from "./source-runner.ts";

/** Targets of one source; what is beyond them is left out and said. */
export const MAX_ENDPOINTS = 16_384;

export class PoolSink implements EndpointSink {
  private readonly pool: LivePool;
  private readonly source: TargetSource;
  /** Wheel milliseconds: answers come between two ticks and count for the last one. */
  private readonly clock: () => number;
  private closed = false;

  constructor(pool: LivePool, source: TargetSource, clock: () => number) {
    this.pool = pool;
    this.source = source;
    this.clock = clock;
  }

  accept(endpoints: readonly Endpoint[], remark: string): void {
    if (this.closed) return;
    const now = this.clock();
    const excess = endpoints.length > MAX_ENDPOINTS;
    this.pool.setEndpoints(this.source, excess ? endpoints.slice(0, MAX_ENDPOINTS) : endpoints, now);
    // The pool decides whether it can do without them.
    if (endpoints.length === 0 && this.named() > 0) return this.refuse(remark === "" ? "names no target" : remark);
    const left = excess ? `only the first ${MAX_ENDPOINTS} of ${endpoints.length} targets are used` : "";
    const said = [remark, left].filter((part) => part !== "").join("; ");
    if (said !== "") this.pool.noteSourceProblem(this.source, said, now);
  }

  refuse(problem: string): void {
    if (this.closed) return;
    this.pool.noteSourceProblem(this.source, `${problem}; ${kept(this.named())}`, this.clock());
  }

  /** The source has stopped: an answer that is still under way goes nowhere. */
  close(): void {
    this.closed = true;
  }

  /** Targets of its last good answer. */
  private named(): number {
    return this.pool.sources.find(({ source }) => source === this.source)?.count ?? 0;
  }
}

function kept(count: number): string {
  if (count === 0) return "it has named no target yet";
  return count === 1 ? "the 1 target of before is kept" : `the ${count} targets of before are kept`;
}
