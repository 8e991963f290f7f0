import { MAX_NAME } from "../wire/name.ts";
import { RecordType } from "../wire/record-type.ts";
import { atOnce, copied, type Slices, sortInSlices, STRIDE } from "../../time/slices.ts";
import { doubled, GrowingBytes } from "./growing.ts";
import { APEX, NameTable, NO_NODE } from "./name-table.ts";
import { RepeatFinder } from "./repeat-finder.ts";
import { viewsOf, ZoneData } from "./zone-data.ts";

/** What the builder found wrong with a record: its owner lies outside the zone, or the zone has no room for it. */
export type AddProblem = "" | "outside" | "full";

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

  /** `apex` in lower case; `capacity`: records expected. */
  constructor(apex: Uint8Array, capacity = 64) {
    this.names = new NameTable(apex, capacity);
    this.#node = new Uint32Array(capacity);
    this.#type = new Uint16Array(capacity);
    this.#ttl = new Uint32Array(capacity);
    this.#start = new Uint32Array(capacity);
    this.#length = new Uint16Array(capacity);
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
    if (node === NO_NODE) return "outside";
    if (this.#data.length + (end - start) > MAX_ZONE_DATA) return "full";
    if (this.#count === this.#node.length) this.#grow();
    const record = this.#count++;
    this.#node[record] = node;
    this.#type[record] = type;
    this.#ttl[record] = ttl;
    this.#start[record] = this.#data.append(bytes, start, end);
    this.#length[record] = end - start;
    return "";
  }

  /**
   * Makes room for so many more records with `bytes` bytes of data in all, as many names with them. Between two calls
   * nothing grows in one go; without them it does, and a large zone stops everything else for that.
   */
  *reserve(records: number, bytes: number): Slices<void> {
    yield* this.names.reserve(records, records * MAX_NAME);
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
  build(): ZoneData {
    return atOnce(this.finish());
  }

  /** The same in slices. */
  *finish(): Slices<ZoneData> {
    const { names } = this;
    yield* names.trim();
    const order = yield* this.#sorted();
    const count = order.length;
    /** By kept record: where its data was collected. */
    const collected = new Uint32Array(count);
    const dataLength = new Uint16Array(count);
    const setStart = new Uint32Array(names.count + 1);
    const setType = new Uint16Array(count);
    const setTtl = new Uint32Array(count);
    const recordStart = new Uint32Array(count + 1);
    const repeats = new RepeatFinder(this.#data.bytes, collected, dataLength);
    const mixedTtl: number[] = [];
    let sets = 0;
    let kept = 0;
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
      } else {
        // RFC 2181 §5: an RRset has no record twice, and one TTL; the smallest does no harm.
        if (repeats.has(this.#start[record]!, this.#length[record]!, recordStart[sets - 1]!, kept)) continue;
        if (this.#ttl[record]! !== setTtl[sets - 1]!) {
          if (mixedTtl.at(-1) !== sets - 1) mixedTtl.push(sets - 1);
          setTtl[sets - 1] = Math.min(setTtl[sets - 1]!, this.#ttl[record]!);
        }
      }
      collected[kept] = this.#start[record]!;
      dataLength[kept] = this.#length[record]!;
      kept++;
    }
    while (node < names.count) {
      setStart[++node] = sets;
      if (node % STRIDE === 0) yield;
    }
    recordStart[sets] = kept;
    const arrays = {
      setStart,
      setType: yield* fitted(setType, sets),
      setTtl: yield* fitted(setTtl, sets),
      recordStart: yield* fitted(recordStart, sets + 1),
      dataLength: yield* fitted(dataLength, kept),
      ...(yield* this.#inOrder(yield* fitted(collected, kept), dataLength)),
      mixedTtl,
      ...(yield* this.#ancestry(setStart, setType)),
    };
    return new ZoneData(names, arrays, yield* viewsOf(arrays));
  }

  /** The data of all kept records, one behind the other as they stand in the zone. */
  *#inOrder(collected: Uint32Array, lengths: Uint16Array): Slices<{ dataStart: Uint32Array; data: Uint8Array }> {
    const source = this.#data.bytes;
    const count = collected.length;
    let total = 0;
    let isInOrder = true;
    for (let record = 0; record < count; record++) {
      if (collected[record] !== total) isInOrder = false;
      total += lengths[record]!;
      if (record % STRIDE === 0) yield;
    }
    // A file that is sorted by name has them so.
    if (isInOrder) return { dataStart: collected, data: yield* copied(source, total) };
    const dataStart = new Uint32Array(count);
    const data = new Uint8Array(total);
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
    const nodes = this.names.count;
    const begin = new Uint32Array(nodes + 1);
    for (let record = 0; record < this.#count; record++) {
      begin[this.#node[record]! + 1]!++;
      if (record % STRIDE === 0) yield;
    }
    for (let node = 0; node < nodes; node++) {
      begin[node + 1]! += begin[node]!;
      if (node % STRIDE === 0) yield;
    }
    const place = yield* copied(begin, nodes + 1);
    const order = new Int32Array(this.#count);
    for (let record = 0; record < this.#count; record++) {
      order[place[this.#node[record]!]!++] = record;
      if (record % STRIDE === 0) yield;
    }
    for (let node = 0; node < nodes; node++) {
      const from = begin[node]!;
      const to = begin[node + 1]!;
      if (to - from > 1) yield* this.#sortByType(order, from, to);
      if (node % STRIDE === 0) yield;
    }
    return order;
  }

  *#sortByType(order: Int32Array, from: number, to: number): Slices<void> {
    const type = this.#type;
    // Most nodes have one type or come in order.
    let sorted = true;
    for (let index = from + 1; index < to && sorted; index++) sorted = type[order[index - 1]!]! <= type[order[index]!]!;
    if (!sorted) yield* sortInSlices(order, from, to, (a, b) => type[a]! - type[b]! || a - b);
  }

  /** Where each node stands to delegations and DNAMEs. Parents come before their children, so one pass will do. */
  *#ancestry(setStart: Uint32Array, setType: Uint16Array): Slices<{ cut: Int32Array; dname: Int32Array }> {
    const { count, parent } = this.names;
    const cut = new Int32Array(count).fill(NO_NODE);
    const dname = new Int32Array(count).fill(NO_NODE);
    const hasDname = new Uint8Array(count);
    for (let node = APEX; node < count; node++) {
      if (node % STRIDE === 0) yield;
      const above = parent[node]!;
      if (above !== NO_NODE) {
        cut[node] = cut[above]!;
        // What lies below a delegation is not this zone's, its DNAMEs included.
        if (cut[above] === NO_NODE) dname[node] = hasDname[above] === 1 ? above : dname[above]!;
      }
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

/** The first numbers of an array, without a copy when these are all. */
function* fitted<T extends Uint32Array | Uint16Array>(array: T, length: number): Slices<T> {
  return length === array.length ? array : yield* copied(array, length);
}
