/** Whether what records point to is there, as far as the zone can tell; and names that look as if a dot were missing. */
import { formatName, isAtOrBelow, labelOffsets, lowerName } from "../wire/name.ts";
import { namesIn } from "../wire/rdata-walk.ts";
import { RecordType, typeName } from "../wire/record-type.ts";
import { APEX, NO_NODE } from "../zone/name-table.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import type { FindingList } from "./finding-list.ts";
import { type Target, targetOf } from "./target.ts";

/** Types whose target must be a host of its own name: RFC 2181 §10.3, RFC 2782. */
const HOSTS: ReadonlySet<number> = new Set([RecordType.NS, RecordType.MX, RecordType.SRV]);
/** Types whose target must have an address. */
const TO_ADDRESSES: ReadonlySet<number> = new Set([...HOSTS, RecordType.SVCB, RecordType.HTTPS]);
/** Types whose target must be there. */
const POINTERS: ReadonlySet<number> = new Set([...TO_ADDRESSES, RecordType.CNAME, RecordType.PTR]);

const DOT = "Point it to a name that exists, or end it with a dot: without one the zone's name is added to it";
const FORGOTTEN_DOT = "End the name with a dot, or leave the zone's name out";

export function checkTargets(findings: FindingList): void {
  const { zone } = findings;
  for (let node = APEX; node < zone.nodeCount; node++) {
    if (repeatsApex(zone, zone.names.name(node)) && zone.hasSets(node)) {
      findings.add("warning", node, 0, "the name ends with the zone's name twice", FORGOTTEN_DOT);
    }
    // What is hidden is told of as such.
    if (zone.dname[node] !== NO_NODE || (zone.cut[node] !== NO_NODE && zone.cut[node] !== node)) continue;
    for (let set = zone.setStart[node]!; set < zone.setStart[node + 1]!; set++) {
      if (POINTERS.has(zone.setType[set]!)) checkSet(findings, node, set);
    }
  }
}

function checkSet(findings: FindingList, node: number, set: number): void {
  const { zone } = findings;
  const type = zone.setType[set]!;
  for (let record = zone.recordStart[set]!; record < zone.recordStart[set + 1]!; record++) {
    const data = zone.recordData(record);
    const names = namesIn(type, data, 0, data.length);
    if (names === null) continue;
    const name = data.subarray(names[0], names[1]);
    // RFC 7505, RFC 2782 and RFC 9460 §2.5: the root says "none", or "this very name".
    if (name.length === 1) continue;
    checkTarget(findings, node, type, name);
  }
}

function checkTarget(findings: FindingList, node: number, type: number, name: Uint8Array): void {
  const { zone, dynamic } = findings;
  const target = targetOf(zone, name, dynamic);
  const shown = formatName(name);
  const warn = (message: string, remedy: string): void => findings.add("warning", node, type, message, remedy);
  if (
    HOSTS.has(type) &&
    /^(?:\d{1,3}\.){4}/.test(shown) &&
    (target.kind === "missing" || shown.split(".").length === 5)
  ) {
    const remedy = `Point ${typeName(type)} records to a name, and give that name the address (RFC 1035 §3.3)`;
    warn(`it points to the name ${shown}, which looks like an address`, remedy);
    return;
  }
  if (target.kind === "outside") return;
  if (repeatsApex(zone, name)) {
    warn(`it points to ${shown}, which ends with the zone's name twice`, FORGOTTEN_DOT);
  } else if (target.kind === "missing") {
    warn(`it points to ${shown}, which does not exist`, DOT);
  } else if (target.kind === "empty") {
    warn(`it points to ${shown}, which has no records`, "Point it to a name with records");
  } else if (target.kind === "alias") {
    if (HOSTS.has(type)) {
      const remedy = `Point ${typeName(type)} records to names that have addresses themselves (RFC 2181 §10.3)`;
      warn(`it points to ${shown}, which is an alias`, remedy);
    } else if (type === RecordType.CNAME && returnsTo(findings, node, target)) {
      warn(
        `it points to ${shown}, from where aliases lead back to it`,
        "Let the chain of aliases end at a name with data",
      );
    }
  } else if (target.kind === "other" && TO_ADDRESSES.has(type)) {
    warn(`it points to ${shown}, which has no address`, "Add an A or AAAA record there");
  }
}

/** Whether CNAMEs lead from a target back to a node. */
function returnsTo({ zone, dynamic }: FindingList, node: number, first: Target): boolean {
  const seen = new Set<number>();
  for (let at = first.node; at !== NO_NODE && !seen.has(at);) {
    if (at === node) return true;
    seen.add(at);
    const set = zone.findSet(at, RecordType.CNAME);
    if (set < 0) return false;
    at = targetOf(zone, zone.recordData(zone.recordStart[set]!), dynamic).node;
  }
  return false;
}

/** `www.shop.test.shop.test` in the zone shop.test. A zone of one label is left out: `test.test` may be meant. */
function repeatsApex(zone: ZoneData, name: Uint8Array): boolean {
  const { apex } = zone;
  if (labelOffsets(apex).length < 2 || name.length < 2 * apex.length - 1 || !isAtOrBelow(name, apex)) return false;
  const relative = lowerName(name).subarray(0, name.length - apex.length + 1);
  relative[relative.length - 1] = 0;
  return isAtOrBelow(relative, apex);
}
