/**
 * A UDP socket that receives and sends many datagrams by one system call each (`recvmmsg`, `sendmmsg`): Linux only, by
 * FFI. `receive` blocks its thread. All memory is taken once; addresses stay the bytes that the kernel gave.
 */
import { dlopen, ptr, read } from "bun:ffi";
import { getSystemErrorName } from "node:util";
import { ADDRESS_SIZE, AF_INET, AF_INET6, writeSocketAddress } from "./socket-address.ts";

/** Datagrams a call. */
export const BATCH = 64;
/** Longer queries are dropped: the kernel cuts them off. */
export const QUERY_SIZE = 2_048;
export const ANSWER_SIZE = 1_280;

const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_RCVTIMEO = 20;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;
const SOL_IPV6 = 41;
const IPV6_V6ONLY = 26;
const MSG_WAITFORONE = 0x10000;
/** In a received header: the datagram was longer than its buffer. */
const MSG_TRUNC = 0x20;
/** Bytes that the kernel may queue. */
const SOCKET_BUFFER = 4 << 20;

/** `struct mmsghdr` and `struct iovec` with 64-bit pointers, in 32-bit words. */
const HEADER_WORDS = 16;
const NAME_LENGTH = 2;
const FLAGS = 12;
const LENGTH = 14;
const IOVEC_WORDS = 4;
const IOVEC_LENGTH = 2;

const SYMBOLS = {
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
  getsockname: { args: ["i32", "ptr", "ptr"], returns: "i32" },
  setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
  close: { args: ["i32"], returns: "i32" },
  recvmmsg: { args: ["i32", "ptr", "u32", "i32", "ptr"], returns: "i32" },
  sendmmsg: { args: ["i32", "ptr", "u32", "i32"], returns: "i32" },
  sendto: { args: ["i32", "ptr", "u64", "i32", "ptr", "u32"], returns: "i64" },
  __errno_location: { args: [], returns: "ptr" },
} as const;

function openLibrary() {
  return dlopen("libc.so.6", SYMBOLS).symbols;
}

let library: ReturnType<typeof openLibrary> | null = null;

function libc(): ReturnType<typeof openLibrary> {
  library ??= openLibrary();
  return library;
}

/** This process can have such sockets. */
export function canBatch(): boolean {
  if (process.platform !== "linux") return false;
  try {
    libc();
    return true;
  } catch {
    // Not the GNU C library.
    return false;
  }
}

/** A bound socket's descriptor and port. `timeout`: milliseconds after which `receive` answers 0. @throws Error with `code`. */
export function openDescriptor(host: string, port: number, timeout: number): { descriptor: number; port: number } {
  const c = libc();
  const address = writeSocketAddress(host, port);
  const ipv4 = address.length < ADDRESS_SIZE;
  const descriptor = c.socket(ipv4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) throw systemError("socket", host, port);
  const set = (level: number, option: number, value: Int32Array | BigInt64Array): boolean =>
    c.setsockopt(descriptor, level, option, ptr(value), value.byteLength) === 0;
  const size = Int32Array.of(SOCKET_BUFFER);
  // Whoever may not go beyond net.core.rmem_max and wmem_max gets as much as they allow.
  if (!set(SOL_SOCKET, SO_RCVBUFFORCE, size)) set(SOL_SOCKET, SO_RCVBUF, size);
  if (!set(SOL_SOCKET, SO_SNDBUFFORCE, size)) set(SOL_SOCKET, SO_SNDBUF, size);
  set(SOL_SOCKET, SO_RCVTIMEO, BigInt64Array.of(0n, BigInt(timeout * 1_000)));
  if (!ipv4) set(SOL_IPV6, IPV6_V6ONLY, Int32Array.of(1));
  if (c.bind(descriptor, ptr(address), address.length) !== 0) {
    const error = systemError("bind", host, port);
    c.close(descriptor);
    throw error;
  }
  const bound = new Uint8Array(ADDRESS_SIZE);
  c.getsockname(descriptor, ptr(bound), ptr(Uint32Array.of(ADDRESS_SIZE)));
  return { descriptor, port: (bound[2]! << 8) | bound[3]! };
}

export function closeDescriptor(descriptor: number): void {
  libc().close(descriptor);
}

/** Sends one datagram to an address in the kernel's form. */
export function sendTo(descriptor: number, bytes: Uint8Array, length: number, address: Uint8Array): boolean {
  return Number(libc().sendto(descriptor, ptr(bytes), length, 0, ptr(address), address.length)) === length;
}

