import type { Exchange } from "./exchange.ts";
import type { FaultCode } from "./fault.ts";
import type { FieldEdits } from "./field-edits.ts";
import type { ResponseHead } from "./head.ts";
import type { PoolPlan } from "./plan.ts";

/** What the upstream stage tells the path. */
export interface UpstreamHooks {
  /** Monotonic nanoseconds. */
  now(): number;
  /** A final response's head, or 101. Answers what the policies change in it; null: nothing. */
  onReplyHead(exchange: Exchange, head: ResponseHead): FieldEdits | null;
  /**
   * An attempt failed; its connection is gone. `unsent`: no byte of the request left. `replayable`: nothing was
   * answered, the request is idempotent and its bytes are all kept. `begun`: when the attempt began, nanoseconds.
   */
  onUpstreamFault(
    exchange: Exchange,
    code: FaultCode,
    detail: string,
    unsent: boolean,
    replayable: boolean,
    begun: number,
  ): void;
  /** A connection to one of the pool's targets is free. */
  onTargetFree(pool: PoolPlan): void;
}
