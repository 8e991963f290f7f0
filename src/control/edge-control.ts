/** What the admin API may see and do of a running edge. The edge implements it. */
import type { DnsListening, DnsServerStatistics } from "../dns/server/dns-server.ts";
import type { ZoneStatus } from "../dns/transfer/zone-status.ts";
import type { EpochMilliseconds, WheelMilliseconds } from "../contract/time.ts";
import type { ListenAddress, Plan } from "../contract/plan.ts";
import type { Reply } from "../contract/reply.ts";
import type { ExchangeCounts } from "../trace/exchange-counts.ts";
import type { TraceRecord } from "../contract/trace-record.ts";

/** A request to be explained without being sent. */
export interface ExplainRequest {
  /** A token as it would stand in the request line. */
  readonly method: string;
  /** Absolute; scheme `http` or `https`. */
  readonly url: string;
  /** In order; a Host field replaces the one made from the URL. */
  readonly fields: ReadonlyArray<readonly [string, string]>;
  /** Address that the request is taken to come from. */
  readonly client: string;
}

/** What the path decided about it. */
export interface Explained {
  /** With `detail`; no ring holds it. */
  readonly record: TraceRecord;
  /** The reply that the edge itself would send; null when the request would go to an upstream. */
  readonly reply: Reply | null;
}

export type ReloadResult =
  | { readonly ok: true; readonly version: number }
  /** The old plan stays; `problems` is what a person should read. */
  | { readonly ok: false; readonly problems: string };

/** What came of the last time that the config was read again. */
export interface LastReload {
  /** When it was over. */
  readonly time: EpochMilliseconds;
  readonly ok: boolean;
  /** Why not; "" when it is well. */
  readonly problems: string;
}

/** Facts about the running edge that its plan does not hold. */
export interface EdgeStatus {
  /** Of the program. */
  readonly version: string;
  /** When it started, milliseconds since the epoch. */
  readonly started: number;
  /** Bound addresses, with the ports that the system chose. */
  readonly listeners: readonly ListenAddress[];
  /** Client connections open now. */
  readonly connections: number;
  /** Client connections closed at once because of `limits.connections`, since the start. */
  readonly connectionsRefused: number;
  /** Requests in progress now. */
  readonly exchanges: number;
  readonly draining: boolean;
  /** Null: none since the start. */
  readonly reload: LastReload | null;
  /** Lines of the access log that its output did not take, since the start. */
  readonly logLinesLost: number;
  /** The wheel's clock, by which the times of targets are measured, milliseconds. */
  readonly now: WheelMilliseconds;
}

/** The name server of the edge. */
export interface NamesStatus {
  readonly listening: readonly DnsListening[];
  readonly zones: readonly ZoneStatus[];
  readonly statistics: DnsServerStatistics;
}

export interface StopRequest {
  /** Who wants it, for the log: a signal, "roundtrip stop". Default: nothing is said. */
  readonly by?: string;
  /** Milliseconds that what is under way may take, 0 for no end. Default: `timeouts.drain`. */
  readonly within?: number;
}

export interface EdgeControl {
  plan(): Plan;
  /** Runs the path over the request and stops before anything is sent. Rejects with a RangeError for an invalid request. */
  explain(input: ExplainRequest): Promise<Explained>;
  /** The newest kept record with this trace id (32 hexadecimal digits). */
  trace(id: string): TraceRecord | undefined;
  /** Kept records, newest first. */
  recent(limit: number): TraceRecord[];
  /** Reads the config again: begins to after this was called, also when another reload runs. */
  reload(): Promise<ReloadResult>;
  status(): EdgeStatus;
  /** Of all exchanges that are over; goes on counting. */
  counts(): ExchangeCounts;
  /** The name server's zones and counters; null when the edge serves no names. */
  names(): NamesStatus | null;
  /**
   * Reads zones again, by their names as `ZoneReport` has them, and has those that are fetched ask their primaries.
   * `force`: also a zone file that has lost more names than is allowed.
   */
  reloadZones(apexes: readonly string[], force: boolean): Promise<void>;
  /** Drains and stops; resolves when nothing runs any more. The first request counts. */
  stop(request?: StopRequest): Promise<void>;
}
