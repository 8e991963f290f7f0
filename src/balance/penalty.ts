/**
 * Failures as load. A target that fails at once is always free and always quick, so whatever goes by exchanges or by time
 * would send it everything. Therefore each failure counts as an exchange that is still there (`Target.penalty`), and is
 * forgotten in the course of some seconds: what a target gets beyond its failures shrinks with every one of them, and
 * failures that all targets have alike move nothing.
 */
import type { WheelMilliseconds } from "../contract/time.ts";
import type { Target } from "../contract/target.ts";

/** Milliseconds between two steps. */
const STEP = 1000;
/** What is left of a penalty after a step: half of it after three seconds. */
const LEFT = 0.8;
/** Less is none. */
const LEAST = 0.5;
/** More is not counted: after an outage it must be over in half a minute. */
const MOST = 256;

/** The penalties of a pool's targets. */
export class Penalties {
  readonly #targets: Target[] = [];
  #due = 0;

  /** The target failed once more. */
  add(target: Target, now: WheelMilliseconds): void {
    if (target.penalty === 0) {
      if (this.#targets.length === 0) this.#due = now + STEP;
      this.#targets.push(target);
    }
    target.penalty = Math.min(target.penalty + 1, MOST);
  }

  /** Makes them less with the time; `onLoad` hears of each. */
  ease(now: WheelMilliseconds, onLoad: (target: Target) => void): void {
    if (this.#targets.length === 0 || now < this.#due) return;
    this.#due = now + STEP;
    let kept = 0;
    for (const target of this.#targets) {
      const left = target.penalty * LEFT;
      target.penalty = left < LEAST ? 0 : left;
      if (target.penalty > 0) this.#targets[kept++] = target;
      onLoad(target);
    }
    this.#targets.length = kept;
  }
}
