import type { Slices } from "../../time/slices.ts";
import { RecordType } from "../wire/record-type.ts";
import { NO_NODE } from "../zone/name-table.ts";
import type { ZoneBuilder } from "../zone/zone-builder.ts";
import { NO_SET, type ZoneData } from "../zone/zone-data.ts";
import { isInPrefix, type Prefix, reverseName } from "./reverse-name.ts";
import { type BuiltZone, ttlOfZone, zoneFromRecords } from "./zone-from-records.ts";
import type { ZoneRecords } from "./zone-records.ts";

/**
 * The reverse zone of a prefix: what `options` has, and a PTR for each address in the zones `forward` that lies in the
 * prefix. A name that several records give the same address to is one PTR; an address with several names has several
 * (RFC 2181 §10.2). A PTR in `options` stands alone: nothing is generated for that address.
 */
export function* reverseZone(prefix: Prefix, options: ZoneRecords, forward: Iterable<ZoneData>): Slices<BuiltZone> {
  const apex = reverseName(prefix.address, prefix.bits);
  return yield* zoneFromRecords(apex, options, function* (builder): Slices<void> {
    const ttl = ttlOfZone(options);
    const stated = new Set(builder.ownersOf(RecordType.PTR));
    for (const zone of forward) yield* addPointers(zone, prefix, builder, ttl, stated);
  });
}

/** Names between two pauses. */
const FEW = 64;

function* addPointers(
  zone: ZoneData,
  prefix: Prefix,
  builder: ZoneBuilder,
  ttl: number,
  stated: ReadonlySet<number>,
): Slices<void> {
  const size = prefix.address.length;
  const type = size === 4 ? RecordType.A : RecordType.AAAA;
  for (let node = 0; node < zone.nodeCount; node++) {
    if (node % FEW === 0) yield* builder.reserve(FEW, FEW * 256);
    if (node % FEW === 0) yield;
    const set = zone.findSet(node, type);
    // Glue is the child's to name, what a DNAME hides is nobody's, and a wildcard is not a host.
    if (set === NO_SET || zone.cut[node] !== NO_NODE || zone.dname[node] !== NO_NODE) continue;
    if (zone.names.isWildcard(node)) continue;
    const target = zone.names.name(node).slice();
    for (let record = zone.recordStart[set]!; record < zone.recordStart[set + 1]!; record++) {
      const start = zone.dataStart[record]!;
      if (zone.dataLength[record] !== size || !isInPrefix(prefix, zone.data, start)) continue;
      const owner = reverseName(zone.data.subarray(start, start + size));
      if (stated.has(builder.names.add(owner, owner.length))) continue;
      builder.add(owner, owner.length, RecordType.PTR, ttl, target, 0, target.length);
    }
  }
}
