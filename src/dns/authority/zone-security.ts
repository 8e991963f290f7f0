import type { DnsQuery } from "../wire/query.ts";
import type { AnswerWriter, Section } from "./answer-writer.ts";
import type { CompiledAnswer } from "./compiled-answer.ts";
import type { DynamicAnswer } from "./dynamic-answer.ts";

export type DynamicNodes = ReadonlyMap<number, DynamicAnswer>;

/** A question, and the node that answers it. */
export interface Asked {
  /** Lower case. */
  readonly name: Uint8Array;
  readonly type: number;
  readonly node: number;
}

/**
 * How a zone answers those who ask for DNSSEC records (the DO bit, RFC 3225): from signatures and denials that stand in
 * the zone (NSEC, NSEC3), or from ones made for the answer.
 */
export interface ZoneSecurity {
  /** What writes the proofs of one answer. `dynamic`: nodes that have more types than the zone tells. */
  prover(writer: AnswerWriter, dynamic: DynamicNodes): Prover;
  /**
   * A number that stands for the proof that the query name does not exist, `encloser` being the nearest name above it
   * that does, and `nextCloser` the offset in it of the name one label below that. Two names with the same number and
   * encloser get the same proof. -1: each name has a proof of its own.
   */
  witness(query: DnsQuery, encloser: number, nextCloser: number): number;
  /** Answers made in another epoch are not given any more: their signatures end soon. `now`: milliseconds since 1970. */
  epoch(now: number): number;
  /** Signs an answer that did not come from the zone's records, but from what is asked at `node`. Null: it cannot. */
  signed(answer: CompiledAnswer, asked: Asked, dynamic: DynamicNodes): CompiledAnswer | null;
}

/** Writes signatures and denials of one answer; each denial once. Names in lower case. */
export interface Prover {
  /** Puts the RRSIGs behind an RRset. `owner` as it was written (null: the query name), `name`: what that is. */
  sign(section: Section, owner: Uint8Array | null, name: Uint8Array, node: number, set: number, ttl: number): void;
  /** The name does not exist, nor a wildcard for it; `encloser` is the nearest one above it that does. */
  denyName(name: Uint8Array, encloser: number): void;
  /** The name exists, or is answered by the wildcard `node` below `encloser` (else `NO_NODE`), without this type. */
  denyType(name: Uint8Array, node: number, encloser: number): void;
  /** The name was answered by the wildcard below `encloser`: no closer name exists (RFC 4035 §3.1.3.3). */
  proveExpansion(name: Uint8Array, encloser: number): void;
  /** The delegation has no DS (RFC 4035 §3.1.4.1). */
  denyDs(cut: number): void;
  /**
   * Answers for a type that is made for the answer and stands in no zone (NSEC of an online-signed zone); `node` is
   * `NO_NODE` for a name that is not there. False: there is no such thing.
   */
  made(name: Uint8Array, node: number, type: number): boolean;
}
