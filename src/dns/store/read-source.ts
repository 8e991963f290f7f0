import { inSlices } from "../../time/slices.ts";
import { formatName, lowerName, parseName } from "../wire/name.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import { parsePrefix, reverseName } from "./reverse-name.ts";
import { reverseZone } from "./reverse-zone.ts";
import { type AddMore, zoneFromFile } from "./zone-from-file.ts";
import { zoneFromRecords } from "./zone-from-records.ts";
import type { LoadProblem } from "./zone-report.ts";
import type { FileSource, RecordsSource, ReverseSource, ZoneSource } from "./zone-source.ts";

/** What a source gave. */
export interface ReadZone {
  /** Null when there are problems. */
  readonly zone: ZoneData | null;
  readonly problems: readonly LoadProblem[];
  /** The files that it was read from. */
  readonly files: readonly string[];
  /** Its serial is to be made from its content. */
  readonly needsSerial: boolean;
}

/** A source with its apex, in wire form in lower case and in presentation form. */
export interface NamedSource {
  readonly source: ZoneSource;
  readonly apex: Uint8Array;
  readonly name: string;
}

/** Answers what is wrong with the source as text. */
export function nameSource(source: ZoneSource): NamedSource | string {
  let apex: Uint8Array;
  if (source.kind === "reverse") {
    const prefix = parsePrefix(source.prefix);
    if (typeof prefix === "string") return `${source.prefix} ${prefix}`;
    apex = reverseName(prefix.address, prefix.bits);
  } else {
    const parsed = parseName(source.apex);
    if (typeof parsed === "string") return `the zone's name "${source.apex}" ${parsed}`;
    apex = lowerName(parsed);
  }
  return { source, apex, name: formatName(apex) };
}

export async function readSource(
  source: FileSource | RecordsSource,
  apex: Uint8Array,
  addMore?: AddMore,
): Promise<ReadZone> {
  if (source.kind === "file") return { ...(await zoneFromFile(source.file, apex, addMore)), needsSerial: false };
  return {
    ...(await inSlices(zoneFromRecords(apex, source.zone, addMore))),
    files: [],
    needsSerial: source.zone.soa?.serial === undefined,
  };
}

/** `forward`: the zones by apex in presentation form that addresses are taken from when the source names none. */
export async function readReverse(source: ReverseSource, forward: ReadonlyMap<string, ZoneData>): Promise<ReadZone> {
  const needsSerial = source.zone.soa?.serial === undefined;
  const prefix = parsePrefix(source.prefix);
  const zones: ZoneData[] = [];
  const problems: LoadProblem[] = [];
  if (typeof prefix === "string") return { zone: null, problems: [{ message: prefix }], files: [], needsSerial };
  for (const name of source.from.length > 0 ? source.from : forward.keys()) {
    const apex = parseName(name);
    const zone = typeof apex === "string" ? undefined : forward.get(formatName(lowerName(apex)));
    if (zone === undefined) problems.push({ message: `${name}, whose addresses it should have, is not a zone here` });
    else zones.push(zone);
  }
  if (problems.length > 0) return { zone: null, problems, files: [], needsSerial };
  return { ...(await inSlices(reverseZone(prefix, source.zone, zones))), files: [], needsSerial };
}
