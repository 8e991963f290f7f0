import { locate, redirectionAt } from "../authority/place.ts";
import { isAtOrBelow, lowerName } from "../wire/name.ts";
import { RecordType } from "../wire/record-type.ts";
import { NO_NODE } from "../zone/name-table.ts";
import { NO_SET, type ZoneData } from "../zone/zone-data.ts";

/**
 * What stands at a name that a record points to: `outside` the zone or below a delegation nobody here can say; `missing`
 * there is no such name; `empty` the name has no data; `alias` it has a CNAME, or a DNAME is above it.
 */
export type TargetKind = "outside" | "missing" | "empty" | "alias" | "address" | "other";

export interface Target {
  readonly kind: TargetKind;
  /** Where its data is, which may be a wildcard; `NO_NODE` when there is none. */
  readonly node: number;
}

const OUTSIDE: Target = { kind: "outside", node: NO_NODE };

/** `name`: wire form in any case. `dynamic`: nodes whose addresses are made when they are asked for. */
export function targetOf(zone: ZoneData, name: Uint8Array, dynamic: ReadonlySet<number>): Target {
  if (!isAtOrBelow(name, zone.apex)) return OUTSIDE;
  const place = locate(zone, lowerName(name));
  if (zone.cut[place.encloser] !== NO_NODE) return OUTSIDE;
  if (redirectionAt(zone, place) !== NO_NODE) return { kind: "alias", node: NO_NODE };
  const node = place.node === NO_NODE ? zone.names.wildcardOf(place.encloser) : place.node;
  if (node === NO_NODE) return { kind: "missing", node };
  if (zone.findSet(node, RecordType.CNAME) !== NO_SET) return { kind: "alias", node };
  if (hasAddress(zone, node) || dynamic.has(node)) return { kind: "address", node };
  return { kind: zone.hasSets(node) ? "other" : "empty", node };
}

export function hasAddress(zone: ZoneData, node: number): boolean {
  return zone.findSet(node, RecordType.A) !== NO_SET || zone.findSet(node, RecordType.AAAA) !== NO_SET;
}
