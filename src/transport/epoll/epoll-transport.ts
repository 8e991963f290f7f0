import { ptr } from "bun:ffi";

import type { Transport, TransportHandler } from "../../contract/transport.ts";
import { reportHandlerFailure } from "../handler-failure.ts";
import type { EpollLoop } from "./epoll-loop.ts";
import { EventSource } from "./event-source.ts";
import {
  EAGAIN,
  EPOLLERR,
  EPOLLET,
  EPOLLHUP,
  EPOLLIN,
  EPOLLOUT,
  EPOLLPRI,
  EPOLLRDHUP,
  MSG_NOSIGNAL,
  MSG_TRUNC,
  SHUT_WR,
  SO_LINGER,
  SOL_SOCKET,
} from "../libc.ts";
import { HEADROOM, READ_SIZE } from "./read-buffers.ts";

/** Edge-triggered (epoll(7)): one registration for all of a connection's life, and what was told is ours to remember. */
export const CONNECTION_EVENTS = EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLRDHUP | EPOLLET;
/** Any of them is a reason to read. */
const TO_READ = EPOLLIN | EPOLLPRI | EPOLLRDHUP | EPOLLHUP | EPOLLERR;
/** With any of them more may wait than a short read tells: FIN, an error, what comes behind urgent data. */
const BEYOND_DATA = EPOLLPRI | EPOLLRDHUP | EPOLLHUP | EPOLLERR;

/** Reads of one connection before the others have their turn. */
const READS = 2;
/** Bytes that came and are thrown away by a close in order, at most. */
const DISCARD = 1_048_576;

/** struct linger: on, 0 seconds. */
const RESET = new Int32Array([1, 0]);

/** A connected TCP socket. */
export class EpollTransport extends EventSource implements Transport {
  readonly peerAddress: string;
  readonly peerPort: number;
  readonly localPort: number;
  readonly tls = null;
  /** Null once the connection is given up or gone. */
  handler: TransportHandler | null = null;
  readonly #loop: EpollLoop;
  /** The kernel has something to read, or had at the last look. */
  #readable = false;
  /** FIN or an error stands behind the bytes: a short read is not the end. */
  #exhaust = false;
  #paused = false;
  /** A write was cut short. */
  #blocked = false;
  /** The peer has sent FIN, and the handler knows. */
  #ended = false;
  /** We have sent FIN. */
  #halfClosed = false;
  /** Reset or broken: when what came is read, it is over. */
  #broken = false;
  /** A write failed. It has taken the error from the socket, which from now on looks as if FIN had come. */
  #failed = false;

  constructor(loop: EpollLoop, fd: number, peerAddress: string, peerPort: number, localPort: number) {
    super(fd);
    this.#loop = loop;
    this.peerAddress = peerAddress;
    this.peerPort = peerPort;
    this.localPort = localPort;
    loop.hold();
  }

