import type { Exchange, RequestBodySink } from "../../contract/exchange.ts";

/** Bytes that wait for the handler to read them; beyond it the client is not read. */
const QUEUED = 65_536;

/** The request's body as a ReadableStream for a handler, at the handler's pace. */
export class RequestBodyStream implements RequestBodySink {
  readonly stream: ReadableStream<Uint8Array>;
  readonly #exchange: Exchange;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  #closed = false;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => exchange.body.resume(),
        cancel: () => {
          // What the handler does not want is read and thrown away, so that its reply can be sent.
          this.#closed = true;
          exchange.body.resume();
        },
      },
      { highWaterMark: QUEUED, size: (bytes) => bytes?.byteLength ?? 0 },
    );
  }

  onBody(bytes: Buffer, start: number, end: number): void {
    if (!this.#closed) this.#controller?.enqueue(new Uint8Array(bytes.subarray(start, end)));
  }

  /** A Request has no place for trailers. */
  onBodyTrailers(): void {}

  onBodyEnd(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#controller?.close();
  }

  flush(): boolean {
    return this.#closed || (this.#controller?.desiredSize ?? 0) > 0;
  }

  /** The client went away. */
  fail(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#controller?.error(new Error(reason));
    this.#exchange.bodySink = null;
  }
}
