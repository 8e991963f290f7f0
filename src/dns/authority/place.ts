import { labelOffsets } from "../wire/name.ts";
import { hashLabel, ROOT_HASH } from "../wire/name-hash.ts";
import { RecordType } from "../wire/record-type.ts";
import { APEX, NO_NODE } from "../zone/name-table.ts";
import { NO_SET, type ZoneData } from "../zone/zone-data.ts";

/** Where a name stands in a zone. */
export interface Place {
  /** The node of the name itself, or `NO_NODE`. */
  readonly node: number;
  /** The nearest existing name at or above it (RFC 4592 §3.3.1). */
  readonly encloser: number;
}

/** The place of a lower-case name that lies in the zone. */
export function locate(zone: ZoneData, name: Uint8Array): Place {
  const labels = labelOffsets(name);
  const hashes = new Int32Array(labels.length + 1);
  hashes[labels.length] = ROOT_HASH;
  for (let index = labels.length - 1; index >= 0; index--) {
    hashes[index] = hashLabel(hashes[index + 1]!, name, labels[index]!);
  }
  for (let index = 0; index <= labels.length; index++) {
    const start = labels[index] ?? name.length - 1;
    const node = zone.names.find(name, start, name.length - start, hashes[index]!);
    if (node !== NO_NODE && !holdsOnlyDenial(zone, node)) return { node: index === 0 ? node : NO_NODE, encloser: node };
  }
  return { node: NO_NODE, encloser: APEX };
}

/** RFC 5155 §7.2.8: the owner of an NSEC3 is a hash, not a name of the zone, unless something else is there. */
export function holdsOnlyDenial(zone: ZoneData, node: number): boolean {
  const { setStart, setType } = zone;
  let denies = false;
  for (let set = setStart[node]!, end = setStart[node + 1]!; set < end; set++) {
    if (setType[set] === RecordType.NSEC3) denies = true;
    else if (setType[set] !== RecordType.RRSIG) return false;
  }
  return denies;
}

/** The DNAME that redirects names at this place, `NO_NODE` when there is none (RFC 6672 §3.2: it never applies to its owner). */
export function redirectionAt(zone: ZoneData, place: Place): number {
  if (place.node !== NO_NODE) return zone.dname[place.node]!;
  if (zone.findSet(place.encloser, RecordType.DNAME) !== NO_SET) return place.encloser;
  return zone.dname[place.encloser]!;
}

/** Offset in a name of the one that is a label longer than `encloser`, an ancestor of it (RFC 5155 §1.3: "next closer"). */
export function nextCloserOf(zone: ZoneData, name: Uint8Array, encloser: number): number {
  const length = zone.names.lengthOf(encloser);
  let at = 0;
  while (name.length - (at + name[at]! + 1) > length) at += name[at]! + 1;
  return at;
}
