/** Zones in memory that several threads read: the arrays of one copy, made once for each zone. */
import { AuthoritativeZone } from "../../authority/authoritative-zone.ts";
import { RecordType } from "../../wire/record-type.ts";
import { APEX, type NameArrays, NameTable } from "../../zone/name-table.ts";
import { ZoneBuilder } from "../../zone/zone-builder.ts";
import { NO_SET, type ZoneArrays, ZoneData } from "../../zone/zone-data.ts";

export interface SharedZone {
  /** Tells it from others, and from earlier ones with its apex. */
  readonly id: number;
  /** What answers is in the main thread: here are only the apex and its SOA. */
  readonly elsewhere: boolean;
  readonly names: NameArrays;
  readonly arrays: ZoneArrays;
}

type Parts = Omit<SharedZone, "elsewhere">;

const made = new WeakMap<ZoneData, Parts>();
const shells = new WeakMap<ZoneData, Parts>();
let lastId = 0;

/** The zone for another thread. One whose answers are made when they are asked for stays where it is. */
export function shareZone(zone: AuthoritativeZone): SharedZone {
  const { data } = zone;
  // Signatures that do not stand in the zone are made online, with keys that are nobody else's.
  const online = zone.isSigned && data.findSet(APEX, RecordType.RRSIG) === NO_SET;
  const elsewhere = online || zone.dynamic.size > 0 || !zone.usable;
  const known = elsewhere ? shells : made;
  let parts = known.get(data);
  if (parts === undefined) {
    parts = partsOf(elsewhere ? shellOf(data) : data);
    known.set(data, parts);
  }
  return { ...parts, elsewhere };
}

/** The zone in the thread that it was sent to. */
export function openZone({ names, arrays, elsewhere }: SharedZone): AuthoritativeZone {
  const zone = new AuthoritativeZone(new ZoneData(NameTable.from(names), arrays));
  zone.usable = !elsewhere;
  return zone;
}

function shellOf(data: ZoneData): ZoneData {
  const builder = new ZoneBuilder(data.apex);
  const set = data.findSet(APEX, RecordType.SOA);
  const soa = data.recordData(data.recordStart[set]!);
  builder.add(data.apex.slice(), data.apex.length, RecordType.SOA, data.setTtl[set]!, soa, 0, soa.length);
  return builder.build();
}

function partsOf(data: ZoneData): Parts {
  const names = data.names.arrays();
  return {
    id: ++lastId,
    names: {
      count: names.count,
      apexLength: names.apexLength,
      parent: shared(names.parent),
      start: shared(names.start),
      length: shared(names.length),
      hash: shared(names.hash),
      slots: shared(names.slots),
      names: shared(names.names),
    },
    arrays: {
      setStart: shared(data.setStart),
      cut: shared(data.cut),
      dname: shared(data.dname),
      setType: shared(data.setType),
      setTtl: shared(data.setTtl),
      recordStart: shared(data.recordStart),
      dataStart: shared(data.dataStart),
      dataLength: shared(data.dataLength),
      data: shared(data.data),
      mixedTtl: data.mixedTtl,
    },
  };
}

type Numbers = Int32Array | Uint32Array | Uint16Array | Uint8Array;

function shared<Kind extends Numbers>(array: Kind): Kind {
  const Type = array.constructor as new (memory: SharedArrayBuffer) => Kind;
  const copy = new Type(new SharedArrayBuffer(array.byteLength));
  copy.set(array as never);
  return copy;
}