  write(bytes: Buffer, start: number, end: number): number {
    const { fd } = this;
    if (fd < 0 || this.#halfClosed) return -1;
    const length = end - start;
    if (length <= 0) return 0;
    // The kernel would send what lies behind the buffer, or where a detached one was.
    if (start < 0 || end > bytes.length) throw new RangeError(`write: ${start} to ${end} of ${bytes.length} bytes`);
    const { libc } = this.#loop;
    const sent = libc.send(fd, ptr(bytes, start), length, MSG_NOSIGNAL);
    if (sent === length) return sent;
    if (sent >= 0 || libc.errno[0] === EAGAIN) {
      this.#blocked = true;
      return Math.max(sent, 0);
    }
    // The handler hears of it by `onClose`, and not while it writes. What came before is read first.
    this.#broken = this.#failed = true;
    this.#loop.later(this);
    return -1;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    if (this.fd >= 0 && this.#readable) this.#loop.later(this);
  }

  shutdown(): void {
    if (this.fd < 0 || this.#halfClosed) return;
    this.#halfClosed = true;
    this.#loop.libc.shutdown(this.fd, SHUT_WR);
    if (this.#ended) this.#loop.later(this);
  }

  close(): void {
    if (this.fd >= 0 && this.#readable && !this.#ended) this.#discard();
    this.#leave();
  }

  abort(): void {
    if (this.fd >= 0) this.#loop.libc.setsockopt(this.fd, SOL_SOCKET, SO_LINGER, RESET, RESET.byteLength);
    this.#leave();
  }

  retain(bytes: Buffer, start: number, end: number): Buffer | null {
    return this.#loop.buffers.retain(bytes, start, end);
  }

  release(bytes: Buffer): void {
    this.#loop.buffers.release(bytes);
  }

  handOver(handler: TransportHandler, bytes: Buffer, start: number, end: number): void {
    if (this.fd < 0) return;
    this.handler = handler;
    this.resume();
    try {
      if (end > start) handler.onData(bytes, start, end);
      if (this.#ended && this.handler === handler) handler.onEnd();
    } catch (error) {
      this.fail(error);
    }
  }

  /** Tells the kernel's events of this connection. Negative: it cannot be watched. */
  watch(): number {
    return this.#loop.watch(this, CONNECTION_EVENTS);
  }

  onEvents(events: number): void {
    try {
      if ((events & EPOLLOUT) !== 0 && this.#blocked) {
        this.#blocked = false;
        this.handler?.onWritable();
      }
      if ((events & TO_READ) === 0 || this.fd < 0) return;
      this.#readable = true;
      if ((events & BEYOND_DATA) !== 0) {
        this.#exhaust = true;
        if ((events & EPOLLERR) !== 0) this.#broken = true;
      }
      this.#read();
    } catch (error) {
      this.fail(error);
    }
  }

  onTurn(): void {
    try {
      this.#read();
    } catch (error) {
      this.fail(error);
    }
  }

  /** The handler threw: the connection is of no use any more. */
  fail(error: unknown): void {
    reportHandlerFailure(error);
    const { handler } = this;
    this.abort();
    this.#tellClosed(handler);
  }

  #read(): void {
    if (this.fd < 0) return;
    if (this.#ended && (this.#halfClosed || this.#broken)) {
      this.#gone();
      return;
    }
    if (this.#paused) {
      // Who does not read learns of a reset at once: what came before it is lost.
      if (this.#broken) this.#gone();
      return;
    }
    const { libc, buffers } = this.#loop;
    for (let reads = 0; this.#readable || this.#broken; reads++) {
      if (reads === READS) {
        this.#loop.later(this);
        return;
      }
      const received = libc.recv(this.fd, buffers.address, READ_SIZE, 0);
      if (received <= 0) {
        this.#onNothing(received);
        return;
      }
      // A stream has no more when it gives less than was asked for (epoll(7)).
      if (received < READ_SIZE && !this.#exhaust) this.#readable = false;
      this.handler!.onData(buffers.current, HEADROOM, HEADROOM + received);
      if (this.fd < 0 || this.#paused) return;
    }
  }

  /** No byte is left: that is all for now, or the peer's FIN, or the end of the connection. */
  #onNothing(received: number): void {
    this.#readable = false;
    this.#exhaust = false;
    if (received === 0 && !this.#failed) {
      if (this.#ended) return;
      this.#ended = true;
      this.handler!.onEnd();
      if (this.fd < 0 || !(this.#halfClosed || this.#broken)) return;
    } else if (!this.#broken && this.#loop.libc.errno[0] === EAGAIN) {
      return;
    }
    this.#gone();
  }

  #gone(): void {
    const { handler } = this;
    this.#leave();
    this.#tellClosed(handler);
  }

  #tellClosed(handler: TransportHandler | null): void {
    try {
      handler?.onClose();
    } catch (error) {
      reportHandlerFailure(error);
    }
  }

  /** Nothing more is written, and nothing more is heard. */
  #leave(): void {
    this.handler = null;
    if (this.fd < 0) return;
    this.#loop.close(this);
    this.#loop.release();
  }

  /** Closing a socket with unread bytes is a reset (RFC 2525 §2.17), which takes from the peer what was written to it. */
  #discard(): void {
    const { fd } = this;
    const { libc, buffers } = this.#loop;
    libc.shutdown(fd, SHUT_WR);
    for (let discarded = 0; discarded < DISCARD;) {
      const received = libc.recv(fd, buffers.address, DISCARD, MSG_TRUNC);
      if (received <= 0) return;
      discarded += received;
    }
  }
}
