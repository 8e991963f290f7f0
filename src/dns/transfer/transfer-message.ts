/**
 * A message being filled with records up to its limit, names compressed (RFC 1035 §4.1.4). Only suffixes that are equal
 * in case too are pointed to, so that a transfer keeps the case of names in data (RFC 5936 §3.4).
 */
import { HEADER } from "../wire/message-cursor.ts";
import { MAX_LABELS, MAX_NAME } from "../wire/name.ts";
import { hashLabel, ROOT_HASH } from "../wire/name-hash.ts";
import { RecordClass, RecordType } from "../wire/record-type.ts";
import { mayCompress } from "../wire/rdata-format.ts";
import { namesIn } from "../wire/rdata-walk.ts";
import type { RecordSource } from "./record-source.ts";

/** RFC 1035 §4.2.2: what a length of two bytes can tell. */
export const MAX_MESSAGE = 0xffff;
/** A pointer has 14 bits. */
const MAX_POINTER = 0x3fff;
/** Owner, type, our UDP size (1,232), no flags, no options. */
const OPT: Uint8Array = Uint8Array.of(0, 0, RecordType.OPT, 0x04, 0xd0, 0, 0, 0, 0, 0, 0);
export const OPT_SIZE: number = OPT.length;
/** A suffix takes two bytes at least: half of these stay free. */
const SLOTS = 16_384;

export class TransferMessage {
  /** Answers in the message. */
  count = 0;
  /** Not more than this may stand in it; the rest is for a signature. */
  readonly #limit: number;
  /** With room for one record more than fits: whether it does shows when it is written. */
  readonly #bytes = new Uint8Array(MAX_MESSAGE + MAX_NAME + 10 + 0xffff);
  #length = 0;
  /** Offset of a suffix by its hash, 0 = free. */
  readonly #slots = new Uint16Array(SLOTS);
  readonly #labels = new Uint8Array(MAX_LABELS + 1);
  readonly #hashes = new Int32Array(MAX_LABELS + 1);
  /** Slots taken by the record that is being written, in case it does not fit. */
  readonly #taken: number[] = [];

  constructor(limit: number = MAX_MESSAGE) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#length;
  }

  /** Empties it. `question`: as it stood in the request; empty for none. */
  begin(id: number, flags: number, question: Uint8Array): void {
    const bytes = this.#bytes;
    bytes.fill(0, 0, HEADER);
    bytes[0] = id >> 8;
    bytes[1] = id;
    bytes[2] = flags >> 8;
    bytes[3] = flags;
    bytes[5] = question.length === 0 ? 0 : 1;
    this.count = 0;
    this.#slots.fill(0);
    this.#length = HEADER;
    if (question.length === 0) return;
    this.#name(question, 0);
    bytes.set(question.subarray(question.length - 4), this.#length);
    this.#length += 4;
    this.#taken.length = 0;
  }

  /** Adds the record that `source` stands at, class IN. False: there is no room, the message is as before. */
  add(source: RecordSource): boolean {
    const begin = this.#length;
    const bytes = this.#bytes;
    this.#taken.length = 0;
    this.#name(source.owner, source.ownerStart);
    const { type, ttl } = source;
    const at = this.#length;
    bytes[at] = type >> 8;
    bytes[at + 1] = type;
    bytes[at + 2] = 0;
    bytes[at + 3] = RecordClass.IN;
    bytes[at + 4] = ttl >>> 24;
    bytes[at + 5] = ttl >>> 16;
    bytes[at + 6] = ttl >>> 8;
    bytes[at + 7] = ttl;
    this.#length = at + 10;
    this.#data(type, source.data, source.dataStart, source.dataEnd);
    const length = this.#length - at - 10;
    bytes[at + 8] = length >> 8;
    bytes[at + 9] = length;
    if (this.#length > this.#limit) {
      this.#length = begin;
      for (const slot of this.#taken) this.#slots[slot] = 0;
      return false;
    }
    this.count++;
    return true;
  }

  /** A copy of the message as it is, with an OPT record (RFC 6891) behind it when `edns`. */
  finish(edns: boolean): Uint8Array {
    const bytes = this.#bytes;
    bytes[6] = this.count >> 8;
    bytes[7] = this.count;
    if (!edns) return bytes.slice(0, this.#length);
    const message = new Uint8Array(this.#length + OPT.length);
    message.set(bytes.subarray(0, this.#length));
    message.set(OPT, this.#length);
    message[11] = 1;
    return message;
  }

  #data(type: number, data: Uint8Array, start: number, end: number): void {
    const names = mayCompress(type) ? namesIn(type, data, start, end) : null;
    let at = start;
    if (names !== null) {
      for (let index = 0; index < names.length; index += 2) {
        this.#copy(data, at, start + names[index]!);
        this.#name(data, start + names[index]!);
        at = start + names[index + 1]!;
      }
    }
    this.#copy(data, at, end);
  }

  #name(name: Uint8Array, start: number): void {
    const labels = this.#labels;
    const hashes = this.#hashes;
    let count = 0;
    let end = start;
    for (; name[end] !== 0; end += name[end]! + 1) labels[count++] = end - start;
    let hash = ROOT_HASH;
    for (let index = count - 1; index >= 0; index--) {
      hash = hashLabel(hash, name, start + labels[index]!);
      hashes[index] = hash;
    }
    const begin = this.#length;
    for (let index = 0; index < count; index++) {
      const label = start + labels[index]!;
      const found = this.#find(hashes[index]!, name, label, begin + labels[index]!);
      if (found === 0) continue;
      this.#copy(name, start, label);
      this.#bytes[this.#length++] = 0xc0 | (found >> 8);
      this.#bytes[this.#length++] = found;
      return;
    }
    this.#copy(name, start, end + 1);
  }

  /** The offset of this suffix in the message; 0 when it is not there yet, and then it is noted to stand at `here`. */
  #find(hash: number, name: Uint8Array, label: number, here: number): number {
    const slots = this.#slots;
    let slot = hash & (SLOTS - 1);
    for (; slots[slot] !== 0; slot = (slot + 1) & (SLOTS - 1)) {
      if (this.#isAt(slots[slot]!, name, label)) return slots[slot]!;
    }
    if (here <= MAX_POINTER) {
      slots[slot] = here;
      this.#taken.push(slot);
    }
    return 0;
  }

  /** Whether the name at `offset` of the message is the one at `start`. */
  #isAt(offset: number, name: Uint8Array, start: number): boolean {
    const bytes = this.#bytes;
    let at = offset;
    let label = start;
    // What was noted and is not written yet (a suffix of the very name) is not a name to compare with.
    while (at < this.#length) {
      const size = bytes[at]!;
      if ((size & 0xc0) === 0xc0) {
        at = ((size & 0x3f) << 8) | bytes[at + 1]!;
        continue;
      }
      if (size !== name[label]) return false;
      if (size === 0) return true;
      for (let index = 1; index <= size; index++) if (bytes[at + index] !== name[label + index]) return false;
      at += size + 1;
      label += size + 1;
    }
    return false;
  }

  #copy(bytes: Uint8Array, start: number, end: number): void {
    const to = this.#bytes;
    let at = this.#length;
    for (let from = start; from < end; from++) to[at++] = bytes[from]!;
    this.#length = at;
  }
}
