/**
 * A change of a body while it streams: compression, a rewrite, a count. One is made for each body.
 *
 * Backpressure goes both ways: a transform that is `full` is given no more until it calls `BodyOutput.resume`, and one
 * whose output is `full` keeps what it makes (within a bound of its own) until `onOutputWritable`.
 */
export interface BodyTransform {
  /** Bytes [start, end) hold until it returns. Writes to its output now or later. */
  write(bytes: Buffer, start: number, end: number): void;
  /** The body is whole. The transform ends its output now or later. */
  end(): void;
  /** It takes no more for now. */
  readonly full: boolean;
  /** The output takes more again. */
  onOutputWritable(): void;
  /** The exchange is over, or the body broke off: nothing is written any more. */
  cancel(): void;
}

/** Where a transform writes. */
export interface BodyOutput {
  /** The bytes are used up when it returns. */
  write(bytes: Uint8Array): void;
  /** Exactly once, after the last `write`. */
  end(): void;
  /** The body cannot be completed: whoever receives it is told by a reset. */
  fail(detail: string): void;
  /** The transform was `full` and is not any more. */
  resume(): void;
  /** The receiver takes no more for now. */
  readonly full: boolean;
}
