import {
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  type Libc,
  AF_UNIX,
  EPOLLIN,
  SOCK_NONBLOCK,
  SOCK_SEQPACKET,
  MSG_NOSIGNAL,
} from "../libc.ts";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { FdSocketOptions, Socket, UnixSocketOptions } from "bun";
import { ptr } from "bun:ffi";

/** `struct epoll_event` is packed on x86-64 (12 bytes) and aligned elsewhere (16): words of 32 bits. */
const PACKED = process.arch === "x64";
export const EVENT_WORDS = PACKED ? 3 : 4;
export const DATA_WORD = PACKED ? 1 : 2;

/** An epoll set and the events that it reports. Their data is a file descriptor and a generation. */
export class EpollSet {
  readonly fd: number;
  /** What `wait` filled, `EVENT_WORDS` a piece. */
  readonly words: Int32Array<ArrayBuffer>;
  readonly #libc: Libc;
  readonly #most: number;
  readonly #change = new Int32Array(EVENT_WORDS);

  /** `most`: events that one `wait` answers. */
  constructor(libc: Libc, fd: number, most: number) {
    this.#libc = libc;
    this.fd = fd;
    this.#most = most;
    this.words = new Int32Array(most * EVENT_WORDS);
  }

  /** How many events there are; never waits for one. */
  wait(): number {
    return this.#libc.epoll_wait(this.fd, this.words, this.#most, 0);
  }

  /** Negative: it failed, see `errno`. */
  add(fd: number, events: number, generation: number): number {
    return this.#control(EPOLL_CTL_ADD, fd, events, fd, generation);
  }

  /** The same source wants to hear of other events from now on. */
  change(fd: number, events: number, generation: number): number {
    return this.#control(EPOLL_CTL_MOD, fd, events, fd, generation);
  }

  remove(fd: number): number {
    return this.#control(EPOLL_CTL_DEL, fd, 0, 0, 0);
  }

  /** For a set that is another's, with data that means something to it alone. */
  addForeign(fd: number, events: number, data: bigint): number {
    return this.#control(EPOLL_CTL_ADD, fd, events, low(data), high(data));
  }

  #control(operation: number, fd: number, events: number, low: number, high: number): number {
    const change = this.#change;
    change[0] = events;
    change[DATA_WORD] = low;
    change[DATA_WORD + 1] = high;
    return this.#libc.epoll_ctl(this.fd, operation, fd, change);
  }
}

function low(data: bigint): number {
  return Number(BigInt.asIntN(32, data));
}

function high(data: bigint): number {
  return Number(BigInt.asIntN(32, data >> 32n));
}

/**
 * Puts our epoll set into Bun's, so that one thread serves both and Bun sleeps for both.
 *
 * Bun stays the master: it waits in its own `epoll_wait`, and an epoll set can be a member of another (epoll(7)). What
 * Bun does with an event depends on the pointer that it registered as the event's data, so we borrow one: a socket of
 * Bun's, one end of a pair, is taken out of its set, and our set is put in with that socket's pointer. When something
 * is ready in ours, Bun reads that socket, finds a packet that always waits there, and calls its `data` callback: our
 * turn. No timer, no idle wake-up, and Bun's own timers and sockets in between.
 *
 * Nothing of it is documented by Bun, so every step is checked, and the caller has another way when one fails.
 */

export interface BunLoop {
  /** While held, the process stays alive. */
  hold(): void;
  release(): void;
}

/** Calls `turn` whenever something is ready in `set`, from Bun's event loop. Answers why it cannot be, in words. */
export function nestInBunLoop(libc: Libc, set: number, turn: () => void): BunLoop | string {
  const pair = new Int32Array(2);
  if (libc.socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair) !== 0) return "there is no pair of sockets";
  const bunEnd = pair[0]!;
  const ourEnd = pair[1]!;
  const packets = new Packets(libc, ourEnd);

  let socket: Socket | null = null;
  const options: FdSocketOptions = {
    fd: bunEnd,
    socket: {
      open(opened) {
        socket = opened;
      },
      data() {
        packets.take();
        turn();
      },
    },
  };
  // Bun's types know the options but no `connect` that takes them.
  void Bun.connect(options as unknown as UnixSocketOptions).catch(() => {});

  // `open` was called by now: TypeScript does not see that.
  const opened = socket as Socket | null;
  const member = opened === null ? null : findMember(bunEnd);
  if (opened === null || member === null) {
    opened?.terminate();
    libc.close(ourEnd);
    return "Bun's own epoll set was not found in /proc/self/fdinfo";
  }
  const bunSet = new EpollSet(libc, member.set, 1);
  const moved = bunSet.addForeign(set, EPOLLIN, member.data) === 0 && bunSet.remove(bunEnd) === 0;
  if (!moved || findMember(set)?.data !== member.data) {
    opened.terminate();
    libc.close(ourEnd);
    return "Bun's epoll set does not take ours";
  }
  opened.unref();
  return { hold: () => opened.ref(), release: () => opened.unref() };
}

interface Member {
  /** The epoll set that it is in. */
  readonly set: number;
  readonly data: bigint;
}

/** The epoll set of this process with that member (proc_pid_fdinfo(5)), and the data that it is registered with. */
function findMember(fd: number): Member | null {
  const line = new RegExp(`^tfd:\\s+${fd} events:\\s+[0-9a-f]+ data:\\s+([0-9a-f]+)`, "m");
  try {
    for (const name of readdirSync("/proc/self/fd")) {
      if (!isEpollSet(name)) continue;
      const found = line.exec(readFileSync(`/proc/self/fdinfo/${name}`, "latin1"));
      if (found !== null) return { set: Number(name), data: BigInt(`0x${found[1]!}`) };
    }
  } catch {
    // No /proc.
  }
  return null;
}

function isEpollSet(name: string): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${name}`) === "anon_inode:[eventpoll]";
  } catch {
    // The descriptor that listed the folder is closed by now.
    return false;
  }
}

/** As many as are sent at once: a system queues 10 or more for a reader (`net.unix.max_dgram_qlen`). */
const BATCH = 8;
/** Fewer than so many are left: more are sent. */
const LOW = 3;

/** `struct mmsghdr` on 64-bit Linux, in words of 64 bits, and where it points to the bytes of its message. */
const HEADER_WORDS = 8;
const VECTOR = 2;
const VECTOR_LENGTH = 3;

/** Packets of one byte that always wait at the other end of a pair of sockets. */
class Packets {
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
