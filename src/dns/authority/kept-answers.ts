import type { CompiledAnswer } from "./compiled-answer.ts";

/** What an answer takes beside its records. */
export const OVERHEAD = 256;

/**
 * Answers made so far, within a number of bytes: when it is reached all are dropped and made again as they are asked for.
 * Whoever asks for one name after the other thus costs work, but no memory.
 */
export class KeptAnswers {
  readonly #answers = new Map<string, CompiledAnswer>();
  readonly #most: number;
  #bytes = 0;

  /** `most`: bytes. */
  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#answers.size;
  }

  get(key: string): CompiledAnswer | undefined {
    return this.#answers.get(key);
  }

  keep(key: string, answer: CompiledAnswer): CompiledAnswer {
    const bytes = answer.body.length + OVERHEAD;
    if (this.#bytes + bytes > this.#most) this.clear();
    this.#bytes += bytes;
    this.#answers.set(key, answer);
    return answer;
  }

  clear(): void {
    this.#answers.clear();
    this.#bytes = 0;
  }
}

/** The same with two keys. */
export class KeptProofs {
  readonly #answers = new Map<number, Map<number, CompiledAnswer>>();
  readonly #most: number;
  #bytes = 0;

  /** `most`: bytes. */
  constructor(most: number) {
    this.#most = most;
  }

  get(kind: number, witness: number): CompiledAnswer | undefined {
    return this.#answers.get(kind)?.get(witness);
  }

  keep(kind: number, witness: number, answer: CompiledAnswer): CompiledAnswer {
    const bytes = answer.body.length + OVERHEAD;
    if (this.#bytes + bytes > this.#most) this.clear();
    this.#bytes += bytes;
    const known = this.#answers.get(kind);
    if (known === undefined) this.#answers.set(kind, new Map([[witness, answer]]));
    else known.set(witness, answer);
    return answer;
  }

  clear(): void {
    this.#answers.clear();
    this.#bytes = 0;
  }
}
