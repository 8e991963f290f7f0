/** What the outside world gives to a stage; tests give their own clock and dice. */
export interface Env {
  /** Monotonic nanoseconds. */
  now(): number;
  /** Wall clock, milliseconds since the epoch. */
  time(): number;
  /** Fills with random bytes. */
  random(into: Uint8Array): void;
}
