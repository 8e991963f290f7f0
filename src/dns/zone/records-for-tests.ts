import { formatName } from "../wire/name.ts";
import { formatRdata } from "../wire/rdata-text.ts";
import { typeName } from "../wire/record-type.ts";
import type { ZoneData } from "./zone-data.ts";

/** Every record of a zone as a line of text: owner, TTL, type, data; in the order of the zone's nodes and types. */
export function recordsOf(zone: ZoneData): string[] {
  const lines: string[] = [];
  for (let node = 0; node < zone.nodeCount; node++) {
    const owner = formatName(zone.names.name(node));
    for (let set = zone.setStart[node]!; set < zone.setStart[node + 1]!; set++) {
      const type = zone.setType[set]!;
      for (let record = zone.recordStart[set]!; record < zone.recordStart[set + 1]!; record++) {
        const data = formatRdata(type, zone.recordData(record));
        lines.push(`${owner} ${zone.setTtl[set]} ${typeName(type)} ${data}`);
      }
    }
  }
  return lines;
}
