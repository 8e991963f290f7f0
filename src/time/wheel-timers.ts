import type { Timers } from "../contract/policy.ts";
import { TimerNode, type TimerWheel } from "./wheel.ts";

class Call extends TimerNode {
  readonly #wheel: TimerWheel;
  readonly #action: () => void;

  constructor(wheel: TimerWheel, delay: number, action: () => void) {
    super();
    this.#wheel = wheel;
    this.#action = action;
    wheel.set(this, Math.max(1, delay));
  }

  override onDeadline(): void {
    this.#action();
  }

  end(): void {
    this.#wheel.remove(this);
  }
}

/** Single calls on the edge's wheel, for what is no connection. */
export class WheelTimers implements Timers {
  readonly #wheel: TimerWheel;

  constructor(wheel: TimerWheel) {
    this.#wheel = wheel;
  }

  after(delay: number, action: () => void): () => void {
    const call = new Call(this.#wheel, delay, action);
    return () => call.end();
  }
}
