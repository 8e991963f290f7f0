const POOL_SIZE = 4096;

/** Random bytes for identifiers: one call to the source serves some hundred of them. */
export class RandomPool {
  readonly #fill: (into: Uint8Array) => void;
  readonly #bytes = new Uint8Array(POOL_SIZE);
  #used = POOL_SIZE;

  /** `fill` is `Env.random`. */
  constructor(fill: (into: Uint8Array) => void) {
    this.#fill = fill;
  }

  /** Writes `count` (at most 4096) bytes at `at`, never all zero: W3C Trace Context forbids such identifiers. */
  take(into: Uint8Array, at: number, count: number): void {
    if (this.#used + count > POOL_SIZE) {
      this.#fill(this.#bytes);
      this.#used = 0;
    }
    const used = this.#used;
    let seen = 0;
    for (let index = 0; index < count; index++) {
      const byte = this.#bytes[used + index]!;
      seen |= byte;
      into[at + index] = byte;
    }
    if (seen === 0) into[at + count - 1] = 1;
    this.#used = used + count;
  }
}
