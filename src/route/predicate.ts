import type { RequestHead } from "../contract/head.ts";
import type { RouteConsidered } from "../contract/trace-record.ts";

/** What a request must have beyond host and path. One object decides for traffic and speaks for explanations. */
export interface Predicate {
  readonly kind: Exclude<RouteConsidered["failed"], "" | "host" | "shadowed">;
  /** Two predicates with the same key accept the same requests. */
  readonly key: string;
  accepts(head: RequestHead, clientAddress: string, listener: string): boolean;
  /** Why it did not accept, for a person. Only after `accepts` answered false. */
  refusal(head: RequestHead, clientAddress: string, listener: string): string;
}
