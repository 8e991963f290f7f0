import type { EpochMilliseconds, Nanoseconds } from "./time.ts";
import type { ClosedBy, Ending } from "./ending.ts";
import type { FaultCode, StageName } from "./fault.ts";
import type { NoRetry } from "./no-retry.ts";

/**
 * What one exchange did and when: the one source of the access log, of metrics and of `explain --analyze`.
 *
 * Records are reused: when an exchange is over, the ring in `trace/` keeps what its record says, and the record goes
 * to the next exchange. The hot path stores numbers and references
 * only; words are made when somebody asks (DESIGN: the trace is a parameter).
 */

/** Index of each stamp. Values are nanoseconds of the monotonic clock; 0 = this point was not reached. */
export const Stamp = {
  accepted: 0,
  tlsDone: 1,
  /** First byte of the request's head. */
  headBegun: 2,
  headParsed: 3,
  routed: 4,
  policiesDone: 5,
  /** As much of the request's body had come as is waited for before a target is picked (`queue.body`). */
  bodyHeld: 6,
  balanced: 7,
  queued: 8,
  dequeued: 9,
  connectBegun: 10,
  /** Connected, or taken from the pool. */
  connected: 11,
  /** The head was handed to the kernel. */
  requestSent: 12,
  requestBodySent: 13,
  firstByte: 14,
  lastByte: 15,
  /** The last byte of the reply was handed to the kernel. */
  replyWritten: 16,
  /** The exchange was over, however it ended. */
  ended: 17,
} as const;
export type Stamp = (typeof Stamp)[keyof typeof Stamp];
export const STAMP_COUNT = 18;

/** Why a target was picked. */
export type PickReason =
  | "only-target"
  | "round-robin"
  | "weighted-round-robin"
  | "random"
  | "power-of-two-choices"
  | "least-connections"
  | "least-time"
  | "ip-hash"
  | "ring-hash"
  | "maglev"
  /** The hash's own target has its share (bounded load), or cannot be used: the next one on the ring or in the table. */
  | "hash-next"
  | "sticky"
  /** The client has authenticated on a connection to it (NTLM, Negotiate). */
  | "bound-connection"
  /** The cookie's target cannot be used any more: another one, and a new cookie. */
  | "sticky-moved"
  /** The tiers before it have not enough targets that are up and free. */
  | "spill"
  | "retry-elsewhere"
  | "panic";

/** How the reply came about. */
export type ReplySource =
  | "none"
  | "upstream"
  | "respond"
  | "redirect"
  | "handler"
  | "static"
  | "policy"
  | "fault"
  | "admin";

/** Why a route did not match: the first of its predicates that failed. */
export interface RouteConsidered {
  readonly route: string;
  readonly matched: boolean;
  /** Empty when it matched and won. `shadowed` when it matched but another route takes precedence. */
  readonly failed: "" | "host" | "path" | "method" | "field" | "query" | "cookie" | "client" | "listener" | "shadowed";
  /** What was expected and what came, for a person. */
  readonly detail: string;
  /** How like the request its host and path are: from 0, in nothing, to 1, both match. */
  readonly nearness: number;
}

/** Why a target is not used: the first that applies. `unchosen-tier`: an earlier tier takes the request. */
export type TargetVerdict =
  | "picked"
  | "passed-over"
  | "tried-before"
  | "draining"
  | "maintenance"
  | "removed"
  | "failed-check"
  | "ejected"
  | "no-weight"
  | "full"
  | "unchosen-tier";

export interface TargetConsidered {
  readonly target: string;
  readonly score: number;
  /** What the score counts, e.g. "active for its weight". */
  readonly scoreUnit: string;
  readonly verdict: TargetVerdict;
  readonly detail: string;
}

export interface PolicyDone {
  readonly policy: string;
  readonly on: "request" | "reply";
  readonly outcome: "continue" | "reply" | "fault";
  readonly detail: string;
  readonly begun: Nanoseconds;
  readonly ended: Nanoseconds;
}

/** One try at an upstream. */
export interface AttemptDone {
  readonly target: string;
  readonly reused: boolean;
  readonly fault: FaultCode | null;
  readonly begun: Nanoseconds;
  readonly ended: Nanoseconds;
}

/** Collected only for an authorised explanation, since it costs words. */
export class TraceDetail {
  routes: RouteConsidered[] = [];
  targets: TargetConsidered[] = [];
  policies: PolicyDone[] = [];
  notes: Array<{ stage: StageName; note: string }> = [];
}

