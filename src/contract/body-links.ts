import type { BodyOutput, BodyTransform } from "./body-transform.ts";
import type { RequestBodySink } from "./request-body.ts";

/** Changes of a body that stand between its source and its consumer (see `body-transform.ts`). */
export interface BodyLinks {
  /** The consumer, or the client, takes more again. */
  onWritable(): void;
  cancel(): void;
}

export interface RequestBodyLinks extends BodyLinks {
  /** Adds what `make` answers, if anything. False: nothing was added. */
  add(make: (output: BodyOutput) => BodyTransform | null): boolean;
  /** Puts the consumer behind them. Answers what takes the body as it comes from the client. */
  connect(sink: RequestBodySink): RequestBodySink;
}
