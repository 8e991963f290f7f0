/** A zone as the text of a zone file (RFC 1035 §5), every record on a line of its own, with names and TTLs in full. */
import { atOnce } from "../../time/slices.ts";
import { recordTtl } from "./record-ttl.ts";
import { ZoneOrder } from "./zone-order.ts";
import { formatName } from "../wire/name.ts";
import { formatRdata } from "../wire/rdata-text.ts";
import { RecordType, typeName } from "../wire/record-type.ts";
import type { ZoneData } from "./zone-data.ts";

/** Names in canonical order (RFC 4034 §6.1), the SOA first. */
export function writeZoneFile(zone: ZoneData): string {
  const lines: string[] = [];
  for (const line of zoneLines(zone)) lines.push(line);
  return `${lines.join("\n")}\n`;
}

function* zoneLines(zone: ZoneData): Generator<string, void> {
  for (const node of atOnce(ZoneOrder.of(zone)).order) {
    const owner = formatName(zone.names.name(node));
    const soa = zone.findSet(node, RecordType.SOA);
    if (soa >= 0) yield* setLines(zone, node, owner, soa);
    for (let set = zone.setStart[node]!; set < zone.setStart[node + 1]!; set++) {
      if (set !== soa) yield* setLines(zone, node, owner, set);
    }
  }
}

function* setLines(zone: ZoneData, node: number, owner: string, set: number): Generator<string, void> {
  const type = zone.setType[set]!;
  for (let record = zone.recordStart[set]!; record < zone.recordStart[set + 1]!; record++) {
    const ttl = recordTtl(zone, node, set, record);
    yield `${owner}\t${ttl}\tIN\t${typeName(type)}\t${formatRdata(type, zone.recordData(record))}`;
  }
}
