import type { Exchange } from "../contract/exchange.ts";
import type { LivePool, WaitingExchange } from "../contract/live-pool.ts";
import type { PoolPlan } from "../contract/plan.ts";
import type { ReplyProducer } from "../contract/reply-sink.ts";
import { isFull } from "../contract/target.ts";
import { Stamp } from "../contract/trace-record.ts";
import { TimerNode, type TimerWheel } from "../time/wheel.ts";

/** Who hears of the queue. */
export interface QueueHost {
  /** Monotonic nanoseconds. */
  now(): number;
  /** `queue.timeout` is over; the exchange has left the queue. */
  onQueueTimeout(exchange: Exchange, detail: string): void;
}

/** An exchange in a pool's queue. It leaves by its turn, by its deadline or because the client went away. */
class Waiting extends TimerNode implements WaitingExchange, ReplyProducer {
  readonly exchange: Exchange;
  readonly #pool: PoolPlan;
  readonly #host: QueueHost;
  readonly #wheel: TimerWheel;

  constructor(exchange: Exchange, pool: PoolPlan, host: QueueHost, wheel: TimerWheel) {
    super();
    this.exchange = exchange;
    this.#pool = pool;
    this.#host = host;
    this.#wheel = wheel;
  }

  override onDeadline(): void {
    this.leave();
    const detail = `${this.#pool.live.waiting.length} more are waiting; queue.timeout = ${this.#pool.queue.timeout} ms`;
    this.#host.onQueueTimeout(this.exchange, detail);
  }

  leave(): void {
    this.#wheel.remove(this);
    const { waiting } = this.#pool.live;
    const place = waiting.indexOf(this);
    if (place >= 0) waiting.splice(place, 1);
    this.exchange.producer = null;
  }

  onSinkWritable(): void {}

  cancel(): void {
    this.leave();
  }
}

/** Puts an exchange at the end of the pool's queue; false when that is full (`queue.max`). */
export function joinQueue(exchange: Exchange, pool: PoolPlan, host: QueueHost, wheel: TimerWheel): boolean {
  const { waiting } = pool.live;
  if (waiting.length >= pool.queue.max) return false;
  const place = new Waiting(exchange, pool, host, wheel);
  waiting.push(place);
  exchange.producer = place;
  exchange.record.stamps[Stamp.queued] = host.now();
  wheel.set(place, pool.queue.timeout);
  return true;
}

/** The exchange that has waited longest leaves the queue; null when nobody waits. */
export function leaveQueue(live: LivePool, host: QueueHost): Exchange | null {
  const first = live.waiting[0];
  if (first === undefined) return null;
  first.leave();
  first.exchange.record.stamps[Stamp.dequeued] = host.now();
  return first.exchange;
}

/** Some target would do if it had a free connection. */
export function isWorthWaiting(pool: PoolPlan, exchange: Exchange): boolean {
  const { tried } = exchange.pick;
  for (const target of pool.live.targets) {
    if (target.draining || !isFull(target)) continue;
    if (tried === null || !tried.includes(target)) return true;
  }
  return false;
}
