import { AnswerWriter } from "../authority/answer-writer.ts";
import type { CompiledAnswer } from "../authority/compiled-answer.ts";
import { ROOT } from "../wire/name.ts";
import { seedOf, WeightedTurn } from "./weighted-turn.ts";

/** Addresses of one type in a group: as many as bits in a mask. */
export const MAX_ADDRESSES = 32;
/** Combinations of up and down whose answers are kept. */
const MAX_KEPT = 64;

/** One address that a group can answer. */
export interface SteeredAddress {
  readonly text: string;
  /** 4 or 16. */
  readonly bytes: Uint8Array;
  readonly weight: number;
  /** Asked of the `HealthView`; empty: always up. */
  readonly health: string;
}

/** What goes into one answer: all addresses as they stand, all in turn first, or one by weight. */
export type Pick = "all" | "rotate" | "one";

/** Answers for the same addresses being up, of which each query gets one. */
export interface Variants {
  readonly answers: readonly CompiledAnswer[];
  readonly turn: WeightedTurn;
  /** Of the addresses, which each answer gives, in order. */
  readonly given: ReadonlyArray<readonly number[]>;
}

/** The answers of a group's addresses of one type, made once for each combination of addresses that are up. */
export class AddressAnswers {
  readonly type: number;
  readonly ttl: number;
  readonly addresses: readonly SteeredAddress[];
  readonly #pick: Pick;
  readonly #kept = new Map<number, Variants>();

  /** At most `MAX_ADDRESSES`. */
  constructor(type: number, ttl: number, addresses: readonly SteeredAddress[], pick: Pick) {
    this.type = type;
    this.ttl = ttl;
    this.addresses = addresses;
    this.#pick = pick;
  }

  /** `mask`: a bit for each address that is to be given, the first one lowest; not 0. */
  variants(mask: number): Variants {
    const kept = this.#kept.get(mask);
    if (kept !== undefined) return kept;
    const made = this.#make(mask);
    if (this.#kept.size >= MAX_KEPT) this.#kept.clear();
    this.#kept.set(mask, made);
    return made;
  }

  #make(mask: number): Variants {
    const up: number[] = [];
    for (let index = 0; index < this.addresses.length; index++) if ((mask >>> index) & 1) up.push(index);
    const given = this.#orders(up);
    const first = given.map(([index]) => this.addresses[index!]!);
    const weights = first.map(({ weight }) => weight);
    const seeds = first.map(({ text }) => seedOf(text));
    return { answers: given.map((order) => this.#compile(order)), turn: new WeightedTurn(weights, seeds), given };
  }

  #orders(up: readonly number[]): Array<readonly number[]> {
    switch (this.#pick) {
      case "all":
        return [up];
      case "rotate":
        return up.map((_, by) => [...up.slice(by), ...up.slice(0, by)]);
      case "one":
        return up.map((index) => [index]);
    }
  }

  #compile(order: readonly number[]): CompiledAnswer {
    return compileAddresses(
      this.type,
      this.ttl,
      order.map((index) => this.addresses[index]!.bytes),
    );
  }
}

/** An answer with these addresses, whatever the query name is. */
export function compileAddresses(type: number, ttl: number, addresses: readonly Uint8Array[]): CompiledAnswer {
  // Owner and data hold no name but the query's, so that nothing need be known of it.
  const writer = new AnswerWriter(ROOT, false);
  for (const bytes of addresses) writer.record("answer", null, type, ttl, bytes);
  return writer.finish();
}
