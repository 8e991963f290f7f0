import type { ClientSubnet } from "../authority/client-subnet.ts";
import type { DnsClient } from "../authority/dns-client.ts";
import type { DynamicAnswer } from "../authority/dynamic-answer.ts";
import type { DnsQuery } from "../wire/query.ts";
import type { ZoneData } from "../zone/zone-data.ts";

/** One step from a query to its answer, in words. In the order in which they are taken. */
export interface SteeringStep {
  readonly stage:
    /** Where the client is taken to be. */
    | "client"
    /** What that means: a rule, a place. */
    | "place"
    /** Which groups are thought of, and what it would cost; which name is asked next. */
    | "preference"
    /** What is up. */
    | "health"
    /** Which of those left, by weight or turn. */
    | "choice"
    /** What is said. */
    | "answer";
  readonly text: string;
}

/** A `DynamicAnswer` that says why. */
export interface ExplainedAnswer extends DynamicAnswer {
  /** The zone that it stands in, whose SOA says how long "no such address" holds. To be called before the first query. */
  bind(zone: ZoneData): void;
  /** What `answer` would say now, and why; nobody's turn is taken. Empty for types that it leaves to the zone. */
  explain(query: DnsQuery, client: DnsClient, subnet: ClientSubnet | null, now: number): SteeringStep[];
}

export function isExplained(answer: DynamicAnswer): answer is ExplainedAnswer {
  return "explain" in answer;
}
