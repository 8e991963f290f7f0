/**
 * Records one after the other, each in fields that are used again for the next: what transfers are written from, so that
 * a zone of half a million records is never there twice.
 */
import type { ZoneData } from "../zone/zone-data.ts";
import { APEX } from "../zone/name-table.ts";
import { RecordType } from "../wire/record-type.ts";
import { recordTtl } from "../zone/record-ttl.ts";

const NOTHING = new Uint8Array(0);

export abstract class RecordSource {
  /** Wire form, uncompressed: bytes [ownerStart, ownerStart + ownerLength). */
  owner: Uint8Array = NOTHING;
  ownerStart = 0;
  ownerLength = 0;
  type = 0;
  /** Seconds. */
  ttl = 0;
  /** In wire form, names uncompressed: bytes [dataStart, dataEnd). */
  data: Uint8Array = NOTHING;
  dataStart = 0;
  dataEnd = 0;

  /** Moves on to the next record; false, also when it is asked again, when there is none. */
  abstract next(): boolean;
}

export interface Soa {
  readonly serial: number;
  readonly ttl: number;
  /** Of the record, in wire form. */
  readonly data: Uint8Array;
}

export function soaOf(zone: ZoneData): Soa {
  const set = zone.findSet(APEX, RecordType.SOA);
  return { serial: zone.serial, ttl: zone.setTtl[set]!, data: zone.recordData(zone.recordStart[set]!) };
}

/** One SOA. */
export class SoaSource extends RecordSource {
  #left = true;

  constructor(apex: Uint8Array, soa: Soa) {
    super();
    this.owner = apex;
    this.ownerLength = apex.length;
    this.type = RecordType.SOA;
    this.ttl = soa.ttl;
    this.data = soa.data;
    this.dataEnd = soa.data.length;
  }

  override next(): boolean {
    const left = this.#left;
    this.#left = false;
    return left;
  }
}

/** All records of a zone but its SOA. */
export class ZoneRecords extends RecordSource {
  readonly #zone: ZoneData;
  /** Of the record's owner. */
  node = -1;
  #set = -1;
  #record = -1;

  constructor(zone: ZoneData) {
    super();
    this.#zone = zone;
    this.owner = zone.names.bytes;
    this.data = zone.data;
  }

  override next(): boolean {
    const zone = this.#zone;
    if (this.#set >= zone.setType.length) return false;
    this.#record++;
    while (this.#set < 0 || this.#record >= zone.recordStart[this.#set + 1]!) {
      this.#set++;
      if (this.#set >= zone.setType.length) return false;
      this.type = zone.setType[this.#set]!;
      this.#record = zone.recordStart[this.#set]!;
      while (this.#set >= zone.setStart[this.node + 1]!) this.#enterNode();
      if (this.type === RecordType.SOA && this.node === APEX) this.#record = zone.recordStart[this.#set + 1]!;
    }
    this.ttl = recordTtl(zone, this.node, this.#set, this.#record);
    this.dataStart = zone.dataStart[this.#record]!;
    this.dataEnd = this.dataStart + zone.dataLength[this.#record]!;
    return true;
  }

  #enterNode(): void {
    const { names } = this.#zone;
    this.ownerStart = names.startOf(++this.node);
    this.ownerLength = names.lengthOf(this.node);
  }
}
