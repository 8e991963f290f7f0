/**
 * A zone's records in flat arrays: nodes, RRsets and records are numbers, and their bytes lie in two arenas. Half a
 * million records are then a few dozen large objects and nothing for the garbage collector to walk. Immutable once built;
 * a reload builds another one and swaps the reference.
 */
import { unset } from "../../time/large-arrays.ts";
import { atOnce, type Slices, STRIDE } from "../../time/slices.ts";
import type { NameTable } from "./name-table.ts";
import { APEX, NO_NODE } from "./name-table.ts";
import { hashName } from "../wire/name-hash.ts";
import { RecordType } from "../wire/record-type.ts";

export const NO_SET = -1;

export interface ZoneArrays {
  /** By node: its RRsets are [setStart[node], setStart[node + 1]). */
  readonly setStart: Uint32Array;
  /** By node: the delegation point (NS below the apex) that it is or lies below; `NO_NODE`: none. */
  readonly cut: Int32Array;
  /** By node: the nearest ancestor with a DNAME, itself not included; `NO_NODE`: none. */
  readonly dname: Int32Array;
  /** By RRset: type, TTL in seconds, its records [recordStart[set], recordStart[set + 1]). */
  readonly setType: Uint16Array;
  readonly setTtl: Uint32Array;
  readonly recordStart: Uint32Array;
  /** By record: its data in `data`. */
  readonly dataStart: Uint32Array;
  readonly dataLength: Uint16Array;
  /** RDATA in wire form, names in it uncompressed and as they were written; record behind record. */
  readonly data: Uint8Array;
  /** RRsets whose records came with differing TTLs, of which the smallest is kept (RFC 2181 §5.2). */
  readonly mixedTtl?: readonly number[];
}

/** Numbers that an RRset has in `ZoneData.rows`. */
export const ROW = 4;
const ROW_SHIFT = 2;

export class ZoneData {
  readonly names: NameTable;
  readonly setStart: Uint32Array;
  readonly cut: Int32Array;
  readonly dname: Int32Array;
  readonly setType: Uint16Array;
  readonly setTtl: Uint32Array;
  readonly recordStart: Uint32Array;
  readonly dataStart: Uint32Array;
  readonly dataLength: Uint16Array;
  readonly data: Uint8Array;
  readonly mixedTtl: readonly number[];
  /**
   * The same once more for answers, side by side, so that a query for a name of a large zone waits for memory once and
   * not for each of the arrays. By RRset `ROW` numbers: type, TTL, its first record, where the data of that begins; behind
   * the last RRset another row, whose two last numbers end it.
   */
  readonly rows: Uint32Array;
  /** By node: 1 when `cut` or `dname` is set. */
  readonly outlying: Uint8Array;
  /** Lower case. */
  readonly apex: Uint8Array;

  constructor(names: NameTable, arrays: ZoneArrays, { rows, outlying } = atOnce(viewsOf(arrays))) {
    this.names = names;
    this.setStart = arrays.setStart;
    this.cut = arrays.cut;
    this.dname = arrays.dname;
    this.setType = arrays.setType;
    this.setTtl = arrays.setTtl;
    this.recordStart = arrays.recordStart;
    this.dataStart = arrays.dataStart;
    this.dataLength = arrays.dataLength;
    this.data = arrays.data;
    this.mixedTtl = arrays.mixedTtl ?? [];
    this.rows = rows;
    this.outlying = outlying;
    this.apex = names.name(APEX).slice();
  }

  get recordCount(): number {
    return this.dataStart.length;
  }

  get nodeCount(): number {
    return this.names.count;
  }

  /** The RRset of a type at a node, or `NO_SET`. A node has few, so they are looked through. */
  findSet(node: number, type: number): number {
    const { rows, setStart } = this;
    for (let set = setStart[node]!, end = setStart[node + 1]!; set < end; set++) {
      if (rows[set << ROW_SHIFT] === type) return set;
    }
    return NO_SET;
  }

  hasSets(node: number): boolean {
    return this.setStart[node]! < this.setStart[node + 1]!;
  }

  recordData(record: number): Uint8Array {
    const start = this.dataStart[record]!;
    return this.data.subarray(start, start + this.dataLength[record]!);
  }

  /** The node of a name (lower case), or `NO_NODE`. For everything but the hot path, which has the hash already. */
  nodeOf(name: Uint8Array): number {
    return this.names.find(name, 0, name.length, hashName(name));
  }

  /** The zone's serial (RFC 1035 §3.3.13). */
  get serial(): number {
    return this.#soaNumber(20);
  }

  /** TTL of negative answers: the smaller of the SOA's own TTL and its MINIMUM field (RFC 2308 §5). */
  get negativeTtl(): number {
    return Math.min(this.setTtl[this.findSet(APEX, RecordType.SOA)]!, this.#soaNumber(4));
  }

  /** The 32-bit number that begins this many bytes before the end of the SOA's data. */
  #soaNumber(back: number): number {
    const soa = this.recordData(this.recordStart[this.findSet(APEX, RecordType.SOA)]!);
    return new DataView(soa.buffer, soa.byteOffset, soa.length).getUint32(soa.length - back);
  }
}

/** What a zone has beside its arrays, made of them. */
export function* viewsOf(arrays: ZoneArrays): Slices<{ rows: Uint32Array; outlying: Uint8Array }> {
  const { setType, setTtl, recordStart, dataStart, data, cut, dname } = arrays;
  const sets = setType.length;
  const rows = unset(Uint32Array, (sets + 1) * ROW);
  for (let set = 0, at = 0; set <= sets; set++, at += ROW) {
    const record = recordStart[set]!;
    rows[at] = setType[set] ?? 0;
    rows[at + 1] = setTtl[set] ?? 0;
    rows[at + 2] = record;
    rows[at + 3] = dataStart[record] ?? data.length;
    if (set % STRIDE === 0) yield;
  }
  const outlying = unset(Uint8Array, cut.length);
  for (let node = 0; node < outlying.length; node++) {
    outlying[node] = cut[node] === NO_NODE && dname[node] === NO_NODE ? 0 : 1;
    if (node % STRIDE === 0) yield;
  }
  return { rows, outlying };
}
