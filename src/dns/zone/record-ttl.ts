import { RecordType } from "../wire/record-type.ts";
import { NO_SET, type ZoneData } from "./zone-data.ts";

/**
 * TTL of a record of a zone as it is to be written out. An RRSIG has that of the RRset it covers (RFC 4034 §3), so the
 * RRSIGs of one name differ, whereas a `ZoneData` keeps one TTL for each type of a name.
 */
export function recordTtl(zone: ZoneData, node: number, set: number, record: number): number {
  if (zone.setType[set] !== RecordType.RRSIG) return zone.setTtl[set]!;
  const start = zone.dataStart[record]!;
  const covered = zone.findSet(node, (zone.data[start]! << 8) | zone.data[start + 1]!);
  return zone.setTtl[covered === NO_SET ? set : covered]!;
}
