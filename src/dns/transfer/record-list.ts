/** Records in one piece of memory, in the order in which they were added: what a difference between two zones is made of. */
import { doubled, GrowingBytes } from "../zone/growing.ts";
import { RecordSource } from "./record-source.ts";

/** Type, TTL, length of the owner. The data reaches to the next record. */
const HEAD = 7;

export class RecordList {
  #count = 0;
  readonly #bytes = new GrowingBytes(128);
  #start = new Uint32Array(4);

  get count(): number {
    return this.#count;
  }

  /** Bytes taken. */
  get size(): number {
    return this.#bytes.length;
  }

  /** Copies a record: the one that `source` stands at. */
  add(source: RecordSource): void {
    if (this.#count + 1 >= this.#start.length) this.#start = doubled(this.#start);
    const { owner, ownerStart, ownerLength, data, dataStart, dataEnd } = source;
    const store = this.#bytes;
    let at = store.take(HEAD + ownerLength + dataEnd - dataStart);
    const { bytes } = store;
    this.#start[this.#count++] = at;
    this.#start[this.#count] = store.length;
    bytes[at] = source.type >> 8;
    bytes[at + 1] = source.type;
    bytes[at + 2] = source.ttl >>> 24;
    bytes[at + 3] = source.ttl >>> 16;
    bytes[at + 4] = source.ttl >>> 8;
    bytes[at + 5] = source.ttl;
    bytes[at + 6] = ownerLength;
    at += HEAD;
    for (let from = ownerStart; from < ownerStart + ownerLength; from++) bytes[at++] = owner[from]!;
    for (let from = dataStart; from < dataEnd; from++) bytes[at++] = data[from]!;
  }

  /** Its records from the first on; the list must not change meanwhile. */
  records(): RecordSource {
    return new ListRecords(this.#bytes.bytes, this.#start, this.#count);
  }
}

class ListRecords extends RecordSource {
  readonly #starts: Uint32Array;
  readonly #count: number;
  #index = -1;

  constructor(bytes: Uint8Array, starts: Uint32Array, count: number) {
    super();
    this.owner = bytes;
    this.data = bytes;
    this.#starts = starts;
    this.#count = count;
  }

  override next(): boolean {
    if (++this.#index >= this.#count) return false;
    const bytes = this.data;
    const at = this.#starts[this.#index]!;
    this.type = (bytes[at]! << 8) | bytes[at + 1]!;
    this.ttl = ((bytes[at + 2]! << 24) | (bytes[at + 3]! << 16) | (bytes[at + 4]! << 8) | bytes[at + 5]!) >>> 0;
    this.ownerStart = at + HEAD;
    this.ownerLength = bytes[at + 6]!;
    this.dataStart = this.ownerStart + this.ownerLength;
    this.dataEnd = this.#starts[this.#index + 1]!;
    return true;
  }
}
