/** What makes a zone unusable. Cheap enough to run whenever a zone is loaded: one pass over the types of its RRsets. */
import { type Slices, STRIDE } from "../../time/slices.ts";
import { formatName } from "../wire/name.ts";
import { RecordType, typeName } from "../wire/record-type.ts";
import { APEX } from "../zone/name-table.ts";
import { NO_SET, type ZoneData } from "../zone/zone-data.ts";
import type { Finding } from "./finding.ts";

/** Data of one RRset in bytes. What does not fit into a message can be answered to nobody; this guards memory. */
export const MAX_SET_DATA = 16 * 1024 * 1024;

/** RFC 2181 §10.1, 4034 §2.5 and 3007 §3: what may stand beside a CNAME. */
const BESIDE_CNAME: ReadonlySet<number> = new Set([
  RecordType.CNAME,
  RecordType.RRSIG,
  RecordType.NSEC,
  RecordType.KEY,
]);

/** Only findings of severity `error`; none when the zone can be served. */
export function* checkUsable(zone: ZoneData): Slices<Finding[]> {
  const findings = checkApex(zone);
  for (let node = 0; node < zone.nodeCount; node++) {
    if (node % STRIDE === 0) yield;
    for (let set = zone.setStart[node]!; set < zone.setStart[node + 1]!; set++) {
      const type = zone.setType[set]!;
      if (type === RecordType.CNAME || type === RecordType.DNAME) checkAlias(zone, node, set, findings);
      if (type === RecordType.SOA && node !== APEX) {
        findings.push(error(zone, node, type, "SOA below the apex", "Remove it, or make the name a zone of its own"));
      }
      checkSize(zone, node, set, findings);
    }
  }
  return findings;
}

/** RFC 1035 §5.2: exactly one SOA, and at least one NS. */
function checkApex(zone: ZoneData): Finding[] {
  const findings: Finding[] = [];
  const soa = zone.findSet(APEX, RecordType.SOA);
  if (soa === NO_SET) {
    const remedy = "Add one, such as: @ SOA ns1 hostmaster 1 2h 1h 2w 5m";
    findings.push(error(zone, APEX, RecordType.SOA, "the apex has no SOA record", remedy));
  } else if (countOf(zone, soa) > 1) {
    const message = `the apex has ${countOf(zone, soa)} SOA records`;
    findings.push(error(zone, APEX, RecordType.SOA, message, "Keep one of them"));
  }
  if (zone.findSet(APEX, RecordType.NS) === NO_SET) {
    const remedy = "Add the names of the servers that answer for the zone, such as: @ NS ns1";
    findings.push(error(zone, APEX, RecordType.NS, "the apex has no NS record", remedy));
  }
  return findings;
}

/** RFC 2181 §10.1, RFC 6672 §2.4: a name is an alias of one name, and a CNAME stands alone. */
function checkAlias(zone: ZoneData, node: number, set: number, findings: Finding[]): void {
  const type = zone.setType[set]!;
  const count = countOf(zone, set);
  if (count > 1) {
    const message = `${count} ${typeName(type)} records at one name`;
    findings.push(error(zone, node, type, message, "Keep one of them: a name is an alias of one name"));
  }
  if (type !== RecordType.CNAME) return;
  const others: string[] = [];
  for (let other = zone.setStart[node]!; other < zone.setStart[node + 1]!; other++) {
    if (!BESIDE_CNAME.has(zone.setType[other]!)) others.push(typeName(zone.setType[other]!));
  }
  if (others.length === 0) return;
  const message = `CNAME beside ${others.join(", ")}: an alias can have no other data`;
  const remedy =
    node === APEX
      ? 'Steer it as an alias (`steering: { "@": { alias: other.example } }` of the zone), or give it address records: the apex must have SOA and NS'
      : `Remove the CNAME, or the ${others.join(" and ")}`;
  findings.push(error(zone, node, type, message, remedy));
}

function checkSize(zone: ZoneData, node: number, set: number, findings: Finding[]): void {
  const first = zone.recordStart[set]!;
  const end = zone.recordStart[set + 1]!;
  // 65,535 is the most that a record can have: only large sets need be added up.
  if ((end - first) * 0xffff <= MAX_SET_DATA) return;
  let size = 0;
  for (let record = first; record < end; record++) size += zone.dataLength[record]!;
  if (size <= MAX_SET_DATA) return;
  const type = zone.setType[set]!;
  const message = `the ${typeName(type)} records of one name have ${size} bytes, more than ${MAX_SET_DATA}`;
  findings.push(error(zone, node, type, message, "Spread them over several names"));
}

function countOf(zone: ZoneData, set: number): number {
  return zone.recordStart[set + 1]! - zone.recordStart[set]!;
}

function error(zone: ZoneData, node: number, type: number, message: string, remedy: string): Finding {
  return { severity: "error", owner: formatName(zone.names.name(node)), type: typeName(type), message, remedy };
}
