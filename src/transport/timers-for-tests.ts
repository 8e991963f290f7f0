import type { After } from "./connection-race.ts";

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** Time that passes when a test says so, milliseconds. */
export class FakeTimers {
  now = 0;
  readonly #timers = new Set<Timer>();
  readonly after: After = (milliseconds, callback) => {
    const timer = { at: this.now + milliseconds, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  };

  /** Timers that were neither due nor taken back. */
  get size(): number {
    return this.#timers.size;
  }

  advance(milliseconds: number): void {
    const until = this.now + milliseconds;
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.now = next.at;
      this.#timers.delete(next);
      next.callback();
    }
    this.now = until;
  }
}