function systemError(call: string, host: string, port: number): Error {
  const number = read.i32(libc().__errno_location()!, 0);
  const code = getSystemErrorName(-number);
  return Object.assign(new Error(`${call} ${code} ${host}:${port}`), { code, errno: number, syscall: call });
}

/** Headers for `BATCH` datagrams, each with a buffer of its own. */
class Headers {
  readonly words = new Uint32Array(BATCH * HEADER_WORDS);
  readonly vectors = new Uint32Array(BATCH * IOVEC_WORDS);
  readonly pointer: number;

  constructor(buffers: Uint8Array, size: number, addresses: Uint8Array) {
    const vectors = ptr(this.vectors);
    for (let index = 0; index < BATCH; index++) {
      const header = index * HEADER_WORDS;
      const vector = index * IOVEC_WORDS;
      setPointer(this.words, header, ptr(addresses) + index * ADDRESS_SIZE);
      this.words[header + NAME_LENGTH] = ADDRESS_SIZE;
      setPointer(this.words, header + 4, vectors + vector * 4);
      this.words[header + 6] = 1;
      setPointer(this.vectors, vector, ptr(buffers) + index * size);
      this.vectors[vector + IOVEC_LENGTH] = size;
    }
    this.pointer = ptr(this.words);
  }
}

/** Linux on x64 and arm64 is little-endian. */
function setPointer(words: Uint32Array, at: number, pointer: number): void {
  words[at] = pointer % 2 ** 32;
  words[at + 1] = Math.floor(pointer / 2 ** 32);
}

export class BatchSocket {
  /** Query number n of a batch begins at n × `QUERY_SIZE`, … */
  readonly queries = new Uint8Array(BATCH * QUERY_SIZE);
  /** … came from the address at n × `ADDRESS_SIZE`, … */
  readonly addresses = new Uint8Array(BATCH * ADDRESS_SIZE);
  /** … and answer number n is written at n × `ANSWER_SIZE`. */
  readonly answers = new Uint8Array(BATCH * ANSWER_SIZE);
  /** Answers that the kernel did not take. */
  unsent = 0;
  readonly #descriptor: number;
  readonly #libc = libc();
  readonly #received: Headers;
  readonly #sent: Headers;
  readonly #addressPointer: number;
  #count = 0;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
    this.#received = new Headers(this.queries, QUERY_SIZE, this.addresses);
    this.#sent = new Headers(this.answers, ANSWER_SIZE, this.addresses);
    this.#addressPointer = ptr(this.addresses);
  }

  /** Waits for datagrams and takes all that are there, `BATCH` at most. 0: none came in time. */
  receive(): number {
    const { words, pointer } = this.#received;
    for (let index = 0; index < BATCH; index++) words[index * HEADER_WORDS + NAME_LENGTH] = ADDRESS_SIZE;
    return Math.max(this.#libc.recvmmsg(this.#descriptor, pointer as never, BATCH, MSG_WAITFORONE, null), 0);
  }

  /** Length of query number `index` of the batch; 0 when it did not fit. */
  queryLength(index: number): number {
    const { words } = this.#received;
    const header = index * HEADER_WORDS;
    return (words[header + FLAGS]! & MSG_TRUNC) === 0 ? words[header + LENGTH]! : 0;
  }

  /** Number of the next answer: where it is to be written. */
  get next(): number {
    return this.#count;
  }

  /** The next answer has `length` bytes and goes to where query `index` came from. */
  add(length: number, index: number): void {
    const { words, vectors } = this.#sent;
    const number = this.#count++;
    const header = number * HEADER_WORDS;
    setPointer(words, header, this.#addressPointer + index * ADDRESS_SIZE);
    words[header + NAME_LENGTH] = this.#received.words[index * HEADER_WORDS + NAME_LENGTH]!;
    vectors[number * IOVEC_WORDS + IOVEC_LENGTH] = length;
  }

  /** Sends all answers. One that can not be sent (no route to its address …) does not keep back those behind it. */
  flush(): void {
    const { pointer } = this.#sent;
    const count = this.#count;
    for (let at = 0; at < count;) {
      const sent = this.#libc.sendmmsg(this.#descriptor, (pointer + at * HEADER_WORDS * 4) as never, count - at, 0);
      if (sent <= 0) this.unsent++;
      at += Math.max(sent, 1);
    }
    this.#count = 0;
  }
}
