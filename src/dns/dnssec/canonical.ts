/** The canonical form of RRsets (RFC 4034 §6.2, §6.3; RFC 6840 §5.1): what is signed. */
import { LOWER } from "../wire/name.ts";
import { namesIn } from "../wire/rdata-walk.ts";
import { RecordType } from "../wire/record-type.ts";
import type { ZoneData } from "../zone/zone-data.ts";

/**
 * Types whose names are put into lower case. RFC 4034 §6.2 lists them for ever: names in the data of newer types are
 * opaque (RFC 3597 §7), NSEC's has been taken from the list and HINFO has none (RFC 6840 §5.1).
 */
const LOWERED: ReadonlySet<number> = new Set([
  RecordType.NS,
  RecordType.CNAME,
  RecordType.SOA,
  RecordType.MB,
  RecordType.MG,
  RecordType.MR,
  RecordType.PTR,
  RecordType.MINFO,
  RecordType.MX,
  RecordType.RP,
  RecordType.AFSDB,
  RecordType.RT,
  RecordType.PX,
  RecordType.NAPTR,
  RecordType.KX,
  RecordType.SRV,
  RecordType.DNAME,
  RecordType.RRSIG,
]);

/** A record's data in canonical form; the same array when it is that already. */
export function canonicalData(type: number, data: Uint8Array): Uint8Array {
  const names = LOWERED.has(type) ? namesIn(type, data, 0, data.length) : null;
  if (names === null || names.length === 0) return data;
  const canonical = data.slice();
  for (let index = 0; index < names.length; index += 2) {
    for (let at = names[index]!; at < names[index + 1]!; at++) canonical[at] = LOWER[canonical[at]!]!;
  }
  return canonical;
}

/** Data of an RRset's records in canonical form and order, each once. */
export function canonicalSet(type: number, records: readonly Uint8Array[]): Uint8Array[] {
  const canonical = records.map((data) => canonicalData(type, data));
  if (canonical.length < 2) return canonical;
  canonical.sort((a, b) => Buffer.compare(a, b));
  return canonical.filter((data, index) => index === 0 || Buffer.compare(data, canonical[index - 1]!) !== 0);
}

/** Data of the records of a zone's RRset, as they are. */
export function dataOf(zone: ZoneData, set: number): Uint8Array[] {
  const records: Uint8Array[] = [];
  for (let record = zone.recordStart[set]!; record < zone.recordStart[set + 1]!; record++) {
    records.push(zone.recordData(record));
  }
  return records;
}