export class TraceRecord {
  readonly stamps: Float64Array = new Float64Array(STAMP_COUNT);
  /** Request line as received, without CRLF, latin1. Truncated to `MAX_LINE`. */
  line: Buffer = Buffer.allocUnsafeSlow(160);
  lineLength = 0;
  /** End of the method within `line`. */
  methodLength = 0;
  authority: Buffer = Buffer.allocUnsafeSlow(48);
  authorityLength = 0;
  /** 16 bytes W3C trace id, then 8 bytes span id of this exchange, then 8 bytes of the parent span (zero: none). */
  readonly ids: Buffer = Buffer.allocUnsafeSlow(32);
  /** traceparent's sampled flag came set. */
  sampled = false;
  /** Wall clock at the head. */
  time: EpochMilliseconds = 0;
  clientAddress = "";
  /** Address of the connection's peer, which differs from `clientAddress` behind a trusted proxy. */
  peerAddress = "";
  scheme = "http";
  protocol = "HTTP/1.1";
  planVersion = 0;
  /** Requests that came on this connection before. */
  sequence = 0;
  status = 0;
  /** Head and body, and what went through a tunnel. */
  requestBytes = 0;
  /** Of them the head. */
  requestHeadBytes = 0;
  /** The request has a body of at least one byte, or of unknown length. */
  hasBody = false;
  /** Of the body, and what went through a tunnel. */
  replyBytes = 0;
  source: ReplySource = "none";
  route = "";
  pool = "";
  target = "";
  pickReason: PickReason | "" = "";
  reused = false;
  /** Where the target is named by a host name and the connection is new: which address answered, and what others did. */
  dialled = "";
  /** Attempts beyond the first. */
  retries = 0;
  /** One of them began beside the one before it (`retry.hedge`). */
  hedged = false;
  /** "" while it is under way. */
  ending: Ending | "" = "";
  /** Of a tunnel; "" for all else, and while nobody has. */
  closedBy: ClosedBy | "" = "";
  fault: FaultCode | null = null;
  faultDetail = "";
  /** Every attempt that failed, or was given up for one beside it; null while there is none. */
  attempts: AttemptDone[] | null = null;
  /** Why the last of them was not followed by another. */
  noRetry: NoRetry | "" = "";
  /** What the edge did for its reply, for a person who runs it: no visitor sees it. */
  note = "";
  userAgent = "";
  referer = "";
  serverTiming = "";
  detail: TraceDetail | null = null;

  reset(): void {
    this.clearBytes();
    this.lineLength = 0;
    this.methodLength = 0;
    this.authorityLength = 0;
    this.sampled = false;
    this.status = 0;
    this.requestBytes = 0;
    this.requestHeadBytes = 0;
    this.hasBody = false;
    this.replyBytes = 0;
    this.source = "none";
    this.route = "";
    this.pool = "";
    this.target = "";
    this.pickReason = "";
    this.reused = false;
    this.dialled = "";
    this.retries = 0;
    this.hedged = false;
    this.ending = "";
    this.closedBy = "";
    this.fault = null;
    this.faultDetail = "";
    this.attempts = null;
    this.noRetry = "";
    this.note = "";
    this.userAgent = "";
    this.referer = "";
    this.serverTiming = "";
    this.detail = null;
  }

  /** A side of the tunnel ends it; whoever comes later has not. */
  noteClosed(by: ClosedBy): void {
    if (this.closedBy === "") this.closedBy = by;
  }

  /** Who is refused before it gets ids must not be found under those of the exchange before. */
  protected clearBytes(): void {
    this.stamps.fill(0);
    this.ids.fill(0);
  }
}

/** Longest request line kept in a record, bytes; the rest is cut off and marked with "…" where it is shown. */
export const MAX_LINE = 4096;

// ---- what the stamps say

/** Where the exchange began: the first byte of its head, else whatever came first. 0 when nothing was stamped. */
export function beginOf(stamps: Float64Array): Nanoseconds {
  if (stamps[Stamp.headBegun] !== 0) return stamps[Stamp.headBegun]!;
  let first = 0;
  for (let index = 0; index < STAMP_COUNT; index++) {
    const stamp = stamps[index]!;
    if (stamp !== 0 && (first === 0 || stamp < first)) first = stamp;
  }
  return first;
}

/** Where the exchange ended; the last point that it reached while it is under way. */
export function endOf(stamps: Float64Array): Nanoseconds {
  if (stamps[Stamp.ended] !== 0) return stamps[Stamp.ended]!;
  if (stamps[Stamp.replyWritten] !== 0) return stamps[Stamp.replyWritten]!;
  let last = 0;
  for (let index = 0; index < STAMP_COUNT; index++) {
    const stamp = stamps[index]!;
    if (stamp > last) last = stamp;
  }
  return last;
}

/** Nanoseconds that the target took once it had the request: while a body goes up, it is the client that takes time. */
export function timeToFirstByte(stamps: Float64Array): Nanoseconds {
  const firstByte = stamps[Stamp.firstByte]!;
  return firstByte - waitBegan(stamps, firstByte);
}

/**
 * When the target had the whole request, if that was before `until`; else when it had the head. A body that went before the
 * head went to another target: this one got it with the head.
 */
export function waitBegan(stamps: Float64Array, until: Nanoseconds): Nanoseconds {
  const bodySent = stamps[Stamp.requestBodySent]!;
  const sent = stamps[Stamp.requestSent]!;
  return bodySent > sent && bodySent <= until ? bodySent : sent;
}

/** Where the first choice of a target began: until a held body has come it is the client that takes time. */
export function balanceBegin(stamps: Float64Array): Nanoseconds {
  const bodyHeld = stamps[Stamp.bodyHeld]!;
  return bodyHeld > 0 ? bodyHeld : stamps[Stamp.policiesDone]!;
}

/** Where the first choice of a target ended: what follows is the queue's time, or that of attempts, which have their own. */
export function balanceEnd({ stamps, attempts }: TraceRecord): Nanoseconds {
  const balanced = stamps[Stamp.balanced]!;
  const queued = stamps[Stamp.queued]!;
  const attempted = attempts?.[0]?.begun ?? 0;
  let end = balanced;
  if (queued > 0 && queued < end) end = queued;
  if (attempted > 0 && attempted < end) end = attempted;
  return end;
}
