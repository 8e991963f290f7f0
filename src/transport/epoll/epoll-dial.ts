import type { DialHandler, Dialing } from "../../contract/transport.ts";
import { reportHandlerFailure } from "../handler-failure.ts";
import { connectReason } from "../shortage.ts";
import type { EpollLoop } from "./epoll-loop.ts";
import { CONNECTION_EVENTS, EpollTransport } from "./epoll-transport.ts";
import { errnoName } from "../errno.ts";
import { EventSource } from "./event-source.ts";
import {
  EINPROGRESS,
  EPOLLERR,
  EPOLLHUP,
  EPOLLOUT,
  IPPROTO_TCP,
  SO_ERROR,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
  TCP_NODELAY,
} from "../libc.ts";
import { decodeAddress, decodePort, familyOf } from "../socket-address.ts";

const ON = new Int32Array([1]);
const VALUE = new Int32Array(1);
const VALUE_SIZE = new Uint32Array(1);

/** Connects to one address. */
export class EpollDial extends EventSource implements Dialing {
  readonly outcome = "";
  readonly #loop: EpollLoop;
  readonly #handler: DialHandler;
  readonly #address: Uint8Array<ArrayBuffer>;
  /** Why it failed. */
  #reason = "";
  #over = false;

  /** Nothing is told before this returns. */
  constructor(loop: EpollLoop, address: Uint8Array<ArrayBuffer>, handler: DialHandler) {
    super(-1);
    this.#loop = loop;
    this.#address = address;
    this.#handler = handler;
    loop.hold();
    if (!this.#connect(address)) loop.later(this);
  }

  cancel(): void {
    if (this.#over) return;
    this.#over = true;
    this.#loop.close(this);
    this.#loop.release();
  }

  onEvents(events: number): void {
    if ((events & (EPOLLERR | EPOLLHUP)) !== 0) {
      const { libc } = this.#loop;
      VALUE_SIZE[0] = VALUE.byteLength;
      libc.getsockopt(this.fd, SOL_SOCKET, SO_ERROR, VALUE, VALUE_SIZE);
      if (VALUE[0] !== 0) {
        this.#reason = errnoName(VALUE[0]!);
        this.#loop.close(this);
        this.#loop.later(this);
        return;
      }
    }
    // Connected and closed again by the peer is connected, too: the events say the rest.
    if ((events & (EPOLLOUT | EPOLLHUP)) !== 0) this.#connected(events);
  }

  /** It has failed. */
  onTurn(): void {
    if (this.#over) return;
    this.#over = true;
    this.#loop.release();
    try {
      this.#handler.onConnectError(connectReason(this.#reason, decodeAddress(this.#address)));
    } catch (error) {
      reportHandlerFailure(error);
    }
  }

  #connected(events: number): void {
    this.#over = true;
    const loop = this.#loop;
    const address = this.#address;
    const transport = new EpollTransport(loop, this.fd, decodeAddress(address), decodePort(address), 0);
    transport.handler = this.#handler;
    loop.handOver(this, transport);
    loop.release();
    try {
      this.#handler.onConnect(transport);
    } catch (error) {
      transport.fail(error);
    }
    if (transport.fd >= 0) transport.onEvents(events);
  }

  /** False: it failed at once. */
  #connect(address: Uint8Array<ArrayBuffer>): boolean {
    const { libc } = this.#loop;
    const fd = libc.socket(familyOf(address), SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (fd >= this.#loop.descriptors.upstreamsBelow) {
      libc.close(fd);
      this.#reason = "EMFILE";
      return false;
    }
    if (fd >= 0) {
      this.fd = fd;
      libc.setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, ON, ON.byteLength);
      const begun = libc.connect(fd, address, address.length) === 0 || libc.errno[0] === EINPROGRESS;
      if (begun && this.#loop.watch(this, CONNECTION_EVENTS) === 0) return true;
    }
    this.#reason = errnoName(libc.errno[0]!);
    this.#loop.close(this);
    return false;
  }
}
