import { nestInBunLoop, type BunLoop, DATA_WORD, EpollSet, EVENT_WORDS } from "./epoll-set.ts";
import type { EventSource } from "./event-source.ts";
import { type DescriptorLimits, ownDescriptorLimits } from "../descriptors.ts";
import { EPOLL_CLOEXEC, openLibc, type Libc } from "../libc.ts";
import { ReadBuffers } from "./read-buffers.ts";

/** Events that one look at the kernel answers: so few that their handling takes less than a turn. */
const BATCH = 64;
/** After so long a turn ends, nanoseconds, so that Bun's timers, promises and sockets are on time. */
const TURN = 2_000_000;

/**
 * Hands out the events of our sockets. There is one loop per thread; it runs whenever Bun's loop says that something
 * is ready.
 */
export class EpollLoop {
  readonly libc: Libc;
  readonly buffers = new ReadBuffers();
  readonly descriptors: DescriptorLimits = ownDescriptorLimits();
  readonly #set: EpollSet;
  #bun: BunLoop | null = null;
  /** By file descriptor. */
  readonly #sources: Array<EventSource | null> = [];
  #generation = 0;
  /** A turn that was asked for is on its way. */
  #scheduled = false;
  /** Who gets a turn after the events at hand. */
  #ready: EventSource[] = [];
  #spare: EventSource[] = [];
  #turning = false;
  /** What keeps the process alive. */
  #held = 0;
  readonly #scheduledTurn = (): void => {
    this.#scheduled = false;
    this.turn();
  };

  private constructor(libc: Libc, set: EpollSet) {
    this.libc = libc;
    this.#set = set;
  }

  /** Answers why there can be no loop, in words, where that is so. */
  static open(): EpollLoop | string {
    const libc = openLibc();
    if (typeof libc === "string") return libc;
    const fd = libc.epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0) return "the system gives no epoll set";
    const loop = new EpollLoop(libc, new EpollSet(libc, fd, BATCH));
    const bun = nestInBunLoop(libc, fd, () => loop.turn());
    if (typeof bun === "string") {
      libc.close(fd);
      return bun;
    }
    loop.#bun = bun;
    return loop;
  }

  /** Events of `source.fd` are handed to it from now on. Negative: it failed, see `errno`. */
  watch(source: EventSource, events: number): number {
    const { fd } = source;
    this.#generation = (this.#generation + 1) | 0;
    source.generation = this.#generation;
    const outcome = this.#set.add(fd, events, source.generation);
    if (outcome === 0) this.#assign(fd, source);
    return outcome;
  }

  /** `source` wants to hear of other events from now on. */
  rewatch(source: EventSource, events: number): void {
    this.#set.change(source.fd, events, source.generation);
  }

  /** `to` takes the place of `from` and of its file descriptor. */
  handOver(from: EventSource, to: EventSource): void {
    to.generation = from.generation;
    this.#assign(from.fd, to);
    from.fd = -1;
  }

  /** No further events, for as long as the descriptor is open. */
  unwatch(source: EventSource): void {
    this.#sources[source.fd] = null;
    this.#set.remove(source.fd);
  }

  /** Closes the descriptor: with it the kernel forgets who watched it. */
  close(source: EventSource): void {
    const { fd } = source;
    if (fd < 0) return;
    source.fd = -1;
    if (this.#sources[fd] === source) this.#sources[fd] = null;
    this.libc.close(fd);
  }

  /** `source.onTurn` will be called, soon and from the loop. */
  later(source: EventSource): void {
    if (source.queued) return;
    source.queued = true;
    this.#ready.push(source);
    if (!this.#turning) this.#schedule();
  }

  hold(): void {
    if (this.#held++ === 0) this.#bun!.hold();
  }

  release(): void {
    if (--this.#held === 0) this.#bun!.release();
  }

  /** Hands out what is ready until there is no more, or the turn's time is up. */
  turn(): void {
    if (this.#turning) return;
    this.#turning = true;
    try {
      this.#serve(Bun.nanoseconds() + TURN);
    } finally {
      this.#turning = false;
      if (this.#ready.length > 0) this.#schedule();
    }
  }

  #serve(end: number): void {
    do {
      // Looking once more than seems needed costs less than another way through Bun's loop.
      const found = this.#set.wait();
      if (found > 0) this.#dispatch(found);
      if (this.#ready.length > 0) this.#serveReady(end);
      else if (found <= 0) return;
    } while (Bun.nanoseconds() < end);
  }

  #dispatch(found: number): void {
    const { words } = this.#set;
    const sources = this.#sources;
    for (let at = 0; at < found * EVENT_WORDS; at += EVENT_WORDS) {
      const source = sources[words[at + DATA_WORD]!];
      if (source == null || source.generation !== words[at + DATA_WORD + 1]) continue;
      source.onEvents(words[at]!);
    }
  }

  /** Whoever is on the list now has one turn; who comes on it meanwhile, or is not reached in time, has the next. */
  #serveReady(end: number): void {
    const ready = this.#ready;
    this.#ready = this.#spare;
    this.#spare = ready;
    let index = 0;
    do {
      const source = ready[index++]!;
      source.queued = false;
      source.onTurn();
    } while (index < ready.length && Bun.nanoseconds() < end);
    if (index === ready.length) {
      ready.length = 0;
      return;
    }
    // Those who were not reached come first next time.
    ready.splice(0, index);
    for (const source of this.#ready) ready.push(source);
    this.#ready.length = 0;
    this.#spare = this.#ready;
    this.#ready = ready;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#scheduledTurn);
  }

  #assign(fd: number, source: EventSource): void {
    const sources = this.#sources;
    while (sources.length <= fd) sources.push(null);
    sources[fd] = source;
  }
}
