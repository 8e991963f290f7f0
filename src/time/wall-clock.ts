import type { Env } from "../contract/env.ts";
import type { EpochMilliseconds, Nanoseconds } from "../contract/time.ts";
import { inMilliseconds } from "./clocks.ts";

/** The wall clock at points of the monotonic one, so that a request reads one clock alone. */
export class WallClock {
  readonly #env: Env;
  /** Wall clock minus monotonic clock, milliseconds. */
  #epoch = 0;

  constructor(env: Env) {
    this.#env = env;
    this.sync();
  }

  /** Sets it by the monotonic clock; called with every tick, since the wall clock is set now and then. */
  sync(): void {
    this.#epoch = this.#env.time() - inMilliseconds(this.#env.now());
  }

  /** Milliseconds since the epoch. */
  at(now: Nanoseconds): EpochMilliseconds {
    return this.#epoch + inMilliseconds(now);
  }
}
