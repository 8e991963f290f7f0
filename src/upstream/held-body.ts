import type { Exchange } from "../contract/exchange.ts";
import { FieldLines } from "../contract/field-lines.ts";
import type { HeldRequestBody, RequestBodySink } from "../contract/request-body.ts";

/**
 * The beginning of a request's body, held until enough of it has come to take a connection for it: in a pool whose
 * connections are limited, a few clients that send slowly could hold all of them.
 */
export class HeldBody implements HeldRequestBody {
  /** So much has come, or all there is. */
  ready = false;
  readonly #exchange: Exchange;
  readonly #enough: number;
  readonly #resume: (exchange: Exchange) => void;
  #bytes: Buffer = Buffer.alloc(0);
  #length = 0;
  #trailers: FieldLines | null = null;
  #ended = false;

  /** `resume` is called once, when it is ready. */
  constructor(exchange: Exchange, enough: number, resume: (exchange: Exchange) => void) {
    this.#exchange = exchange;
    this.#enough = enough;
    this.#resume = resume;
  }

  onBody(bytes: Buffer, start: number, end: number): void {
    const length = this.#length + end - start;
    if (length > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(length * 2);
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    bytes.copy(this.#bytes, this.#length, start, end);
    this.#length = length;
  }

  onBodyTrailers(lines: FieldLines): void {
    this.#trailers = new FieldLines(Buffer.from(lines.bytes.subarray(0, lines.length)));
  }

  onBodyEnd(): void {
    this.#ended = true;
    this.#becomeReady();
  }

  flush(): boolean {
    if (this.#length < this.#enough) return true;
    this.#becomeReady();
    // Whoever took the body meanwhile says whether it takes more.
    const sink = this.#exchange.bodySink;
    return sink !== null && sink !== this && sink.flush();
  }

  /** Hands what has come on to whoever sends it; the rest goes there by itself. */
  moveTo(sink: RequestBodySink): void {
    if (this.#length > 0) sink.onBody(this.#bytes, 0, this.#length, null);
    if (this.#trailers !== null) sink.onBodyTrailers(this.#trailers);
    if (this.#ended) sink.onBodyEnd();
  }

  #becomeReady(): void {
    if (this.ready) return;
    this.ready = true;
    this.#resume(this.#exchange);
  }
}

/** The body must be waited for before the exchange takes a connection. Then `exchange.held` resumes it when it has come. */
export function holdsBody(exchange: Exchange, resume: (exchange: Exchange) => void): boolean {
  const { pool, held } = exchange;
  if (held !== null) return !held.ready;
  const { queue, connections } = pool!;
  if (connections.max === 0 || queue.body === 0 || exchange.failed !== null) return false;
  // RFC 9110 §10.1.1: whether the body is wanted is the origin's to say. An upgrade is no body.
  if (exchange.expectContinue || exchange.upgrade || exchange.outbound!.streamed) return false;
  exchange.held = new HeldBody(exchange, queue.body, resume);
  return true;
}
