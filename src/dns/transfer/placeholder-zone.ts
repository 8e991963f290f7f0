import { atOnce } from "../../time/slices.ts";
import { RecordType } from "../wire/record-type.ts";
import { ZoneBuilder } from "../zone/zone-builder.ts";
import type { ZoneData } from "../zone/zone-data.ts";

/**
 * Stands for a zone that has not been fetched yet: an SOA that nobody will see, since such a zone answers SERVFAIL.
 * `apex` in lower case.
 */
export function placeholderZone(apex: Uint8Array): ZoneData {
  const builder = new ZoneBuilder(apex, 1);
  // Two root names and five numbers, all 0.
  const soa = new Uint8Array(22);
  builder.add(apex.slice(), apex.length, RecordType.SOA, 0, soa, 0, soa.length);
  return atOnce(builder.build());
}
