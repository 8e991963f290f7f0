import type { Exchange } from "../../contract/exchange.ts";
import { NO_BODY, type Reply } from "../../contract/reply.ts";
import type { RequestBodySink } from "../../contract/request-body.ts";
import { replyHead } from "../../http/reply-head.ts";

const CONTINUE: Reply = { status: 100, fields: [], body: NO_BODY };

/** RFC 9110 §10.1.1: whoever reads the body tells a client that waits for it. */
function sendContinue(exchange: Exchange): void {
  if (!exchange.expectContinue || exchange.sink.begun) return;
  exchange.expectContinue = false;
  exchange.reply.interim(replyHead(CONTINUE));
}

/** The request's body as a ReadableStream for a handler, at the handler's pace. */
export class RequestBodyStream implements RequestBodySink {
  readonly stream: ReadableStream<Uint8Array>;
  readonly #exchange: Exchange;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  #closed = false;
  /** The handler waits for bytes. */
  #wanted = false;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => {
          this.#wanted = true;
          sendContinue(exchange);
          exchange.resumeBody();
        },
        cancel: () => {
          // What the handler does not want is read and discarded, so that its reply can be sent.
          this.#closed = true;
          exchange.resumeBody();
        },
      },
      // Nothing is read from the client that the handler has not asked for.
      { highWaterMark: 0 },
    );
  }

  onBody(bytes: Buffer, start: number, end: number): void {
    if (this.#closed) return;
    // Before the bytes are handed over: that may bring the next pull at once.
    this.#wanted = false;
    this.#controller?.enqueue(new Uint8Array(bytes.subarray(start, end)));
  }

  /** A Request has no place for trailers. */
  onBodyTrailers(): void {}

  onBodyEnd(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#controller?.close();
  }

  flush(): boolean {
    return this.#closed || this.#wanted;
  }

  /** The client went away. */
  fail(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#controller?.error(new Error(reason));
    this.#exchange.bodySink = null;
  }
}
