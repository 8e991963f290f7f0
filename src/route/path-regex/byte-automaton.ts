/**
 * Matches a regular expression in one pass over the bytes: the states that a backtracking matcher would try one after the
 * other are followed at the same time (Thompson, 1968), and the sets of them that have been met are kept, so that most
 * bytes cost one look into a table. No input takes longer than its length times the size of the pattern.
 */
import type { RegexNode } from "./parse-regex.ts";

/** Nodes of one pattern: what one byte can cost at most. */
export const MAX_NODES = 1000;
/** Sets that are kept; with more the table begins again. */
const MAX_STATES = 512;

const UNKNOWN = -1;
const NONE: readonly number[] = [];

/** A place in the pattern. `table`: the bytes that lead from it to `next`; null: `next` are reached without one. */
interface Place {
  readonly table: Uint8Array | null;
  readonly when: "always" | "start" | "end";
  next: number[];
}

export class ByteAutomaton {
  readonly #places: Place[] = [];
  readonly #accept: number;
  readonly #first: number;
  /** Bytes that no table tells apart are of one class. */
  readonly #classOf: Uint8Array;
  readonly #classes: number;
  /** A byte of each class. */
  readonly #samples: readonly number[];
  /** Places of each state; state 0 is the beginning of the input. */
  #states: Array<readonly number[]> = [];
  #numbers = new Map<string, number>();
  /** State after state and class. */
  #steps: Int32Array;
  /** 1: has matched, whatever follows; 2: has matched if nothing follows. */
  #matched: Uint8Array;

  /** @throws RangeError for a pattern of more than `MAX_NODES` places */
  constructor(node: RegexNode) {
    this.#accept = this.#place(null);
    this.#first = this.#build(node, this.#accept);
    const { classOf, samples } = classesOf(this.#places);
    this.#classOf = classOf;
    this.#samples = samples;
    this.#classes = samples.length;
    this.#steps = new Int32Array(MAX_STATES * this.#classes);
    this.#matched = new Uint8Array(MAX_STATES);
    this.#beginAnew();
  }

  /** Whether bytes [start, end) hold a match. */
  test(bytes: Uint8Array, start: number, end: number): boolean {
    let state = 0;
    for (let at = start; at < end; at++) {
      if (this.#matched[state] === 1) return true;
      const cell = state * this.#classes + this.#classOf[bytes[at]!]!;
      const next = this.#steps[cell]!;
      state = next === UNKNOWN ? this.#step(state, this.#classOf[bytes[at]!]!) : next;
    }
    return this.#matched[state] !== 0;
  }

  // ---- the pattern

  #place(table: Uint8Array | null, next: readonly number[] = NONE, when: Place["when"] = "always"): number {
    if (this.#places.length === MAX_NODES) throw new RangeError(`the pattern has more than ${MAX_NODES} places`);
    return this.#places.push({ table, when, next: [...next] }) - 1;
  }

  /** The place where the node begins, when `next` is what follows it. */
  #build(node: RegexNode, next: number): number {
    switch (node.kind) {
      case "byte":
        return this.#place(node.table, [next]);
      case "start":
      case "end":
        return this.#place(null, [next], node.kind);
      case "sequence":
        return node.parts.reduceRight((behind, part) => this.#build(part, behind), next);
      case "choice":
        return this.#place(
          null,
          node.parts.map((part) => this.#build(part, next)),
        );
      case "repeat":
        return this.#buildRepeat(node, next);
    }
  }

  #buildRepeat({ part, least, most }: Extract<RegexNode, { kind: "repeat" }>, next: number): number {
    let behind = next;
    if (most === Infinity) {
      const again = this.#place(null, [next]);
      this.#places[again]!.next.push(this.#build(part, again));
      behind = again;
    } else {
      for (let count = least; count < most; count++) behind = this.#place(null, [this.#build(part, behind), next]);
    }
    for (let count = 0; count < least; count++) behind = this.#build(part, behind);
    return behind;
  }

  // ---- the states

  #beginAnew(): void {
    this.#states = [];
    this.#numbers = new Map();
    this.#steps.fill(UNKNOWN);
    this.#matched.fill(0);
    this.#number(this.#closure([this.#first], "start"));
  }

  #step(state: number, byteClass: number): number {
    const byte = this.#samples[byteClass]!;
    const reached = this.#states[state]!.flatMap((index) => {
      const { table, next } = this.#places[index]!;
      return table !== null && table[byte] === 1 ? next : NONE;
    });
    // A match may begin at every byte.
    const places = this.#closure([...reached, this.#first], "always");
    const isFull = this.#states.length === MAX_STATES;
    if (isFull) this.#beginAnew();
    const next = this.#number(places);
    if (!isFull) this.#steps[state * this.#classes + byteClass] = next;
    return next;
  }

  #number(places: readonly number[]): number {
    const key = places.join();
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#states.push(places) - 1;
    // The beginning is a state of its own: what is the end as well may match there alone.
    if (number > 0) this.#numbers.set(key, number);
    if (places.includes(this.#accept)) this.#matched[number] = 1;
    else if (this.#closure(places, number === 0 ? "both" : "end").includes(this.#accept)) this.#matched[number] = 2;
    return number;
  }

  /** The places that are reached without a byte, in order: at the beginning of the input, at its end, or between. */
  #closure(from: readonly number[], where: Place["when"] | "both"): number[] {
    const found = new Set<number>();
    const open = [...from];
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      if (found.has(index)) continue;
      found.add(index);
      const { table, when, next } = this.#places[index]!;
      if (table === null && (when === "always" || when === where || where === "both")) open.push(...next);
    }
    return [...found].sort((a, b) => a - b);
  }
}

function classesOf(places: readonly Place[]): { classOf: Uint8Array; samples: number[] } {
  const classOf = new Uint8Array(256);
  const known = new Map<string, number>();
  const samples: number[] = [];
  const tables = [...new Set(places.map(({ table }) => table))].filter((table) => table !== null);
  for (let byte = 0; byte < 256; byte++) {
    const key = tables.map((table) => table[byte]).join("");
    let number = known.get(key);
    if (number === undefined) {
      number = samples.push(byte) - 1;
      known.set(key, number);
    }
    classOf[byte] = number;
  }
  return { classOf, samples };
}
