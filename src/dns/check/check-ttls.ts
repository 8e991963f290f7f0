/** TTLs: one for a set, and not so long that a migration takes days. */
import { RecordType, typeName } from "../wire/record-type.ts";
import { APEX } from "../zone/name-table.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import type { FindingList } from "./finding-list.ts";
import { inUnits } from "./in-units.ts";

/** What says where a name's service is; changed when it moves. */
const PLACES: ReadonlySet<number> = new Set([
  RecordType.A,
  RecordType.AAAA,
  RecordType.CNAME,
  RecordType.SVCB,
  RecordType.HTTPS,
]);
/** Longer is noticed in a migration, seconds. */
const LONG = 86_400;

export function checkTtls(findings: FindingList): void {
  checkMixed(findings);
  checkLong(findings);
}

/** RFC 2181 §5.2. */
function checkMixed(findings: FindingList): void {
  const { zone } = findings;
  for (const set of zone.mixedTtl) {
    const type = zone.setType[set]!;
    // RFC 4034 §3: a signature has the TTL of what it covers, and a name's signatures cover several sets.
    if (type === RecordType.RRSIG) continue;
    const message = `the ${typeName(type)} records have differing TTLs; all are served with the smallest, ${inUnits(zone.setTtl[set]!)}`;
    findings.add("warning", nodeOf(zone, set), type, message, "Give the records of one name and type one TTL");
  }
}

/** One piece of advice for the whole zone: mostly `$TTL` is the reason. */
function checkLong(findings: FindingList): void {
  const { zone } = findings;
  let count = 0;
  let longest = -1;
  for (let set = 0; set < zone.setType.length; set++) {
    if (!PLACES.has(zone.setType[set]!) || zone.setTtl[set]! <= LONG) continue;
    count++;
    if (longest < 0 || zone.setTtl[set]! > zone.setTtl[longest]!) longest = set;
  }
  if (longest < 0) return;
  const ttl = inUnits(zone.setTtl[longest]!);
  const others = count === 1 ? "" : `, and ${count - 1} more for longer than a day`;
  const message = `where this name is may be kept for ${ttl}${others}: as long a migration takes`;
  const remedy = "Lower the TTL to 5m at least one old TTL before a migration; 1h is enough otherwise";
  findings.add("advice", count === 1 ? nodeOf(zone, longest) : APEX, zone.setType[longest]!, message, remedy);
}

/** The node of an RRset, by bisection of the nodes' first sets. */
function nodeOf(zone: ZoneData, set: number): number {
  let low = 0;
  let high = zone.nodeCount - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (zone.setStart[middle]! <= set) low = middle;
    else high = middle - 1;
  }
  return low;
}
