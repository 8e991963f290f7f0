import type { DnsQuery } from "../wire/query.ts";
import type { ClientSubnet } from "./client-subnet.ts";
import type { CompiledAnswer } from "./compiled-answer.ts";
import type { DnsClient } from "./dns-client.ts";

/**
 * What a node of a zone answers when that depends on who asks, or on the health of what it names. A zone asks it before
 * it looks at the node's own records. It runs per query: answers are to be made once and given again.
 */
export interface DynamicAnswer {
  /** The types it answers, also when there are no such records: what a denial must not deny (RFC 4034 §4.1.2). */
  readonly types: readonly number[];
  /**
   * After `answer`: how many bits of the client's subnet the answer depended on (RFC 7871 §7.2.1); -1: on none of it,
   * so that no scope is told.
   */
  readonly subnetScope: number;
  /** After `answer`: the EDE code that goes with it (RFC 8914 §4); 0: none. */
  readonly extendedError: number;
  /**
   * Null: the zone's own records answer (types that this node does not steer). `subnet` and `client` are used again for
   * the next query. `now`: milliseconds since the epoch.
   *
   * A zone signed online signs what comes from here, once per answer object: the same object given again costs nothing.
   */
  answer(query: DnsQuery, client: DnsClient, subnet: ClientSubnet | null, now: number): CompiledAnswer | null;
  /** What it would answer and why, in a sentence: for `explain` and the admin API. */
  describe(): string;
}
