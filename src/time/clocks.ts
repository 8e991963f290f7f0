/** From one clock to another. */
import type { Nanoseconds, WheelMilliseconds } from "../contract/time.ts";

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
