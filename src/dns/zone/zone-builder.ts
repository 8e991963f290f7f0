import { MAX_NAME } from "../wire/name.ts";
import { RecordType } from "../wire/record-type.ts";
import { copied, filled, unset, zeroes } from "../../time/large-arrays.ts";
import { type Slices, STRIDE } from "../../time/slices.ts";
import { insertionSort, RUN, sortInSlices } from "../../time/sort-in-slices.ts";
import { doubled, GrowingBytes, trimmed } from "./growing.ts";
import { APEX, NameTable, NO_NODE } from "./name-table.ts";
import { RepeatFinder } from "./repeat-finder.ts";
import { viewsOf, ZoneData } from "./zone-data.ts";

/** What the builder found wrong with a record: its owner lies outside the zone, or the zone has no room for it. */
export type AddProblem = "" | "outside" | "full";

/** Names between two pauses while their records are sorted. */
const FEW = 64;

/** Bytes of all data of a zone: offsets into it must stay 32-bit numbers. */
const MAX_ZONE_DATA = 2 ** 31;

/** Collects records in any order and makes a zone of them. */
export class ZoneBuilder {
  readonly names: NameTable;
  readonly #data: GrowingBytes;
  #count = 0;
  #node: Uint32Array;
  #type: Uint16Array;
  #ttl: Uint32Array;
  #start: Uint32Array;
  #length: Uint16Array;
  /** Node and type of the last record. */
  #lastNode = -1;
  #lastType = 0;
  /** The nodes of the records rise, as those of a file do that has the records of each name together. */
  #inNodeOrder = true;
  /** Records from here on rise in type within each node. */
  #inTypeOrderFrom = 0;

  /**
   * `apex` in lower case, or the names of another zone, when this one has the very same; `capacity`: records expected.
   */
  constructor(apex: Uint8Array | NameTable, capacity = 64) {
    this.names = apex instanceof NameTable ? apex : new NameTable(apex, capacity);
    this.#node = unset(Uint32Array, capacity);
    this.#type = unset(Uint16Array, capacity);
    this.#ttl = unset(Uint32Array, capacity);
    this.#start = unset(Uint32Array, capacity);
    this.#length = unset(Uint16Array, capacity);
    this.#data = new GrowingBytes(capacity * 16);
  }

  get count(): number {
    return this.#count;
  }

