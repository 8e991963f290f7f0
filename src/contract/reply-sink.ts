import type { BodyLength } from "./body-length.ts";
import type { FieldEdits } from "./field-edits.ts";
import type { FieldLines } from "./field-lines.ts";
import type { ResponseHead } from "./head.ts";
import type { Transport } from "./transport.ts";

/**
 * Where a reply goes: the client's end (an HTTP/1.1 connection, a stream of HTTP/2 or 3, an exchange without a client),
 * or a link of the reply chain before it.
 *
 * Bytes may be held back until `flush` or `end`, so that a head and what follows it leave in one write; whoever
 * produces the reply flushes before it returns to the event loop.
 *
 * `reply-sink-suite-for-tests.ts` in `http/` says it as tests, for every sink. After `end` or `abort` a sink takes
 * nothing any more: what is still called does nothing.
 */
export interface ReplySink {
  /** 100 to 199 other than 101. Behind `begin` it is dropped. */
  interim(head: ResponseHead): void;
  /**
   * Begins the reply, once. The sink decides from `length` how the body is delimited, and corrects a Content-Length
   * of the head that says otherwise. To HEAD, and with 204 and 304, no body is sent whatever comes, and Content-Length
   * goes on as it is. A body longer or shorter than a known length ends in `abort`.
   */
  begin(head: ResponseHead, edits: FieldEdits | null, length: BodyLength): void;
  /** Body bytes [start, end). `owner`: whose read buffer it is, null when the memory will be used again. */
  data(bytes: Buffer, start: number, end: number, owner: Transport | null): void;
  /** Before `end`. Dropped where the protocol has no place for them. */
  trailers(lines: FieldLines): void;
  /** False: the client is slower than the source, which must stop until `ReplyProducer.onSinkWritable`. */
  flush(): boolean;
  end(): void;
  /** The reply cannot be completed: the client is told by a reset, never by a clean end. */
  abort(): void;
  /** 101 was received: from now on bytes go both ways untouched. */
  switchProtocols(head: ResponseHead, edits: FieldEdits | null): void;
  /** A reply has begun: a fault cannot become an error page any more. */
  readonly begun: boolean;
}

/** Who produces the reply, as the sink sees it. */
export interface ReplyProducer {
  onSinkWritable(): void;
  /** The client went away: stop, and free what is held. */
  cancel(): void;
}

/**
 * Listens to a reply as the origin side made it, before the client's side changes it: a store, or those who wait for
 * the same reply. It never holds the reply up: what it cannot take it must give up. After `end` or `abort` it is told
 * nothing more.
 */
export interface ReplyListener {
  /** Head and edits hold until it returns. */
  begin(head: ResponseHead, edits: FieldEdits | null, length: BodyLength): void;
  /** The bytes hold until it returns. */
  data(bytes: Buffer, start: number, end: number): void;
  trailers(lines: FieldLines): void;
  /** The reply is whole. */
  end(): void;
  /** It is not, and never will be. */
  abort(): void;
}
