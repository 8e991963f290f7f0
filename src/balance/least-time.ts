import type { WheelMilliseconds } from "../contract/time.ts";
import { TurnChooser } from "./turn-chooser.ts";
import { LATENCY_DECAY, latencyNow } from "./target-load.ts";

/**
 * The least expected time to answer: time to first byte × (active + penalty + 1) / weight (peak EWMA).
 *
 * All averages decay with the same time constant τ, so their order does not change while nothing is measured, and can be
 * kept. What is kept is the logarithm, which falls alike for all, less that fall:
 * `ln(latency × (active + penalty + 1) / weight) + latencyAt / τ`. What is measured again grows with the time, what is not stays
 * behind, and is the least sooner or later.
 *
 * A target without any measure is tried at once. From then on until its first answer it counts as slow as the slowest
 * that was measured, so that one that never answers is tried again now and then, not always.
 */
export class LeastTime extends TurnChooser {
  readonly scoreUnit = "ms expected to answer";
  /** By slot, for targets without a measure: what `ln latency + latencyAt / τ` is taken to be; -∞: try it. */
  #guesses = new Float64Array(0);
  /** The greatest measured one. */
  #slowest = 0;

  protected override onSlots(from: Int32Array): void {
    this.#guesses = Float64Array.from(from, (old) => (old < 0 ? -Infinity : this.#guesses[old]!));
  }

  protected load(slot: number): number {
    const { latency, latencyAt, active, penalty } = this.targets[slot]!;
    let pace = this.#guesses[slot]!;
    if (latency > 0) {
      pace = Math.log(latency) + latencyAt / LATENCY_DECAY;
      if (pace > this.#slowest) this.#slowest = pace;
    }
    return pace + Math.log((active + penalty + 1) / this.weights[slot]!);
  }

  protected override onTaken(slot: number): void {
    if (this.targets[slot]!.latency === 0) this.#guesses[slot] = this.#slowest;
  }

  /** Milliseconds; 0: not measured. */
  score(slot: number, now: WheelMilliseconds): number {
    const target = this.targets[slot]!;
    return (latencyNow(target, now) * (target.active + target.penalty + 1)) / this.weights[slot]!;
  }
}
