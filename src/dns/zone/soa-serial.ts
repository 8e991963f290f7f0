import { RecordType } from "../wire/record-type.ts";
import { APEX } from "./name-table.ts";
import type { ZoneData } from "./zone-data.ts";

/** Where the serial lies in an SOA's data: five 32-bit numbers end it, of which it is the first (RFC 1035 §3.3.13). */
export function soaSerialOffset(data: Uint8Array): number {
  return data.length - 20;
}

/** Puts a serial into a zone that nobody has seen yet: zones that are served do not change. */
export function stampSerial(zone: ZoneData, serial: number): void {
  const soa = zone.recordData(zone.recordStart[zone.findSet(APEX, RecordType.SOA)]!);
  new DataView(soa.buffer, soa.byteOffset).setUint32(soaSerialOffset(soa), serial);
}
