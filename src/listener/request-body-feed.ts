import type { BodyLength } from "../contract/body-length.ts";
import type { Exchange } from "../contract/exchange.ts";
import type { RoutePlan } from "../contract/plan.ts";
import type { Transport } from "../contract/transport.ts";
import { faultNumber } from "../fault/faults.ts";
import { BodyReader, ranges, requestFraming } from "../http/h1/body-reader.ts";

/** Milliseconds of waiting for a body that are free: slow starts and short stalls are no attack. */
const GRACE = 20_000;
const SECOND = 1_000;
const BODY_TOO_LARGE = faultNumber("body-too-large");

/** What a body must keep to: the route's, and without a route the edge's. */
export type BodyRules = Pick<RoutePlan, "limits" | "timeouts">;

export function bodyRules(exchange: Exchange): BodyRules {
  return exchange.route ?? exchange.plan;
}

/** Reads the body of one request after the other and hands it to whoever consumes it, at the consumer's pace. */
export class RequestBodyFeed {
  /** The consumer is full, or there is none yet. */
  blocked = false;
  readonly #reader = new BodyReader();
  #received = 0;
  /** Since when the client is waited for, wheel milliseconds, and how long it was in all. */
  #waitingSince = 0;
  #waited = 0;

  get done(): boolean {
    return this.#reader.done;
  }

  begin(length: BodyLength, trailerLimit: number): void {
    this.blocked = true;
    this.#received = 0;
    this.#waited = 0;
    this.#reader.begin(requestFraming(length), length);
    this.#reader.trailerLimit = trailerLimit;
  }

  /** The client is waited for from now on. Answers for how long at most, milliseconds. */
  wait(now: number, { limits, timeouts }: BodyRules): number {
    this.#waitingSince = now;
    return Math.min(timeouts.body, Math.max(1, this.#left(limits.bodyRate)));
  }

  /** The wait is over. */
  came(now: number): void {
    this.#waited += now - this.#waitingSince;
  }

  /** What came, came too slowly. */
  isTooSlow(now: number, { limits }: BodyRules): boolean {
    this.came(now);
    this.#waitingSince = now;
    return this.#left(limits.bodyRate) <= 0;
  }

  /** How long the client may still be waited for, milliseconds. */
  #left(rate: number): number {
    return rate === 0 ? Infinity : GRACE + (this.#received / rate) * SECOND - this.#waited;
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
      if (this.#received > bodyRules(exchange).limits.body) return -BODY_TOO_LARGE;
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
