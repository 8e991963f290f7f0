import type { FieldLines } from "./field-lines.ts";
import type { Transport } from "./transport.ts";

/** Where the request's body comes from. */
export interface RequestBody {
  /** There is a consumer (`Exchange.bodySink`) and it can take more. */
  resume(): void;
  /** There is no consumer for now. */
  pause(): void;
}

/** Who consumes the request's body; for a proxied request the link to the upstream. */
export interface RequestBodySink {
  onBody(bytes: Buffer, start: number, end: number, owner: Transport | null): void;
  /** Before `onBodyEnd`. */
  onBodyTrailers(lines: FieldLines): void;
  onBodyEnd(): void;
  /** False: full; the body's source stops until `Exchange.resumeBody`. */
  flush(): boolean;
}

/** A beginning of the body that waits for its consumer. */
export interface HeldRequestBody extends RequestBodySink {
  /** Enough of it has come. */
  readonly ready: boolean;
  moveTo(sink: RequestBodySink): void;
}