  /** Nodes of the records of a type that were added so far. */
  *ownersOf(type: number): IterableIterator<number> {
    for (let record = 0; record < this.#count; record++) if (this.#type[record] === type) yield this.#node[record]!;
  }

  /** Adds a record; `owner` [0, ownerLength) is put into lower case. Its data is in bytes [start, end). */
  add(
    owner: Uint8Array,
    ownerLength: number,
    type: number,
    ttl: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): AddProblem {
    const node = this.names.add(owner, ownerLength);
    return node === NO_NODE ? "outside" : this.addAt(node, type, ttl, bytes, start, end);
  }

  /** The same for a name that is there. */
  addAt(node: number, type: number, ttl: number, bytes: Uint8Array, start: number, end: number): AddProblem {
    if (this.#data.length + (end - start) > MAX_ZONE_DATA) return "full";
    if (this.#count === this.#node.length) this.#grow();
    const record = this.#count++;
    if (node < this.#lastNode) this.#inNodeOrder = false;
    else if (node === this.#lastNode && type < this.#lastType) this.#inTypeOrderFrom = record + 1;
    this.#lastNode = node;
    this.#lastType = type;
    this.#node[record] = node;
    this.#type[record] = type;
    this.#ttl[record] = ttl;
    this.#start[record] = this.#data.append(bytes, start, end);
    this.#length[record] = end - start;
    return "";
  }

  /**
   * Makes room for so many more records with `bytes` bytes of data in all, and for names. Between two calls nothing grows
   * in one go; without them it does, and a large zone stops everything else for that.
   */
  *reserve(records: number, bytes: number, names = records, nameBytes = names * MAX_NAME): Slices<void> {
    yield* this.names.reserve(names, nameBytes);
    yield* this.#data.reserve(bytes);
    if (this.#count + records <= this.#node.length) return;
    const size = Math.max(this.#count + records, this.#node.length * 2);
    this.#node = yield* copied(this.#node, this.#count, size);
    this.#type = yield* copied(this.#type, this.#count, size);
    this.#ttl = yield* copied(this.#ttl, this.#count, size);
    this.#start = yield* copied(this.#start, this.#count, size);
    this.#length = yield* copied(this.#length, this.#count, size);
  }

  /** The zone. The builder is used up. */
  *build(): Slices<ZoneData> {
    const { names } = this;
    yield* names.finish();
    const order = yield* this.#sorted();
    const count = order.length;
    /** By kept record: where its data was collected. */
    const collected = unset(Uint32Array, count);
    const dataLength = unset(Uint16Array, count);
    const setStart = unset(Uint32Array, names.count + 1);
    const setType = unset(Uint16Array, count);
    const setTtl = unset(Uint32Array, count);
    const recordStart = unset(Uint32Array, count + 1);
    const repeats = new RepeatFinder(this.#data.bytes, collected, dataLength);
    const mixedTtl: number[] = [];
    let sets = 0;
    let kept = 0;
    let total = 0;
    let isInOrder = true;
    let hasCuts = false;
    let node = -1;
    for (let index = 0; index < count; index++) {
      if (index % STRIDE === 0) yield;
      const record = order[index]!;
      const owner = this.#node[record]!;
      const type = this.#type[record]!;
      const opensSet = owner !== node || setType[sets - 1] !== type;
      while (node < owner) setStart[++node] = sets;
      if (opensSet) {
        setType[sets] = type;
        setTtl[sets] = this.#ttl[record]!;
        recordStart[sets] = kept;
        sets++;
        if (type === RecordType.DNAME || (type === RecordType.NS && owner !== APEX)) hasCuts = true;
      } else {
        // RFC 2181 §5: an RRset has no record twice, and one TTL; the smallest does no harm.
        if (repeats.has(this.#start[record]!, this.#length[record]!, recordStart[sets - 1]!, kept)) continue;
        if (this.#ttl[record]! !== setTtl[sets - 1]!) {
          if (mixedTtl.at(-1) !== sets - 1) mixedTtl.push(sets - 1);
          setTtl[sets - 1] = Math.min(setTtl[sets - 1]!, this.#ttl[record]!);
        }
      }
      const start = this.#start[record]!;
      const length = this.#length[record]!;
      if (start !== total) isInOrder = false;
      total += length;
      collected[kept] = start;
      dataLength[kept] = length;
      kept++;
    }
    while (node < names.count) {
      setStart[++node] = sets;
      if (node % STRIDE === 0) yield;
    }
    recordStart[sets] = kept;
    const arrays = {
      setStart,
      setType: yield* trimmed(setType, sets),
      setTtl: yield* trimmed(setTtl, sets),
      recordStart: yield* trimmed(recordStart, sets + 1),
      dataLength: yield* trimmed(dataLength, kept),
      ...(isInOrder
        ? { dataStart: yield* trimmed(collected, kept), data: yield* trimmed(this.#data.bytes, total) }
        : yield* this.#inOrder(collected, dataLength, kept, total)),
      mixedTtl,
      ...(hasCuts ? yield* this.#ancestry(setStart, setType) : yield* noAncestry(names.count)),
    };
    return new ZoneData(names, arrays, yield* viewsOf(arrays));
  }

  /** The data of all kept records, one behind the other as they stand in the zone. */
  *#inOrder(
    collected: Uint32Array,
    lengths: Uint16Array,
    count: number,
    total: number,
  ): Slices<{ dataStart: Uint32Array; data: Uint8Array }> {
    const source = this.#data.bytes;
    const dataStart = unset(Uint32Array, count);
    const data = unset(Uint8Array, total);
    let to = 0;
    for (let record = 0; record < count; record++) {
      dataStart[record] = to;
      for (let from = collected[record]!, end = from + lengths[record]!; from < end; from++) data[to++] = source[from]!;
      if (record % STRIDE === 0) yield;
    }
    return { dataStart, data };
  }

  /** Records by node, then by type, else in the order in which they came. */
  *#sorted(): Slices<Int32Array> {
    const order = yield* this.#byNode();
    const count = order.length;
    const end = this.#inNodeOrder ? this.#inTypeOrderFrom : count;
    for (let from = 0, to = 1, steps = 1; from < end; from = to++, steps++) {
      const node = this.#node[order[from]!];
      while (to < count && this.#node[order[to]!] === node) to++;
      if (to - from > RUN) yield* sortInSlices(order, from, to, this.#byType);
      else insertionSort(order, from, to, this.#byType);
      if (steps % FEW === 0) yield;
    }
    return order;
  }

  /** Records by node, else in the order in which they came. */
  *#byNode(): Slices<Int32Array> {
    const order = unset(Int32Array, this.#count);
    if (this.#inNodeOrder) {
      for (let record = 0; record < order.length; record++) {
        order[record] = record;
        if (record % STRIDE === 0) yield;
      }
      return order;
    }
    const nodes = this.names.count;
    /** By node: where its next record is put. */
    const place = yield* zeroes(Uint32Array, nodes + 1);
    for (let record = 0; record < this.#count; record++) {
      place[this.#node[record]! + 1]!++;
      if (record % FEW === 0) yield;
    }
    for (let node = 0; node < nodes; node++) {
      place[node + 1]! += place[node]!;
      if (node % STRIDE === 0) yield;
    }
    for (let record = 0; record < this.#count; record++) {
      order[place[this.#node[record]!]!++] = record;
      if (record % FEW === 0) yield;
    }
    return order;
  }

  readonly #byType = (a: number, b: number): number => this.#type[a]! - this.#type[b]! || a - b;

  /** Where each node stands to delegations and DNAMEs. Parents come before their children, so one pass will do. */
  *#ancestry(setStart: Uint32Array, setType: Uint16Array): Slices<{ cut: Int32Array; dname: Int32Array }> {
    const { count, parent } = this.names;
    const cut = unset(Int32Array, count);
    const dname = unset(Int32Array, count);
    const hasDname = yield* zeroes(Uint8Array, count);
    for (let node = APEX; node < count; node++) {
      if (node % STRIDE === 0) yield;
      const above = parent[node]!;
      cut[node] = above === NO_NODE ? NO_NODE : cut[above]!;
      dname[node] = NO_NODE;
      // What lies below a delegation is not this zone's, its DNAMEs included.
      if (above !== NO_NODE && cut[above] === NO_NODE) dname[node] = hasDname[above] === 1 ? above : dname[above]!;
      for (let set = setStart[node]!, end = setStart[node + 1]!; set < end; set++) {
        if (setType[set] === RecordType.DNAME) hasDname[node] = 1;
        else if (setType[set] === RecordType.NS && node !== APEX && cut[node] === NO_NODE) cut[node] = node;
      }
    }
    return { cut, dname };
  }

  #grow(): void {
    this.#node = doubled(this.#node);
    this.#type = doubled(this.#type);
    this.#ttl = doubled(this.#ttl);
    this.#start = doubled(this.#start);
    this.#length = doubled(this.#length);
  }
}

/** Of a zone without delegations and DNAMEs, in which no node lies below one. */
function* noAncestry(count: number): Slices<{ cut: Int32Array; dname: Int32Array }> {
  return { cut: yield* filled(Int32Array, count, NO_NODE), dname: yield* filled(Int32Array, count, NO_NODE) };
}
