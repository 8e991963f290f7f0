/** Delegations: their glue, and what lies below them; and what a DNAME hides. */
import { locate } from "../authority/place.ts";
import { formatName, isAtOrBelow, lowerName } from "../wire/name.ts";
import { RecordType, typeName } from "../wire/record-type.ts";
import { APEX, NO_NODE } from "../zone/name-table.ts";
import { NO_SET, type ZoneData } from "../zone/zone-data.ts";
import type { FindingList } from "./finding-list.ts";
import { hasAddress } from "./target.ts";

/** What the parent has at a delegation (RFC 4035 §2.6, RFC 2181 §6.1); addresses there may be glue. */
const AT_CUT: ReadonlySet<number> = new Set([RecordType.NS, RecordType.DS, RecordType.NSEC, RecordType.RRSIG]);
const ADDRESSES: ReadonlySet<number> = new Set([RecordType.A, RecordType.AAAA]);

export function checkDelegations(findings: FindingList): void {
  const { zone } = findings;
  const glue = new Set<number>();
  for (let node = APEX; node < zone.nodeCount; node++) {
    const set = zone.findSet(node, RecordType.NS);
    if (set === NO_SET || (zone.cut[node] !== node && node !== APEX)) continue;
    for (let record = zone.recordStart[set]!; record < zone.recordStart[set + 1]!; record++) {
      checkServer(findings, node, zone.recordData(record), glue);
    }
  }
  for (let node = APEX; node < zone.nodeCount; node++) {
    if (zone.cut[node] !== NO_NODE) checkBelowCut(findings, node, glue);
    else if (zone.dname[node] !== NO_NODE && zone.hasSets(node)) {
      const message = `no record here is ever answered: the DNAME at ${nameOf(zone, zone.dname[node]!)} redirects the name`;
      findings.add("warning", node, 0, message, "Remove what stands below the DNAME (RFC 6672 §2.4)");
    }
  }
}

/** RFC 9471 §2.1: a server below the delegation can be found only by the address that the parent has. */
function checkServer(findings: FindingList, cut: number, server: Uint8Array, glue: Set<number>): void {
  const { zone } = findings;
  if (!isAtOrBelow(server, zone.apex)) return;
  const { node } = locate(zone, lowerName(server));
  if (node !== NO_NODE) glue.add(node);
  if (cut === APEX || !isAtOrBelow(server, zone.names.name(cut))) return;
  if (node !== NO_NODE && hasAddress(zone, node)) return;
  const message = `its server ${formatName(server)} lies below the delegation and has no address here`;
  findings.add("warning", cut, RecordType.NS, message, "Add the server's A or AAAA record as glue");
}

function checkBelowCut(findings: FindingList, node: number, glue: ReadonlySet<number>): void {
  const { zone } = findings;
  const cut = zone.cut[node]!;
  const hidden: number[] = [];
  for (let set = zone.setStart[node]!; set < zone.setStart[node + 1]!; set++) {
    const type = zone.setType[set]!;
    if (node === cut && AT_CUT.has(type)) continue;
    if (ADDRESSES.has(type) && glue.has(node)) continue;
    hidden.push(type);
  }
  if (hidden.length === 0) return;
  const types = hidden.map(typeName).join(", ");
  const message = `${types} here ${hidden.length === 1 ? "is" : "are"} never answered: ${nameOf(zone, cut)} is delegated`;
  findings.add("warning", node, hidden[0]!, message, "Move it into the delegated zone");
}

function nameOf(zone: ZoneData, node: number): string {
  return formatName(zone.names.name(node));
}
