import { ptr } from "bun:ffi";

import { MSG_NOSIGNAL, type Libc } from "../libc.ts";

/** As many as are sent at once: a system queues 10 or more for a reader (`net.unix.max_dgram_qlen`). */
const BATCH = 8;
/** Fewer than so many are left: more are sent. */
const LOW = 3;

/** `struct mmsghdr` on 64-bit Linux, in words of 64 bits, and where it points to the bytes of its message. */
const HEADER_WORDS = 8;
const VECTOR = 2;
const VECTOR_LENGTH = 3;

/** Packets of one byte that always wait at the other end of a pair of sockets. */
export class Packets {
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #headers = new BigUint64Array(BATCH * HEADER_WORDS);
  /** `struct iovec`: address and length. */
  readonly #vector = new BigUint64Array(2);
  readonly #byte = new Uint8Array(1);
  #waiting = 0;

  constructor(libc: Libc, fd: number) {
    this.#libc = libc;
    this.#fd = fd;
    this.#vector[0] = BigInt(ptr(this.#byte));
    this.#vector[1] = 1n;
    for (let header = 0; header < this.#headers.length; header += HEADER_WORDS) {
      this.#headers[header + VECTOR] = BigInt(ptr(this.#vector));
      this.#headers[header + VECTOR_LENGTH] = 1n;
    }
    this.#send();
  }

  /** The reader has taken one. */
  take(): void {
    if (--this.#waiting < LOW) this.#send();
  }

  #send(): void {
    const sent = this.#libc.sendmmsg(this.#fd, this.#headers, BATCH - this.#waiting, MSG_NOSIGNAL);
    if (sent > 0) this.#waiting += sent;
  }
}
