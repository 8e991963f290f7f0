/** What single RRsets say that nobody will take as it seems meant. */
import { nameLength } from "../wire/name.ts";
import { RecordType, typeName } from "../wire/record-type.ts";
import { APEX } from "../zone/name-table.ts";
import { NO_SET, type ZoneData } from "../zone/zone-data.ts";
import type { FindingList } from "./finding-list.ts";

/** What of a message of 65,535 bytes is left for one RRset, beside a header, the longest question and OPT. */
const MAX_SET = 65_000;
/** Owner (a pointer), type, class, TTL and length. */
const RECORD_HEAD = 12;
/** Days before its end from which on a signature should have been renewed. */
const RENEW = 3;
const DAY = 86_400;
const HALF = 2 ** 31;
/** IANA "Certification Authority Restriction Properties". */
const CAA_TAGS: ReadonlySet<string> = new Set([
  "issue",
  "issuewild",
  "iodef",
  "contactemail",
  "contactphone",
  "issuevmc",
  "issuemail",
]);
const CRITICAL = 0x80;

/** `now`: milliseconds since the epoch. */
export function checkRecords(findings: FindingList, now: number): void {
  const { zone } = findings;
  for (let node = APEX; node < zone.nodeCount; node++) {
    if (!zone.hasSets(node)) continue;
    const name = zone.names.name(node);
    if (name.some((byte) => byte >= 0x80)) {
      findings.add("warning", node, 0, "the name is not ASCII: no browser asks for it", "Write its A-label, xn--…");
    }
    const isWildcard = name[0] === 1 && name[1] === 0x2a;
    for (let set = zone.setStart[node]!; set < zone.setStart[node + 1]!; set++)
      checkSet(findings, node, set, isWildcard);
    checkSignatures(findings, node, now);
  }
  if (zone.findSet(APEX, RecordType.DS) !== NO_SET) {
    const message = "a DS at the apex is never answered: it belongs to the zone above (RFC 4035 §2.4)";
    findings.add("warning", APEX, RecordType.DS, message, "Give it to the zone above, and remove it here");
  }
  checkKeys(findings);
}

/** RFC 4035 §2.2: the set of the keys is what a validator begins with. */
function checkKeys(findings: FindingList): void {
  const { zone } = findings;
  if (zone.findSet(APEX, RecordType.DNSKEY) === NO_SET) return;
  const signatures = zone.findSet(APEX, RecordType.RRSIG);
  const last = signatures === NO_SET ? 0 : zone.recordStart[signatures + 1]!;
  for (let record = signatures === NO_SET ? 0 : zone.recordStart[signatures]!; record < last; record++) {
    const data = zone.recordData(record);
    if (((data[0]! << 8) | data[1]!) === RecordType.DNSKEY) return;
  }
  const message = "the keys have no signature: with a DS in the zone above the zone is bogus to all that validate";
  findings.add("warning", APEX, RecordType.DNSKEY, message, "Sign the zone, or remove its DNSKEY records");
}

function checkSet(findings: FindingList, node: number, set: number, isWildcard: boolean): void {
  const { zone } = findings;
  const type = zone.setType[set]!;
  if (isWildcard && (type === RecordType.NS || type === RecordType.DNAME)) {
    const message = `${typeName(type)} at a wildcard means something else to every resolver (RFC 4592 §4)`;
    findings.add("warning", node, type, message, "Write the names out that are meant");
  }
  const size = sizeOf(zone, set);
  if (size > MAX_SET) {
    const message = `the records of this type have ${size} bytes, more than a message can hold: SERVFAIL`;
    findings.add("warning", node, type, message, "Spread the records over several names");
  }
  if (type === RecordType.CAA) checkCaa(findings, node, set);
}

function sizeOf(zone: ZoneData, set: number): number {
  let size = 0;
  for (let record = zone.recordStart[set]!; record < zone.recordStart[set + 1]!; record++) {
    size += RECORD_HEAD + zone.dataLength[record]!;
  }
  return size;
}

/** RFC 8659 §4.1: who does not know a critical property issues nothing. */
function checkCaa(findings: FindingList, node: number, set: number): void {
  const { zone } = findings;
  for (let record = zone.recordStart[set]!; record < zone.recordStart[set + 1]!; record++) {
    const data = zone.recordData(record);
    const tag = Buffer.from(data.subarray(2, 2 + data[1]!)).latin1Slice();
    if ((data[0]! & CRITICAL) === 0 || CAA_TAGS.has(tag.toLowerCase())) continue;
    const message = `no authority knows the critical property "${tag}", so none issues a certificate`;
    findings.add("warning", node, RecordType.CAA, message, "Correct the tag, or clear the critical flag (128)");
  }
}

/** Of a zone that came signed. RFC 4034 §3.1.5: times are serial numbers. */
function checkSignatures(findings: FindingList, node: number, now: number): void {
  const { zone } = findings;
  const set = zone.findSet(node, RecordType.RRSIG);
  if (set === NO_SET) return;
  for (let record = zone.recordStart[set]!; record < zone.recordStart[set + 1]!; record++) {
    const data = zone.recordData(record);
    if (data.length < 18 + nameLength(data, 18)) continue;
    const view = new DataView(data.buffer, data.byteOffset, data.length);
    const left = ((((view.getUint32(8) - Math.floor(now / 1_000) + HALF) % 2 ** 32) + 2 ** 32) % 2 ** 32) - HALF;
    const covered = typeName(view.getUint16(0));
    if (left <= 0) {
      const message = `the signature of ${covered} has expired: the name is bogus to all that validate`;
      findings.add("warning", node, RecordType.RRSIG, message, "Sign the zone again");
    } else if (left < RENEW * DAY) {
      const message = `the signature of ${covered} expires in ${Math.ceil(left / 3_600)} h`;
      findings.add("warning", node, RecordType.RRSIG, message, "Sign the zone again before its signatures expire");
    }
  }
}
