/** Spreads the first checks of many targets: a hundred at once, then one each millisecond. */

import type { WheelMilliseconds } from "../../contract/time.ts";

const STEP = 1;
const BURST = 100;

export class StartRamp {
  /** When the next would start if there were no burst. */
  #next = 0;

  /** When one more first check may start: `now`, or later. Wheel milliseconds. */
  take(now: WheelMilliseconds): number {
    const at = Math.max(this.#next, now);
    this.#next = at + STEP;
    return Math.max(now, at - (BURST - 1) * STEP);
  }
}
