import { EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD, type Libc } from "../libc.ts";

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
