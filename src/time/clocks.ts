/** The clocks, and from one to another. */
import type { Nanoseconds, WheelMilliseconds, EpochMilliseconds } from "../contract/time.ts";
import type { Env } from "../contract/env.ts";

const IN_A_MILLISECOND = 1e6;

/** The length of a span in milliseconds, with their fractions. */
export function inMilliseconds(span: Nanoseconds): number {
  return span / IN_A_MILLISECOND;
}

/** A span of so many milliseconds. */
export function inNanoseconds(milliseconds: number): Nanoseconds {
  return milliseconds * IN_A_MILLISECOND;
}

/** Where the wheel's clock stands this long after its beginning. */
export function wheelTime(sinceOrigin: Nanoseconds): WheelMilliseconds {
  return sinceOrigin / IN_A_MILLISECOND;
}

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

/** The real clock and dice. */
export const systemEnv: Env = {
  now: () => Bun.nanoseconds(),
  time: () => Date.now(),
  random: (into) => {
    crypto.getRandomValues(into as Uint8Array<ArrayBuffer>);
  },
};
