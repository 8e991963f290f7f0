import type { BodyLength } from "../contract/body-length.ts";
import type { Exchange } from "../contract/exchange.ts";
import type { Plan } from "../contract/plan.ts";
import type { Transport } from "../contract/transport.ts";
import { faultNumber } from "../fault/faults.ts";
import { BodyReader, ranges } from "../http/h1/body-reader.ts";
import { requestFraming } from "../http/h1/framing.ts";

const BODY_TOO_LARGE = faultNumber("body-too-large");

/** Reads the body of one request after the other and hands it to whoever consumes it, at the consumer's pace. */
export class RequestBodyFeed {
  /** The consumer is full, or there is none yet. */
  blocked = false;
  readonly #reader = new BodyReader();
  #received = 0;
  #limit = 0;

  get done(): boolean {
    return this.#reader.done;
  }

  /** False: the announced length is over `limits.body`. */
  begin(length: BodyLength, plan: Plan): boolean {
    this.blocked = true;
    this.#received = 0;
    this.#limit = plan.limits.body;
    this.#reader.begin(requestFraming(length), length);
    this.#reader.trailerLimit = plan.limits.trailers;
    return length <= this.#limit;
  }

  /** Reads and throws away. Answers the new position, negative: a fault's number. */
  drain(bytes: Buffer, start: number, end: number): number {
    return this.#reader.read(bytes, start, end);
  }

  /** Reads and hands on. Answers the new position, negative: a fault's number. */
  read(exchange: Exchange, bytes: Buffer, start: number, end: number, owner: Transport | null): number {
    const reader = this.#reader;
    const position = reader.read(bytes, start, end);
    if (position < 0) return position;
    const sink = exchange.bodySink;
    const found = ranges.length;
    for (let index = 0; index < found; index += 2) {
      const from = ranges.at[index]!;
      const to = ranges.at[index + 1]!;
      this.#received += to - from;
      if (this.#received > this.#limit) return -BODY_TOO_LARGE;
      sink?.onBody(bytes, from, to, owner);
    }
    exchange.record.requestBytes += position - start;
    if (!reader.done && sink !== null && !sink.flush()) this.blocked = true;
    return position;
  }

  /** The body is complete: tells the consumer. */
  end(exchange: Exchange): void {
    exchange.bodyDone = true;
    exchange.expectContinue = false;
    const sink = exchange.bodySink;
    if (sink === null) return;
    if (this.#reader.trailers !== null) sink.onBodyTrailers(this.#reader.trailers);
    sink.onBodyEnd();
  }

  /** What the consumer held back leaves now, also when the request's head came alone. */
  flush(exchange: Exchange): void {
    const sink = exchange.bodySink;
    if (sink !== null && !sink.flush()) this.blocked = true;
  }
}
