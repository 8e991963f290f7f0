/**
 * Dice whose next throws are foreseeable to those who ask: all throws for one pick come from a seed that was drawn when
 * the pick before was over. So a peek sees the throws of the pick that follows.
 */
export class Dice {
  readonly #random: () => number;
  #seed: number;
  #state = 0;

  /** `random`: 0 ≤ x < 1. */
  constructor(random: () => number) {
    this.#random = random;
    this.#seed = this.#draw();
  }

  #draw(): number {
    return (this.#random() * 0x1_0000_0000) | 0;
  }

  /** From here on the throws of the next pick. */
  begin(): void {
    this.#state = this.#seed;
  }

  /** 0 ≤ x < 1, in steps of 2⁻³² (mulberry32). */
  throw(): number {
    const state = (this.#state + 0x6d2b79f5) | 0;
    this.#state = state;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  }

  /** The pick is over: its throws will not come again. */
  end(): void {
    this.#seed = this.#draw();
  }
}
