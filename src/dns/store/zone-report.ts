import type { Finding } from "../check/finding.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import type { ZoneProblem } from "../zone/zone-problem.ts";
import type { RecordsProblem } from "./zone-records.ts";

/**
 * What came of loading a zone: `new`, `changed` and `removed` are what they say; `unchanged`: as before; `kept`: bad,
 * and the zone from before is served still; `failed`: bad, and there is none to serve; `awaited`: its transfer has not
 * come yet.
 */
export type LoadOutcome = "new" | "changed" | "unchanged" | "removed" | "kept" | "failed" | "awaited";

/** A problem in a file has a line, one in the configuration a path, one of a source itself neither. */
export type LoadProblem = ZoneProblem | RecordsProblem | SourceProblem;

/** The source is none: its name or its prefix is bad. */
export interface SourceProblem {
  readonly message: string;
}

export interface ZoneReport {
  /** Presentation form in lower case with its final dot; as it was written when it is not a name. */
  readonly apex: string;
  readonly outcome: LoadOutcome;
  /** Of the zone that is served now; -1 when there is none. */
  readonly serial: number;
  readonly records: number;
  /** Why it could not be read. */
  readonly problems: readonly LoadProblem[];
  /** Why it could be read but not be served. */
  readonly findings: readonly Finding[];
  /** What its owner should know all the same: "the content has changed, its serial has not". */
  readonly notes: readonly string[];
}

/** `zone`: what is served now. */
export function reportOf(
  apex: string,
  outcome: LoadOutcome,
  zone: ZoneData | null,
  more: Partial<Pick<ZoneReport, "problems" | "findings" | "notes">> = {},
): ZoneReport {
  const { problems = [], findings = [], notes = [] } = more;
  return { apex, outcome, serial: zone?.serial ?? -1, records: zone?.recordCount ?? 0, problems, findings, notes };
}
