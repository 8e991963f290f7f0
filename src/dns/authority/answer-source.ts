/**
 * Who answers a question: the zones that are served here, or somebody who has to ask others first. The responder asks
 * its sources in order, for plain questions of class IN whose options are well-formed; what surrounds an answer (EDNS,
 * cookies, rate limits, truncation) is the responder's.
 */
import type { DnsQuery } from "../wire/query.ts";
import type { AuthoritativeZone } from "./authoritative-zone.ts";
import type { CompiledAnswer } from "./compiled-answer.ts";
import type { DnsClient } from "./dns-client.ts";

/** What `find` came to. */
export const Found = {
  /** There is an answer, and `write` writes it. */
  ANSWER: 0,
  /** The question is not this source's: the next is asked, and behind the last one it is REFUSED. */
  NOT_MINE: 1,
  /** It is this source's, and cannot be answered: SERVFAIL with `extendedError`. */
  FAILED: 2,
  /** The answer comes later: `answerLater` is called for it, with a query that stays. */
  LATER: 3,
} as const;

export interface AnswerSource {
  /** After `find`: an extended error that goes with the answer (RFC 8914); 0: none. */
  readonly extendedError: number;
  /** After `find`: bits of the client's subnet that the answer depended on (RFC 7871 §7.2.1); -1: none of it. */
  readonly subnetScope: number;
  /** After `Found.ANSWER`: what was found; null: the RRset that `zone` left. */
  readonly answer: CompiledAnswer | null;
  /** The zone that was asked, null when it is none of ours. */
  readonly zone: AuthoritativeZone | null;
  /** Of what was found: which of the query's labels the part of the tree begins at that stands for all names in it. */
  readonly apexLabel: number;
  /**
   * Answers one of `Found`, and keeps what it found until the next call. It runs for every query: no promise, no closure.
   * `now`: milliseconds since the epoch.
   */
  find(query: DnsQuery, client: DnsClient, now: number): number;
  /** Of what was found: one of `AnswerKind`. */
  kind(query: DnsQuery): number;
  /**
   * After `Found.LATER`: calls `done` exactly once, now or later, whatever happens; null: it cannot be answered
   * (SERVFAIL). `query` and its packet are the source's until then. Bounds and deadlines are the source's.
   */
  answerLater?(query: DnsQuery, client: DnsClient, done: (answer: CompiledAnswer | null) => void): void;
}
