import type { SharedState } from "../contract/policy.ts";

interface Held {
  readonly state: unknown;
  holders: number;
}

/** State shared by name within one process, kept as long as anybody holds it. */
export class ProcessState implements SharedState {
  readonly #held = new Map<string, Held>();

  /** Names in use. */
  get size(): number {
    return this.#held.size;
  }

  acquire<State>(name: string, make: () => State): State {
    const known = this.#held.get(name);
    if (known !== undefined) {
      known.holders++;
      // Whoever shares a name agrees on what stands behind it.
      return known.state as State;
    }
    const state = make();
    this.#held.set(name, { state, holders: 1 });
    return state;
  }

  release(name: string): void {
    const held = this.#held.get(name);
    if (held === undefined) throw new RangeError(`nobody holds the state ${JSON.stringify(name)}`);
    if (--held.holders === 0) this.#held.delete(name);
  }
}
