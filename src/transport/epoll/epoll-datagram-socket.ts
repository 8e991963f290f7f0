import type { DatagramHandler, DatagramPeer, DatagramSocket } from "../../contract/datagram.ts";
import { reportHandlerFailure } from "../handler-failure.ts";
import { EAGAIN, EINTR, EPOLLERR, EPOLLIN, EPOLLOUT, MSG_NOSIGNAL, SO_ERROR, SOL_SOCKET } from "../libc.ts";
import { decodePort, familyOf, SOCKADDR_SIZE } from "../socket-address.ts";
import type { Inbox, Outbox, OutboxOwner } from "./datagram-arena.ts";
import { answerFrom, EpollPeer, peerAt } from "./datagram-peer.ts";
import type { EpollLoop } from "./epoll-loop.ts";
import { EventSource } from "./event-source.ts";
import { BATCH, HEADER_WORDS, RECORD_WORDS } from "./message-batch.ts";

/** Datagrams that wait for room in the kernel, at most. */
const WAITING = 256;

/** Batches of one socket before others have their turn. */
const BATCHES = 8;

/** A datagram that waits. */
interface Waiting {
  readonly peer: EpollPeer;
  readonly bytes: Uint8Array;
}

/**
 * A UDP socket that receives and sends up to `BATCH` datagrams by one system call each. `IP_RECVERR` is not asked for,
 * so that an ICMP error is nobody's.
 */
export class EpollDatagramSocket extends EventSource implements DatagramSocket, OutboxOwner {
  readonly host: string;
  readonly port: number;
  unsent = 0;
  tooLong = 0;
  readonly #family: number;
  readonly #loop: EpollLoop;
  readonly #handler: DatagramHandler;
  readonly #inbox: Inbox;
  readonly #outbox: Outbox;
  readonly #peer: EpollPeer;
  #waiting: Waiting[] = [];
  /** A batch is being handled: what is committed leaves with it. */
  #receiving = false;

  constructor(loop: EpollLoop, fd: number, host: string, handler: DatagramHandler, inbox: Inbox, outbox: Outbox) {
    super(fd);
    this.#loop = loop;
    this.#handler = handler;
    this.#inbox = inbox;
    this.#outbox = outbox;
    this.#peer = new EpollPeer(inbox.messages.records);
    this.host = host;
    const address = new Uint8Array(SOCKADDR_SIZE);
    loop.libc.getsockname(fd, address, Uint32Array.of(SOCKADDR_SIZE));
    this.port = decodePort(address);
    this.#family = familyOf(address);
    loop.hold();
  }

  get out(): Uint8Array {
    return this.#outbox.bytes;
  }

  peer(address: string, port: number): DatagramPeer | null {
    return peerAt(address, port, this.#family);
  }

  reserve(size: number): number {
    return this.#outbox.reserve(size, this);
  }

  commit(length: number, to: DatagramPeer): void {
    const { records, at } = to as EpollPeer;
    const outbox = this.#outbox;
    const index = outbox.count++;
    outbox.messages.place(index, outbox.at, length);
    outbox.messages.address(index, records, at);
    outbox.at += length;
    if (!this.#receiving) this.#loop.later(this);
  }

  send(bytes: Uint8Array, start: number, end: number, to: DatagramPeer): void {
    const at = this.reserve(end - start);
    this.out.set(bytes.subarray(start, end), at);
    this.commit(end - start, to);
  }

  stop(): void {
    if (this.fd < 0) return;
    if (this.#outbox.owner === this) this.flush();
    this.unsent += this.#waiting.length;
    this.#waiting = [];
    this.#loop.close(this);
    this.#loop.release();
  }

  onEvents(events: number): void {
    if ((events & EPOLLERR) !== 0) this.#takeError();
    if ((events & EPOLLOUT) !== 0) this.#sendWaiting();
    if ((events & EPOLLIN) !== 0 && this.fd >= 0) this.#receive();
  }

  onTurn(): void {
    if (this.#outbox.owner === this) this.flush();
  }

  /** Sends what was committed. One that cannot be sent (no route to its address …) does not keep back those behind it. */
  flush(): void {
    const outbox = this.#outbox;
    const { libc } = this.#loop;
    const { headers } = outbox.messages;
    const { count } = outbox;
    for (let at = 0; at < count;) {
      if (this.#waiting.length > 0 || this.fd < 0) {
        this.#wait(at++);
        continue;
      }
      const rest = at === 0 ? headers : headers.subarray(at * HEADER_WORDS);
      const sent = libc.sendmmsg(this.fd, rest, count - at, MSG_NOSIGNAL);
      if (sent > 0) {
        at += sent;
        continue;
      }
      const errno = libc.errno[0];
      if (errno === EAGAIN) {
        this.#wait(at++);
        this.#loop.rewatch(this, EPOLLIN | EPOLLOUT);
      } else if (errno !== EINTR) {
        at++;
        this.unsent++;
      }
    }
    outbox.clear();
  }

  #receive(): void {
    // While one batch is answered the next one comes: to ask for it costs less than to be told of it.
    for (let batch = 0; batch < BATCHES && this.fd >= 0; batch++) {
      const received = this.#loop.libc.recvmmsg(this.fd, this.#inbox.messages.headers, BATCH, 0, null);
      if (received <= 0) return;
      this.#handle(received);
    }
  }

  #handle(received: number): void {
    const { messages, bytes, stride } = this.#inbox;
    messages.received(received);
    const peer = this.#peer;
    this.#receiving = true;
    for (let index = 0; index < received && this.fd >= 0; index++) {
      const length = messages.length(index);
      if (length < 0) {
        this.tooLong++;
        continue;
      }
      peer.at = index * RECORD_WORDS;
      answerFrom(messages.records, peer.at);
      const start = index * stride;
      try {
        this.#handler.onDatagram(bytes, start, start + length, peer, this);
      } catch (error) {
        reportHandlerFailure(error);
      }
    }
    this.#receiving = false;
    if (this.#outbox.owner === this && this.#outbox.count > 0) this.flush();
  }

  /** The kernel has no room for it: it is kept, when there are few enough. */
  #wait(index: number): void {
    if (this.fd < 0 || this.#waiting.length === WAITING) {
      this.unsent++;
      return;
    }
    const { messages, bytes } = this.#outbox;
    const start = messages.start(index);
    const peer = new EpollPeer(messages.records);
    peer.at = index * RECORD_WORDS;
    this.#waiting.push({ peer: peer.keep(), bytes: bytes.slice(start, start + messages.size(index)) });
  }

  #sendWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { bytes, peer } of waiting) this.send(bytes, 0, bytes.length, peer);
    this.flush();
    if (this.fd >= 0 && this.#waiting.length === 0) this.#loop.rewatch(this, EPOLLIN);
  }

  /** An error that nobody takes would be told for ever. */
  #takeError(): void {
    this.#loop.libc.getsockopt(this.fd, SOL_SOCKET, SO_ERROR, new Int32Array(1), Uint32Array.of(4));
  }
}
