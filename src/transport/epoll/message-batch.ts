import { ptr } from "bun:ffi";

import { MSG_TRUNC } from "../libc.ts";

/** Datagrams of one system call. */
export const BATCH = 64;

/** `struct mmsghdr` on 64-bit Linux, in words of 32 bits. */
export const HEADER_WORDS = 16;
const NAME_LENGTH = 2;
const VECTOR = 4;
const VECTOR_COUNT = 6;
const CONTROL = 8;
const CONTROL_LENGTH = 10;
const FLAGS = 12;
const LENGTH = 14;
/** `struct iovec`. */
const VECTOR_WORDS = 4;
const VECTOR_LENGTH = 2;

/**
 * Where a datagram comes from or goes to, a record of 24 words: `struct sockaddr_in` or `sockaddr_in6` and its length;
 * a control message (cmsg(3)) and its length.
 */
export const RECORD_WORDS = 24;
export const NAME_WORDS = 7;
export const RECORD_NAME_LENGTH = 7;
export const RECORD_CONTROL = 8;
export const CONTROL_WORDS = 15;
export const RECORD_CONTROL_LENGTH = 23;

/** Memory of `BATCH` messages for recvmmsg(2) or sendmmsg(2), taken once. */
export class MessageBatch {
  readonly headers = words(BATCH * HEADER_WORDS);
  readonly records = words(BATCH * RECORD_WORDS);
  readonly #vectors = words(BATCH * VECTOR_WORDS);
  /** Where the bytes lie: the halves of the pointer, as integers of 32 bits. */
  readonly #low: number;
  readonly #high: number;

  /** `stride`: bytes that each message has in `bytes` for itself; 0: see `place`. */
  constructor(bytes: Uint8Array, stride: number) {
    const pointer = ptr(bytes);
    this.#low = lowHalf(pointer);
    this.#high = highHalf(pointer);
    const records = ptr(this.records);
    const vectors = ptr(this.#vectors);
    for (let index = 0; index < BATCH; index++) {
      const header = index * HEADER_WORDS;
      const record = records + index * RECORD_WORDS * 4;
      setPointer(this.headers, header, record);
      setPointer(this.headers, header + VECTOR, vectors + index * VECTOR_WORDS * 4);
      this.headers[header + VECTOR_COUNT] = 1;
      setPointer(this.headers, header + CONTROL, record + RECORD_CONTROL * 4);
      this.place(index, index * stride, stride);
    }
    this.#makeRoom(BATCH);
  }

  /** Message `index` is the `length` bytes at `at`. */
  place(index: number, at: number, length: number): void {
    const vectors = this.#vectors;
    const vector = index * VECTOR_WORDS;
    const low = (this.#low + at) | 0;
    vectors[vector] = low;
    // With the carry. Halves are added, since a pointer's remainder, a call for doubles, would be taken for every datagram.
    vectors[vector + 1] = low >>> 0 < this.#low >>> 0 ? this.#high + 1 : this.#high;
    vectors[vector + VECTOR_LENGTH] = length;
  }

  /** Where the bytes of message `index` begin. */
  start(index: number): number {
    return (this.#vectors[index * VECTOR_WORDS]! - this.#low) >>> 0;
  }

  /** How many bytes were placed. */
  size(index: number): number {
    return this.#vectors[index * VECTOR_WORDS + VECTOR_LENGTH]!;
  }

  /** Message `index` goes to where the record at `from[at]` says. */
  address(index: number, from: Uint32Array, at: number): void {
    const { headers, records } = this;
    const header = index * HEADER_WORDS;
    const record = index * RECORD_WORDS;
    for (let word = 0; word < NAME_WORDS; word++) records[record + word] = from[at + word]!;
    const name = from[at + RECORD_NAME_LENGTH]!;
    const control = from[at + RECORD_CONTROL_LENGTH]!;
    headers[header + NAME_LENGTH] = records[record + RECORD_NAME_LENGTH] = name;
    headers[header + CONTROL_LENGTH] = records[record + RECORD_CONTROL_LENGTH] = control;
    const end = RECORD_CONTROL + (control >> 2);
    for (let word = RECORD_CONTROL; word < end; word++) records[record + word] = from[at + word]!;
  }

  /** Length of message `index` as it was received; -1 when it was longer than its room. */
  length(index: number): number {
    const header = index * HEADER_WORDS;
    return (this.headers[header + FLAGS]! & MSG_TRUNC) === 0 ? this.headers[header + LENGTH]! : -1;
  }

  /** The first `count` messages were received: their records are complete, and the headers as before. */
  received(count: number): void {
    const { headers, records } = this;
    for (let index = 0; index < count; index++) {
      const header = index * HEADER_WORDS;
      const record = index * RECORD_WORDS;
      records[record + RECORD_NAME_LENGTH] = headers[header + NAME_LENGTH]!;
      records[record + RECORD_CONTROL_LENGTH] = headers[header + CONTROL_LENGTH]!;
    }
    this.#makeRoom(count);
  }

  #makeRoom(count: number): void {
    const { headers } = this;
    for (let index = 0; index < count; index++) {
      const header = index * HEADER_WORDS;
      headers[header + NAME_LENGTH] = NAME_WORDS * 4;
      headers[header + CONTROL_LENGTH] = CONTROL_WORDS * 4;
    }
  }
}

/** Memory that stays where it is: small typed arrays without a buffer of their own may be moved. */
function words(count: number): Uint32Array<ArrayBuffer> {
  return new Uint32Array(new ArrayBuffer(count * 4));
}

/** Linux on x64 and arm64 is little-endian. */
function setPointer(at: Uint32Array, index: number, pointer: number): void {
  at[index] = lowHalf(pointer);
  at[index + 1] = highHalf(pointer);
}

function lowHalf(pointer: number): number {
  return (pointer % 2 ** 32) | 0;
}

function highHalf(pointer: number): number {
  return Math.floor(pointer / 2 ** 32);
}
