/**
 * The explanation of one request: what each station of the path decided, and when. Plain data, so that it travels as
 * JSON from a running edge to whoever asked; the renderers make text of it.
 */
import type { FaultCode, FaultRetry, FaultSide, StageName } from "../contract/fault.ts";
import type { NoRetry } from "../contract/no-retry.ts";
import type {
  AttemptDone,
  PickReason,
  ReplySource,
  RouteConsidered,
  TargetConsidered,
} from "../contract/trace-record.ts";
import type { Milliseconds } from "../contract/time.ts";
import type { ServerTiming } from "./server-timing.ts";

/** Times are milliseconds with a resolution of microseconds; begins are counted from the first byte of the head. */
export interface ExplainTree {
  /** `plan`: nothing was sent, and there are no times. `trace`: this happened. */
  readonly kind: "plan" | "trace";
  readonly traceId: string;
  readonly spanId: string;
  /** Empty when the trace began here. */
  readonly parentId: string;
  /** When the head came, ISO 8601; for a plan, when it was made. */
  readonly time: string;
  readonly plan: { readonly version: number; readonly source: string };
  readonly request: RequestFacts;
  readonly outcome: OutcomeFacts;
  readonly fault: FaultFacts | null;
  /** In the order of the path; those that the request did not reach are there as `skipped`. */
  readonly stations: readonly Station[];
  /** From the first byte of the head to the last of the reply; null for a plan. */
  readonly totalMs: Milliseconds | null;
  /** What of it no station accounts for. */
  readonly unaccountedMs: Milliseconds | null;
  /** The noteworthy in words, the most important first. */
  readonly findings: readonly string[];

  // What the words of the stations were made from.
  readonly routes: readonly RouteConsidered[];
  readonly candidates: readonly TargetConsidered[];
  readonly attempts: readonly AttemptFacts[];
  readonly serverTiming: readonly ServerTiming[];
}

export interface RequestFacts {
  readonly method: string;
  readonly target: string;
  readonly authority: string;
  readonly scheme: string;
  readonly protocol: string;
  /** Found through trusted proxies. */
  readonly client: string;
  /** The connection's own peer. */
  readonly peer: string;
  readonly bytes: number;
}

export interface OutcomeFacts {
  /** 0 when there is no reply, or none was made yet. */
  readonly status: number;
  readonly source: ReplySource;
  readonly bytes: number;
  readonly route: string;
  readonly pool: string;
  readonly upstream: string;
  readonly pickReason: PickReason | "";
  readonly reused: boolean;
  readonly retries: number;
  /** Why a failed attempt was not followed by another; "": it was, or none failed. */
  readonly noRetry: NoRetry | "";
}

export interface FaultFacts {
  readonly code: FaultCode;
  readonly stage: StageName;
  readonly side: FaultSide;
  readonly retry: FaultRetry;
  readonly status: number;
  readonly title: string;
  readonly hint: string;
  readonly detail: string;
}

/** A failed attempt at an upstream. */
export interface AttemptFacts extends Omit<AttemptDone, "begun" | "ended"> {
  readonly beginMs: Milliseconds;
  readonly durationMs: Milliseconds;
}

export type StationName =
  | "dns"
  | "connection"
  | "request"
  | "route"
  | "policies"
  | "body"
  | "balance"
  | "queue"
  | "attempts"
  | "connect"
  | "upstream"
  | "reply";

/**
 * `ok` it did its work; `fault` the request failed here; `skipped` not reached or nothing to do; `planned` it would
 * do this; `no` a candidate that failed or does not match; `passed` one that was passed over; `info` a remark.
 */
export type Mark = "ok" | "fault" | "skipped" | "planned" | "no" | "passed" | "info";

export interface TreeNode {
  readonly label: string;
  /** What was decided, and why. */
  readonly text: string;
  readonly mark: Mark;
  /** Null where it has no time of its own. */
  readonly beginMs: Milliseconds | null;
  readonly durationMs: Milliseconds | null;
  readonly children: readonly TreeNode[];
}

export interface Station extends TreeNode {
  readonly station: StationName;
}
