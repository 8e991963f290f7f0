import { AnswerWriter } from "../authority/answer-writer.ts";
import type { CompiledAnswer } from "../authority/compiled-answer.ts";
import { RecordType } from "../wire/record-type.ts";
import { APEX } from "../zone/name-table.ts";
import { NO_SET, type ZoneData } from "../zone/zone-data.ts";

/**
 * No such address for now (RFC 2308 §2.2): the zone's SOA, but for no longer than the name's addresses would hold, since
 * the next client or the next change of health may bring one.
 */
export function compileNoAddress(zone: ZoneData, ttl: number): CompiledAnswer {
  const writer = new AnswerWriter(zone.apex, false);
  const soa = zone.findSet(APEX, RecordType.SOA);
  if (soa !== NO_SET) {
    const holds = Math.min(zone.negativeTtl, ttl);
    writer.record("authority", zone.apex, RecordType.SOA, holds, zone.recordData(zone.recordStart[soa]!));
  }
  return writer.finish();
}
