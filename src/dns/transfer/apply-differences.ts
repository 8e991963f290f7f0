/**
 * A zone with differences applied (RFC 1995 §4), strictly: to delete what is not there means that the two sides do not
 * have the same zone, and only a whole transfer brings them together again.
 */
import type { Slices } from "../../time/slices.ts";
import { lowerName } from "../wire/name.ts";
import { RecordType } from "../wire/record-type.ts";
import { APEX, NO_NODE } from "../zone/name-table.ts";
import { ZoneBuilder } from "../zone/zone-builder.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import { TransferError } from "./record-reader.ts";
import { type RecordSource, SoaSource, ZoneRecords } from "./record-source.ts";
import { recordTtl } from "../zone/record-ttl.ts";
import type { ZoneDifference } from "./zone-difference.ts";

interface KeptRecord {
  readonly type: number;
  readonly ttl: number;
  readonly data: Uint8Array;
}

type AnyRecord = Omit<RecordSource, "next">;

/** Records between two pauses, and what one may need without a table growing meanwhile. */
const FEW = 128;
const DATA = 128;

/** @throws TransferError when the differences do not fit the zone, which stays as it is. */
export function* applyDifferences(zone: ZoneData, differences: readonly ZoneDifference[]): Slices<ZoneData> {
  const touched = new TouchedNames(zone);
  let serial = zone.serial;
  let count = 0;
  for (const { from, to, deleted, added } of differences) {
    if (from.serial !== serial) throw new TransferError(`the zone has serial ${serial}, not ${from.serial}`);
    for (const records = deleted.records(); records.next();) {
      if (++count % FEW === 0) yield;
      touched.delete(records);
    }
    for (const records = added.records(); records.next();) {
      if (++count % FEW === 0) yield;
      touched.add(records);
    }
    serial = to.serial;
  }
  const newest = differences.at(-1);
  return newest === undefined ? zone : yield* touched.rebuild(new SoaSource(zone.apex, newest.to));
}

/** The names at which something changes, with all their records; the rest of the zone is copied as it is. */
class TouchedNames {
  readonly #zone: ZoneData;
  /** By name (lower case, Latin-1 text), by type and data. */
  readonly #names = new Map<string, Map<string, KeptRecord>>();
  /** By node of the zone: 1 = it is in `#names`. */
  readonly #nodes: Uint8Array;

  constructor(zone: ZoneData) {
    this.#zone = zone;
    this.#nodes = new Uint8Array(zone.nodeCount);
  }

  delete(record: RecordSource): void {
    if (!this.#at(record).delete(keyOf(record))) throw new TransferError("a record that is to be deleted is not there");
  }

  add(record: RecordSource): void {
    const records = this.#at(record);
    const { type, ttl, data, dataStart, dataEnd } = record;
    // NSD 4.6 adds some that are there already; an RRset has no record twice (RFC 2181 §5).
    records.set(keyOf(record), { type, ttl, data: data.slice(dataStart, dataEnd) });
  }

  *rebuild(soa: RecordSource): Slices<ZoneData> {
    const zone = this.#zone;
    const builder = new ZoneBuilder(zone.apex, 64);
    yield* builder.reserve(zone.recordCount + FEW, zone.data.length + FEW * DATA);
    yield* builder.names.reserve(zone.nodeCount, zone.nodeCount * 16);
    const name = new Uint8Array(256);
    const put = ({ owner, ownerStart, ownerLength, type, ttl, data, dataStart, dataEnd }: AnyRecord): void => {
      for (let index = 0; index < ownerLength; index++) name[index] = owner[ownerStart + index]!;
      const problem = builder.add(name, ownerLength, type, ttl, data, dataStart, dataEnd);
      if (problem === "outside") throw new TransferError("a record's owner lies outside the zone");
      if (problem !== "") throw new TransferError("the zone is too large");
    };
    soa.next();
    put(soa);
    const records = new ZoneRecords(zone);
    for (let count = 1; records.next(); count++) {
      if (this.#nodes[records.node] === 0) put(records);
      if (count % FEW === 0) yield* this.#pause(builder);
    }
    let count = 0;
    for (const [text, kept] of this.#names) {
      const owner = Buffer.from(text, "latin1");
      const at = { owner, ownerStart: 0, ownerLength: owner.length, dataStart: 0 };
      for (const record of kept.values()) {
        put({ ...record, ...at, dataEnd: record.data.length });
        if (++count % FEW === 0) yield* this.#pause(builder);
      }
    }
    return yield* builder.build();
  }

  *#pause(builder: ZoneBuilder): Slices<void> {
    yield;
    yield* builder.reserve(FEW, FEW * DATA);
  }

  #at(record: RecordSource): Map<string, KeptRecord> {
    const { owner, ownerStart, ownerLength } = record;
    const name = lowerName(owner.subarray(ownerStart, ownerStart + ownerLength));
    const text = Buffer.from(name.buffer, 0, name.length).latin1Slice();
    const known = this.#names.get(text);
    if (known !== undefined) return known;
    const records = new Map<string, KeptRecord>();
    this.#names.set(text, records);
    const node = this.#zone.nodeOf(name);
    if (node !== NO_NODE) this.#load(node, records);
    return records;
  }

  #load(node: number, records: Map<string, KeptRecord>): void {
    const zone = this.#zone;
    this.#nodes[node] = 1;
    for (let set = zone.setStart[node]!; set < zone.setStart[node + 1]!; set++) {
      const type = zone.setType[set]!;
      if (type === RecordType.SOA && node === APEX) continue;
      for (let record = zone.recordStart[set]!; record < zone.recordStart[set + 1]!; record++) {
        const data = zone.recordData(record);
        records.set(dataKey(type, data), { type, ttl: recordTtl(zone, node, set, record), data });
      }
    }
  }
}

function keyOf(record: RecordSource): string {
  return dataKey(record.type, record.data.subarray(record.dataStart, record.dataEnd));
}

/** The TTL is no part of it: a record is deleted whatever its TTL (RFC 2181 §5.2 may have changed it here). */
function dataKey(type: number, data: Uint8Array): string {
  return `${type} ${Buffer.from(data.buffer, data.byteOffset, data.length).latin1Slice()}`;
}
