import type { WheelMilliseconds } from "../../contract/time.ts";
import type { RefreshPlan } from "../../contract/plan.ts";
import type { Endpoint } from "../../contract/target.ts";
import { RefreshTimer } from "./refresh-timer.ts";
import type { EndpointSink, SourceTools, TargetSourceRunner } from "./source-runner.ts";
import { errorMessage } from "../../error-message.ts";

/** What asking gave. A failure says why in one clause. */
export type LookupOutcome =
  | {
      readonly kind: "answer";
      readonly endpoints: readonly Endpoint[];
      /** See `EndpointSink.accept`. */
      readonly remark: string;
      /** Seconds that it may be used. */
      readonly ttl: number;
      /** A part failed, so it is worth asking again before the TTL is over. */
      readonly partial: boolean;
    }
  | { readonly kind: "failure"; readonly problem: string };

/** Asks, tells the sink, and asks again when the answer's time is over. Never two questions at once. */
export class LookupRunner implements TargetSourceRunner {
  private readonly ask: () => Promise<LookupOutcome>;
  private readonly sink: EndpointSink;
  private readonly timer: RefreshTimer;
  private asking = false;
  private now = 0;

  /** `ask` rejects only by a mistake of its own, which then counts as a failure. */
  constructor(ask: () => Promise<LookupOutcome>, refresh: RefreshPlan, sink: EndpointSink, tools: SourceTools) {
    this.ask = ask;
    this.sink = sink;
    this.timer = new RefreshTimer(refresh, tools.random);
  }

  tick(now: WheelMilliseconds): void {
    this.now = now;
    if (this.asking || !this.timer.isDue(now)) return;
    this.asking = true;
    void this.run();
  }

  /** A question that is open ends by itself, and its answer goes nowhere: the sink is closed. */
  stop(): void {}

  private async run(): Promise<void> {
    const outcome = await this.ask().catch(failureOf);
    this.asking = false;
    if (outcome.kind === "failure") {
      this.timer.failed(this.now);
      this.sink.refuse(outcome.problem);
      return;
    }
    if (outcome.partial) this.timer.answeredInPart(this.now, outcome.ttl);
    else this.timer.answered(this.now, outcome.ttl);
    this.sink.accept(outcome.endpoints, outcome.remark);
  }
}

function failureOf(error: unknown): LookupOutcome {
  return { kind: "failure", problem: errorMessage(error) };
}
