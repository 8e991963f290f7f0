import type { Exchange, ReplyProducer } from "../contract/exchange.ts";
import type { PoolPlan } from "../contract/plan.ts";
import type { WaitingExchange } from "../contract/live-pool.ts";
import { isFull } from "../contract/target.ts";
import { Stamp } from "../contract/trace-record.ts";
import type { UpstreamHooks } from "../contract/upstream-hooks.ts";
import { TimerNode, type TimerWheel } from "../time/wheel.ts";

/** An exchange in a pool's queue. It leaves by its turn, by its deadline or because the client went away. */
class Waiting extends TimerNode implements WaitingExchange, ReplyProducer {
  readonly exchange: Exchange;
  readonly #pool: PoolPlan;
  readonly #hooks: UpstreamHooks;
  readonly #wheel: TimerWheel;

  constructor(exchange: Exchange, pool: PoolPlan, hooks: UpstreamHooks, wheel: TimerWheel) {
    super();
    this.exchange = exchange;
    this.#pool = pool;
    this.#hooks = hooks;
    this.#wheel = wheel;
  }

  override onDeadline(): void {
    this.leave();
    const detail = `${this.#pool.live.waiting.length} more are waiting; queue.timeout = ${this.#pool.queue.timeout} ms`;
    this.#hooks.onUpstreamFault(this.exchange, "queue-timeout", detail, true, false, this.#hooks.now());
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
export function joinQueue(exchange: Exchange, pool: PoolPlan, hooks: UpstreamHooks, wheel: TimerWheel): boolean {
  const { waiting } = pool.live;
  if (waiting.length >= pool.queue.max) return false;
  const place = new Waiting(exchange, pool, hooks, wheel);
  waiting.push(place);
  exchange.producer = place;
  exchange.record.stamps[Stamp.queued] = hooks.now();
  wheel.set(place, pool.queue.timeout);
  return true;
}

/** The exchange that has waited longest leaves the queue; null when nobody waits. */
export function leaveQueue(pool: PoolPlan, hooks: UpstreamHooks): Exchange | null {
  const first = pool.live.waiting[0];
  if (first === undefined) return null;
  first.leave();
  first.exchange.record.stamps[Stamp.dequeued] = hooks.now();
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
