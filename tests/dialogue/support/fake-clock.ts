import type { Env } from "../../../src/contract/env.ts";

/** In a millisecond. */
const NANOSECONDS = 1e6;
/** Thu, 01 Jan 2026 00:00:00 GMT */
export const EPOCH: number = Date.UTC(2026, 0, 1);

/** Time that passes when a test says so, and dice that always fall alike. */
export class FakeClock implements Env {
  /** Milliseconds since the beginning. */
  elapsed = 1_000;
  #dice = 1;

  now(): number {
    return this.elapsed * NANOSECONDS;
  }

  time(): number {
    return EPOCH + this.elapsed;
  }

  random(into: Uint8Array): void {
    for (let index = 0; index < into.length; index++) {
      this.#dice = (Math.imul(this.#dice, 1_103_515_245) + 12_345) >>> 0;
      into[index] = this.#dice >>> 16;
    }
  }
}
