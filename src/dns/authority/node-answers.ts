import type { CompiledAnswer } from "./compiled-answer.ts";
import { OVERHEAD } from "./kept-answers.ts";

/** Slots at first; a power of two. */
const FIRST_SLOTS = 64;
/** Numbers in `#keys` for each slot: node + 1 (0: free), kind. */
const SLOT = 2;

/**
 * Answers made so far by a node of the zone and their kind, both up to 2^31 - 2, within a number of bytes as `KeptAnswers`.
 * An open table of integers: a `Map` by one number of both would hash a float for each query.
 */
export class NodeAnswers {
  readonly #most: number;
  #bytes = 0;
  #count = 0;
  #keys = new Int32Array(FIRST_SLOTS * SLOT);
  #answers: Array<CompiledAnswer | undefined> = new Array<undefined>(FIRST_SLOTS).fill(undefined);

  /** `most`: bytes. */
  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#count;
  }

  get(node: number, kind: number): CompiledAnswer | undefined {
    const keys = this.#keys;
    const mask = keys.length - 1;
    for (let slot = slotOf(node, kind) & mask; ; slot = (slot + SLOT) & mask) {
      const key = keys[slot]!;
      if (key === 0) return undefined;
      if (key === node + 1 && keys[slot + 1] === kind) return this.#answers[slot >> 1];
    }
  }

  /** What is there already under these keys stays in memory until all is dropped: to be called after `get` found nothing. */
  keep(node: number, kind: number, answer: CompiledAnswer): CompiledAnswer {
    const bytes = answer.body.length + OVERHEAD;
    if (this.#bytes + bytes > this.#most) this.clear();
    // Half of the slots stay free.
    if ((this.#count + 1) * SLOT * 2 > this.#keys.length) this.#grow();
    this.#bytes += bytes;
    this.#count++;
    this.#place(node + 1, kind, answer);
    return answer;
  }

  clear(): void {
    this.#keys = new Int32Array(FIRST_SLOTS * SLOT);
    this.#answers = new Array<undefined>(FIRST_SLOTS).fill(undefined);
    this.#bytes = 0;
    this.#count = 0;
  }

  #grow(): void {
    const [keys, answers] = [this.#keys, this.#answers];
    this.#keys = new Int32Array(keys.length * 2);
    this.#answers = new Array<undefined>(answers.length * 2).fill(undefined);
    for (let slot = 0; slot < keys.length; slot += SLOT) {
      if (keys[slot] !== 0) this.#place(keys[slot]!, keys[slot + 1]!, answers[slot >> 1]!);
    }
  }

  #place(key: number, kind: number, answer: CompiledAnswer): void {
    const keys = this.#keys;
    const mask = keys.length - 1;
    let slot = slotOf(key - 1, kind) & mask;
    while (keys[slot] !== 0) slot = (slot + SLOT) & mask;
    keys[slot] = key;
    keys[slot + 1] = kind;
    this.#answers[slot >> 1] = answer;
  }
}

/** Even, so that it is the place of a slot in `#keys` once it is within its bounds. */
function slotOf(node: number, kind: number): number {
  const mixed = Math.imul(node, 0x9e3779b1) ^ Math.imul(kind, 0x85ebca6b);
  return (mixed ^ (mixed >>> 15)) << 1;
}
