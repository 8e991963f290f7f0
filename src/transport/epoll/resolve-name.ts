import { ptr, read, toArrayBuffer, type Pointer } from "bun:ffi";

import { SOCK_STREAM, type Libc } from "../libc.ts";

/** Fields of `struct addrinfo` on 64-bit Linux, by their offset. */
const SOCKTYPE = 8;
const ADDRESS_SIZE = 16;
const ADDRESS = 24;
const NEXT = 40;
const SIZE = 48;

/**
 * The addresses of a name in the system's order, encoded with port 0; none when it is unknown. It blocks, as a
 * listener's start may.
 */
export function resolveName(libc: Libc, name: string): Uint8Array<ArrayBuffer>[] {
  const hints = new Uint8Array(SIZE);
  new DataView(hints.buffer).setInt32(SOCKTYPE, SOCK_STREAM, true);
  const result = new BigUint64Array(1);
  if (libc.getaddrinfo(Buffer.from(`${name}\0`), null, hints, result) !== 0) return [];
  const found: Uint8Array<ArrayBuffer>[] = [];
  const first = read.ptr(ptr(result), 0);
  for (let info = first; info !== 0; info = read.ptr(info as Pointer, NEXT)) {
    const size = read.u32(info as Pointer, ADDRESS_SIZE);
    const address = read.ptr(info as Pointer, ADDRESS) as Pointer;
    found.push(new Uint8Array(toArrayBuffer(address, 0, size)).slice());
  }
  libc.freeaddrinfo(first);
  return found;
}
