/** How zones stand now: what came of reading them, and for secondary zones whether they still count. */
import { formatHostPort } from "../../bytes/address.ts";
import type { ZoneReport } from "../store/zone-report.ts";
import type { Primary } from "./message-stream.ts";
import type { SavedZone } from "./saved-zone.ts";
import type { SecondaryState, SecondaryZone } from "./secondary-zone.ts";

/**
 * `served`: as it stands in its source; `kept`: as it stood before, since its source is bad or does not answer; `awaited`
 * and `expired`: SERVFAIL, until its transfer comes; `failed`: not at all.
 */
export type ZoneState = "served" | "kept" | "awaited" | "expired" | "failed" | "removed";

/** An element of `GET /dns/zones`. Its serial is -1 while the answer is SERVFAIL. */
export interface ZoneStatus extends ZoneReport {
  readonly state: ZoneState;
  /** Null: it does not come by transfer. */
  readonly secondary: SecondaryStatus | null;
}

/** Times are ISO 8601; null: never. */
export interface SecondaryStatus {
  readonly state: SecondaryState;
  /** `address:port` of each. */
  readonly primaries: readonly string[];
  /** A primary is being asked. */
  readonly refreshing: boolean;
  /** When a primary has last confirmed it. */
  readonly freshAt: string | null;
  /** When the primaries are asked next. */
  readonly refreshAt: string;
  readonly expireAt: string | null;
  /** Of the last attempt, when no primary has answered it well. */
  readonly failures: ReadonlyArray<{ readonly primary: string; readonly problem: string }>;
  /** What the last transfer brought; null: none since the start. */
  readonly fetched: {
    readonly how: string;
    readonly primary: string;
    /** Records that were left out because they lie outside the zone. */
    readonly ignored: number;
    /** Why differences were of no use; empty when they were, or none were sent. */
    readonly fallback: string;
  } | null;
  /** Null: it is not saved. `problem` is empty when its file is good. */
  readonly saved: { readonly file: string; readonly problem: string } | null;
}

export function zoneStatus(report: ZoneReport, secondary: SecondaryStatus | null): ZoneStatus {
  const state = stateOf(report, secondary);
  const answers = state === "served" || state === "kept";
  return { ...report, ...(!answers && { serial: -1, records: 0 }), state, secondary };
}

/** It needs somebody: it is not served as it stands in its source, or it should have come. */
export function isBad({ state, secondary }: ZoneStatus): boolean {
  if (state === "awaited") return secondary !== null && secondary.failures.length > 0;
  return state === "kept" || state === "expired" || state === "failed";
}

function stateOf({ outcome }: ZoneReport, secondary: SecondaryStatus | null): ZoneState {
  if (secondary?.state === "expired") return "expired";
  switch (outcome) {
    case "new":
    case "changed":
    case "unchanged":
      return secondary !== null && secondary.failures.length > 0 ? "kept" : "served";
    default:
      return outcome;
  }
}

export function secondaryStatus(secondary: SecondaryZone, saved: SavedZone | null): SecondaryStatus {
  const { state, refreshing, freshAt, refreshAt, expireAt, failures, fetched } = secondary;
  return {
    state,
    primaries: secondary.primaries.map(nameOf),
    refreshing,
    freshAt: freshAt === 0 ? null : new Date(freshAt).toISOString(),
    refreshAt: new Date(refreshAt).toISOString(),
    expireAt: expireAt === Infinity ? null : new Date(expireAt).toISOString(),
    failures: failures.map(({ primary, problem }) => ({ primary: nameOf(primary), problem })),
    fetched: fetched === null ? null : { ...fetched, primary: nameOf(fetched.primary) },
    saved: saved === null ? null : { file: saved.path, problem: saved.problem },
  };
}

function nameOf({ address, port }: Primary): string {
  return formatHostPort({ host: address, port });
}
