/** Turns of an event loop that a test runs by hand: what one call causes in another comes later, never inside it. */
export class FakeLoop {
  /** What must never happen, in words. A test asks that it is empty. */
  readonly violations: string[] = [];
  readonly #tasks: Array<() => void> = [];

  later(task: () => void): void {
    this.#tasks.push(task);
  }

  get idle(): boolean {
    return this.#tasks.length === 0;
  }

  /** `run` does nothing: a test lets single turns pass by `step`. */
  held = false;

  /** One turn, held or not. */
  step(): void {
    this.#tasks.shift()?.();
  }

  /** Runs until nothing is left to do. */
  run(): void {
    if (this.held) return;
    for (let turns = 0; this.#tasks.length > 0; turns++) {
      if (turns > MAX_TURNS) {
        this.#tasks.length = 0;
        this.violations.push(`the loop does not come to rest after ${MAX_TURNS} turns`);
      }
      this.#tasks.shift()?.();
    }
  }
}

const MAX_TURNS = 1_000_000;
