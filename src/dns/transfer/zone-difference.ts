/** What changed from one serial of a zone to another: the content of an IXFR (RFC 1995 §4). */
import type { Slices } from "../../time/slices.ts";
import { RecordType } from "../wire/record-type.ts";
import { APEX, NO_NODE } from "../zone/name-table.ts";
import { NO_SET, type ZoneData } from "../zone/zone-data.ts";
import { RecordList } from "./record-list.ts";
import { RecordSource, type Soa, soaOf } from "./record-source.ts";
import { recordTtl } from "../zone/record-ttl.ts";
import { isSameSet } from "../zone/same-set.ts";

export interface ZoneDifference {
  readonly from: Soa;
  readonly to: Soa;
  /** Without the SOA, as in `added`. */
  readonly deleted: RecordList;
  readonly added: RecordList;
}

/** Null: more records than `most` are in one of them only. */
export function* diffZones(before: ZoneData, after: ZoneData, most = Infinity): Slices<ZoneDifference | null> {
  return yield* new ZoneDiffer(before, after).compare(most);
}

/** Nodes compared between two pauses. */
const FEW = 64;

class ZoneDiffer {
  readonly #before: ZoneData;
  readonly #after: ZoneData;
  readonly #deleted = new RecordList();
  readonly #added = new RecordList();
  readonly #cursor = new SetRecord();

  constructor(before: ZoneData, after: ZoneData) {
    this.#before = before;
    this.#after = after;
  }

  *compare(most: number): Slices<ZoneDifference | null> {
    const before = this.#before;
    const after = this.#after;
    for (let node = 0; node < before.nodeCount; node++) {
      this.#compareNode(node);
      if (node % FEW === 0) yield;
      if (this.#count > most) return null;
    }
    for (let node = 0; node < after.nodeCount; node++) {
      this.#addNew(node);
      if (node % FEW === 0) yield;
      if (this.#count > most) return null;
    }
    return { from: soaOf(before), to: soaOf(after), deleted: this.#deleted, added: this.#added };
  }

  get #count(): number {
    return this.#deleted.count + this.#added.count;
  }

  #compareNode(node: number): void {
    const before = this.#before;
    const after = this.#after;
    const start = before.setStart[node]!;
    const end = before.setStart[node + 1]!;
    const other = sameNode(before, node, after);
    for (let set = start; set < end; set++) {
      const type = before.setType[set]!;
      if (type === RecordType.SOA && node === APEX) continue;
      const twin = other === NO_NODE ? NO_SET : after.findSet(other, type);
      if (twin === NO_SET) this.#all(this.#deleted, before, node, set);
      else this.#compareSets(node, set, other, twin);
    }
    if (other === NO_NODE) return;
    for (let set = after.setStart[other]!; set < after.setStart[other + 1]!; set++) {
      if (before.findSet(node, after.setType[set]!) === NO_SET) this.#all(this.#added, after, other, set);
    }
  }

  #addNew(node: number): void {
    const after = this.#after;
    if (sameNode(after, node, this.#before) !== NO_NODE) return;
    for (let set = after.setStart[node]!; set < after.setStart[node + 1]!; set++)
      this.#all(this.#added, after, node, set);
  }

  #all(list: RecordList, zone: ZoneData, node: number, set: number): void {
    for (let record = zone.recordStart[set]!; record < zone.recordStart[set + 1]!; record++) {
      this.#cursor.stand(zone, node, set, record);
      list.add(this.#cursor);
    }
  }

  #compareSets(node: number, set: number, other: number, twin: number): void {
    const before = this.#before;
    const after = this.#after;
    if (isSameSet(before, set, after, twin)) return;
    // An RRset has one TTL: with another one every record of it is another record.
    const left = before.setTtl[set] === after.setTtl[twin] ? dataOf(after, twin) : new Set<string>();
    const right = left.size === 0 ? left : dataOf(before, set);
    this.#missing(this.#deleted, before, node, set, left);
    this.#missing(this.#added, after, other, twin, right);
  }

  /** Records of a set whose data is not in `there`. */
  #missing(list: RecordList, zone: ZoneData, node: number, set: number, there: ReadonlySet<string>): void {
    for (let record = zone.recordStart[set]!; record < zone.recordStart[set + 1]!; record++) {
      if (there.has(dataText(zone, record))) continue;
      this.#cursor.stand(zone, node, set, record);
      list.add(this.#cursor);
    }
  }
}

/** A record of a zone. */
class SetRecord extends RecordSource {
  stand(zone: ZoneData, node: number, set: number, record: number): void {
    const name = zone.names.name(node);
    this.owner = name;
    this.ownerLength = name.length;
    this.type = zone.setType[set]!;
    this.ttl = recordTtl(zone, node, set, record);
    this.data = zone.data;
    this.dataStart = zone.dataStart[record]!;
    this.dataEnd = this.dataStart + zone.dataLength[record]!;
  }

  override next(): boolean {
    return false;
  }
}

function sameNode(from: ZoneData, node: number, to: ZoneData): number {
  const { names } = from;
  return to.names.find(names.bytes, names.startOf(node), names.lengthOf(node), names.hashOf(node));
}

function dataOf(zone: ZoneData, set: number): Set<string> {
  const found = new Set<string>();
  for (let record = zone.recordStart[set]!; record < zone.recordStart[set + 1]!; record++) {
    found.add(dataText(zone, record));
  }
  return found;
}

function dataText(zone: ZoneData, record: number): string {
  const start = zone.dataStart[record]!;
  return Buffer.from(zone.data.buffer, zone.data.byteOffset + start, zone.dataLength[record]!).latin1Slice();
}
