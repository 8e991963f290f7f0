/** Which records answer a request for a transfer. */
import { isLater } from "../zone/serial.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import { type RecordSource, soaOf, SoaSource, ZoneRecords } from "./record-source.ts";
import type { ZoneDifference } from "./zone-difference.ts";

/** The whole zone, its SOA first and last (RFC 5936 §2.2). */
export function wholeZone(zone: ZoneData): RecordSource[] {
  const soa = soaOf(zone);
  return [new SoaSource(zone.apex, soa), new ZoneRecords(zone), new SoaSource(zone.apex, soa)];
}

/** The SOA alone: nothing is newer, or (over UDP) more than fits is (RFC 1995 §2, §4). */
export function soaAlone(zone: ZoneData): RecordSource[] {
  return [new SoaSource(zone.apex, soaOf(zone))];
}

/** A difference between two serials (RFC 1995 §4). */
export function differenceParts(zone: ZoneData, difference: ZoneDifference): RecordSource[] {
  const { apex } = zone;
  const { from, to, deleted, added } = difference;
  return [
    new SoaSource(apex, to),
    new SoaSource(apex, from),
    deleted.records(),
    new SoaSource(apex, to),
    added.records(),
    new SoaSource(apex, to),
  ];
}

/** `serial`: what the client has; `difference`: from there to the zone as it is, when that is known. */
export function incremental(zone: ZoneData, serial: number, difference: ZoneDifference | null): RecordSource[] {
  if (!isLater(zone.serial, serial)) return soaAlone(zone);
  if (difference === null || difference.to.serial !== zone.serial) return wholeZone(zone);
  // RFC 1995 §2: where the differences are more than the zone, the zone is sent.
  const records = difference.deleted.count + difference.added.count;
  return records > zone.recordCount ? wholeZone(zone) : differenceParts(zone, difference);
}
