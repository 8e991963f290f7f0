import type { EpochMilliseconds, Nanoseconds } from "./time.ts";
import type { Ending } from "./ending.ts";
import type { Exchange } from "./exchange.ts";
import type { FaultCode } from "./fault.ts";
import type { RequestHead } from "./head.ts";
import type { Plan } from "./plan.ts";
import type { TraceRecord } from "./trace-record.ts";

/** What an exchange tells its path when it is over. */
export interface ExchangeOwner {
  /** It is under way from here on. */
  began(exchange: Exchange): void;
  /** Exactly once for each exchange. The object may be used again after this returns. */
  finished(exchange: Exchange, ending: Ending): void;
  /** It cannot be served: whoever works for it stops, and the client gets an error page, or a reset. */
  failed(exchange: Exchange, code: FaultCode, detail: string): void;
}

/** What a client's end (a connection, a stream) tells the path. */
export interface PathHooks extends ExchangeOwner {
  readonly plan: Plan;
  /** A connection should not be kept for another request (the edge drains). */
  readonly draining: boolean;
  /** A record for a new exchange, reset. */
  acquireRecord(): TraceRecord;
  /** Monotonic nanoseconds. */
  now(): Nanoseconds;
  /** The wall clock at a point of the monotonic one: milliseconds since the epoch. */
  timeAt(now: Nanoseconds): EpochMilliseconds;
  /** A request goes on its way. The head holds until this returns. */
  begin(exchange: Exchange, head: RequestHead): void;
  onConnectionClosed(): void;
}
