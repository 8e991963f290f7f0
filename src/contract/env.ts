import type { EpochMilliseconds, Nanoseconds } from "./time.ts";

/** What the outside world gives to a stage; tests give their own clock and dice. */
export interface Env {
  /** The monotonic clock. */
  now(): Nanoseconds;
  /** The wall clock. */
  time(): EpochMilliseconds;
  /** Fills with random bytes. */
  random(into: Uint8Array): void;
}
