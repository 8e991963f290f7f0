import type { PickRequest } from "../contract/balancer.ts";
import { Exchange } from "../contract/exchange.ts";
import type { Hedge } from "../contract/hedge.ts";
import { isIdempotent } from "../contract/method.ts";
import type { ReplyProducer } from "../contract/reply-sink.ts";
import type { Target } from "../contract/target.ts";
import { Stamp, TraceRecord } from "../contract/trace-record.ts";
import type { FailedAttempt } from "../contract/upstream-hooks.ts";
import { TimerNode, type TimerWheel } from "../time/wheel.ts";
import { withdrawRetry } from "./retry-budget.ts";

/** What an attempt stamps: of two that run at once each has a record of its own, and the winner's is kept. */
const OF_ATTEMPT = [Stamp.balanced, Stamp.connectBegun, Stamp.connected, Stamp.requestSent, Stamp.firstByte] as const;

export interface HedgeHost {
  /** Monotonic nanoseconds. */
  now(): number;
  /** Sends the exchange's request to its target. */
  send(exchange: Exchange): void;
}

/**
 * The request may be sent twice (RFC 9110 §9.2.2), and to any target: a client that is bound to one stays there, and so does
 * one that authenticates its connection. What is upgraded is no request that could be repeated.
 */
function mayHedge({ method, upgrade, bindsConnection, connection, pick, hedge }: Exchange): boolean {
  return (
    isIdempotent(method) &&
    !upgrade &&
    !bindsConnection &&
    connection.bound === null &&
    pick.sticky === null &&
    hedge === null
  );
}

/** Before the request is sent: a second target gets it, too, when no byte of a response has come after `retry.hedge`. */
export function armHedge(exchange: Exchange, host: HedgeHost, wheel: TimerWheel): void {
  const { hedge, attempts } = exchange.pool!.retry;
  if (attempts === 0 || exchange.outbound!.streamed || !mayHedge(exchange)) return;
  const armed = new Hedging(exchange, host, wheel);
  exchange.hedge = armed;
  wheel.set(armed, hedge);
}

/**
 * Two attempts at one request. The first is the client's exchange as ever; the second has an exchange of its own, so that
 * neither knows of the other, and its link takes the client's over when it is the one that begins to answer. Whoever loses
 * is cancelled as if its client had gone: nothing is held against its target.
 */
class Hedging extends TimerNode implements Hedge, ReplyProducer {
  readonly exchange: Exchange;
  readonly #host: HedgeHost;
  readonly #wheel: TimerWheel;
  /** The first attempt's link; null once it has failed, or before there are two. */
  #first: ReplyProducer | null = null;
  /** Null: there is none, or it has failed. */
  #second: Exchange | null = null;

  constructor(exchange: Exchange, host: HedgeHost, wheel: TimerWheel) {
    super();
    this.exchange = exchange;
    this.#host = host;
    this.#wheel = wheel;
  }

  override onDeadline(): void {
    const { exchange } = this;
    const target = this.#isSlow() ? this.#pick() : null;
    if (target === null) {
      this.end();
      return;
    }
    const second = this.#makeSecond(target);
    this.#first = exchange.producer;
    this.#second = second;
    exchange.producer = this;
    exchange.repetitions++;
    exchange.record.retries++;
    exchange.record.hedged = true;
    this.#host.send(second);
  }

  /** Its whole request is on its way, and nothing has come back. */
  #isSlow(): boolean {
    const { producer, fault, outbound, record } = this.exchange;
    return producer !== null && fault === null && outbound!.complete && record.stamps[Stamp.firstByte] === 0;
  }

  /** Another target that is free, when the pool's budget has a repetition left. */
  #pick(): Target | null {
    const { exchange } = this;
    const { target, repetitions } = exchange;
    const { key, sticky, stickyLost, tried } = exchange.pick;
    const pool = exchange.pool!;
    const wanted: PickRequest = { key, sticky, stickyLost, tried: [...(tried ?? []), target!] };
    const { now } = this.#wheel;
    if (repetitions >= pool.retry.attempts || pool.live.peek(wanted, now, null) === null) return null;
    return withdrawRetry(pool, now) ? pool.live.pick(wanted, now, null) : null;
  }

  #makeSecond(target: Target): Exchange {
    const { exchange } = this;
    const second = new Exchange(
      UNHEARD,
      exchange.plan,
      exchange.connection,
      exchange.sink,
      exchange.body,
      new TraceRecord(),
    );
    second.method = exchange.method;
    second.bodyDone = true;
    second.pool = exchange.pool;
    second.target = target;
    second.timeouts = exchange.timeouts;
    second.totalDeadline = exchange.totalDeadline;
    second.outbound = exchange.outbound;
    second.reply = exchange.reply;
    second.hedge = this;
    second.record.stamps[Stamp.balanced] = this.#host.now();
    second.record.pickReason = exchange.pool!.live.lastReason;
    return second;
  }

  // ---- Hedge

  onFirstByte(answering: Exchange): Exchange {
    const { exchange } = this;
    const first = this.#first;
    const second = this.#second;
    this.end();
    if (second === null) return exchange;
    if (answering === exchange) {
      this.#noteLoser(second);
      exchange.producer = first;
      abandon(second);
    } else {
      if (first !== null) this.#noteLoser(exchange);
      first?.cancel();
      this.#takeOver(second);
    }
    return exchange;
  }

  onAttemptFailed(failed: Exchange, { target }: FailedAttempt): boolean {
    const { exchange } = this;
    const second = this.#second;
    if (failed === exchange && second !== null) {
      this.#first = null;
      exchange.producer = this;
    } else if (failed === second && this.#first !== null) {
      exchange.producer = this.#first;
      this.end();
    } else {
      this.end();
      if (failed === second) this.#takeOver(second);
      return false;
    }
    // Neither is asked again.
    (exchange.pick.tried ??= []).push(target!);
    return true;
  }

  end(): void {
    this.#wheel.remove(this);
    this.#first = null;
    this.#second = null;
    this.exchange.hedge = null;
  }

  // ---- ReplyProducer, while there are two

  /** Nothing has been written so far. */
  onSinkWritable(): void {}

  cancel(): void {
    const first = this.#first;
    const second = this.#second;
    this.end();
    first?.cancel();
    if (second !== null) abandon(second);
  }

  /** The client's exchange is the second attempt's from now on. */
  #takeOver({ record, target, producer }: Exchange): void {
    const { exchange } = this;
    const { stamps } = exchange.record;
    for (const stamp of OF_ATTEMPT) stamps[stamp] = record.stamps[stamp]!;
    // The body went with the head.
    if (stamps[Stamp.requestBodySent] !== 0) stamps[Stamp.requestBodySent] = stamps[Stamp.requestSent]!;
    exchange.record.target = record.target;
    exchange.record.pickReason = record.pickReason;
    exchange.record.reused = record.reused;
    exchange.record.dialled = record.dialled;
    exchange.target = target;
    exchange.producer = producer;
  }

  #noteLoser({ record: { target, reused, stamps } }: Exchange): void {
    const { record } = this.exchange;
    const begun = stamps[Stamp.connectBegun]!;
    (record.attempts ??= []).push({ target, reused, fault: null, begun, ended: this.#host.now() });
  }
}

function abandon(second: Exchange): void {
  second.hedge = null;
  second.done = true;
  second.producer?.cancel();
}

/** The second attempt has no client of its own: whatever befalls it is told to its hedge. */
const UNHEARD = { began(): void {}, failed(): void {}, finished(): void {} };
