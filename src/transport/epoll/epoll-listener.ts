import type { Acceptor, Listening, ListenOptions } from "../../contract/transport.ts";
import { say } from "../handler-failure.ts";
import type { EpollLoop } from "./epoll-loop.ts";
import { EpollTransport } from "./epoll-transport.ts";
import { nextDescriptor } from "../descriptors.ts";
import { errnoName, systemError } from "../errno.ts";
import { EventSource } from "./event-source.ts";
import {
  EAGAIN,
  ECONNABORTED,
  EINTR,
  EPOLLIN,
  IPPROTO_TCP,
  SO_REUSEADDR,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
  TCP_NODELAY,
  type Libc,
} from "../libc.ts";
import { resolveName } from "./resolve-name.ts";
import { decodeAddress, decodePort, encodeSocketAddress, familyOf, setPort, SOCKADDR_SIZE } from "../socket-address.ts";

/** Where nobody says how many connections may wait in the kernel. */
const BACKLOG = 4_096;
/** Connections that are accepted before others have their turn. */
const ACCEPTS = 64;
/** Between two tries when there is no descriptor or memory for another connection, milliseconds. */
const REST = 100;

const ON = new Int32Array([1]);

/** Throws the system's error when the address cannot be listened on. */
export function listenByEpoll(
  loop: EpollLoop,
  host: string,
  port: number,
  accept: Acceptor,
  { backlog }: ListenOptions = { backlog: BACKLOG },
): Listening {
  const { libc } = loop;
  const numeric = encodeSocketAddress(host, port);
  const addresses = numeric === null ? resolveName(libc, host) : [numeric];
  let errno = 0;
  for (const address of addresses) {
    setPort(address, port);
    const fd = bind(libc, address, backlog);
    if (fd >= 0) return new EpollListener(loop, fd, host, accept);
    errno = -fd;
  }
  throw systemError("listen", errno, host, port);
}

/** Answers the listening socket, or the negative errno. */
function bind(libc: Libc, address: Uint8Array<ArrayBuffer>, backlog: number): number {
  const fd = libc.socket(familyOf(address), SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (fd < 0) return -libc.errno[0]!;
  libc.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, ON, ON.byteLength);
  // What it accepts inherits this (tcp(7)), which saves a call for each.
  libc.setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, ON, ON.byteLength);
  if (libc.bind(fd, address, address.length) === 0 && libc.listen(fd, backlog) === 0) return fd;
  const errno = libc.errno[0]!;
  libc.close(fd);
  return -errno;
}

/** Who the last connection came from: most come from few. */
const PEER = new Uint8Array(SOCKADDR_SIZE);
const PEER_SIZE = new Uint32Array(1);

class EpollListener extends EventSource implements Listening {
  readonly host: string;
  readonly port: number;
  readonly #loop: EpollLoop;
  readonly #accept: Acceptor;
  #rest: ReturnType<typeof setTimeout> | null = null;
  /** What the last rest was for: it is told once. */
  #told = "";

  constructor(loop: EpollLoop, fd: number, host: string, accept: Acceptor) {
    super(fd);
    this.#loop = loop;
    this.#accept = accept;
    this.host = host;
    PEER_SIZE[0] = SOCKADDR_SIZE;
    loop.libc.getsockname(fd, PEER, PEER_SIZE);
    this.port = decodePort(PEER);
    loop.hold();
    this.#watch();
  }

  onEvents(): void {
    const { libc, descriptors } = this.#loop;
    for (let count = 0; count < ACCEPTS && this.fd >= 0; count++) {
      PEER_SIZE[0] = SOCKADDR_SIZE;
      const fd = libc.accept4(this.fd, PEER, PEER_SIZE, SOCK_NONBLOCK);
      if (fd >= 0) {
        this.#welcome(fd);
        if (fd < descriptors.clientsBelow) continue;
        this.#takeRest(`${descriptors.clientsBelow} of ${descriptors.limit} open files are in use`);
        return;
      }
      const errno = libc.errno[0]!;
      if (errno === EAGAIN) return;
      if (errno === ECONNABORTED || errno === EINTR) continue;
      this.#takeRest(errnoName(errno));
      return;
    }
  }

  onTurn(): void {}

  /** listen(2) on a socket that listens already changes its backlog alone. */
  setBacklog(backlog: number): boolean {
    return this.fd >= 0 && this.#loop.libc.listen(this.fd, backlog) === 0;
  }

  stop(): void {
    if (this.fd < 0) return;
    if (this.#rest !== null) clearTimeout(this.#rest);
    this.#loop.close(this);
    this.#loop.release();
  }

  #watch(): void {
    this.#rest = null;
    if (this.fd < 0) return;
    const { libc } = this.#loop;
    if (this.#loop.watch(this, EPOLLIN) !== 0) this.#takeRest(errnoName(libc.errno[0]!));
  }

  #welcome(fd: number): void {
    const transport = new EpollTransport(this.#loop, fd, decodeAddress(PEER), decodePort(PEER), this.port);
    try {
      transport.handler = this.#accept(transport);
      if (transport.handler === null) transport.abort();
      else if (transport.watch() !== 0) throw new Error(`epoll_ctl: ${errnoName(this.#loop.libc.errno[0]!)}`);
    } catch (error) {
      transport.fail(error);
    }
  }

  /** Whoever comes stays in the backlog, and would be told again and again. */
  #takeRest(reason: string): void {
    if (this.fd < 0) return;
    if (this.#told !== reason) say(`port ${this.port} accepts no connection for now: ${reason}`);
    this.#told = reason;
    this.#loop.unwatch(this);
    this.#rest = setTimeout(() => this.#lookAgain(), REST);
  }

  #lookAgain(): void {
    if (nextDescriptor(this.#loop.libc) < this.#loop.descriptors.clientsBelow) this.#watch();
    else this.#rest = setTimeout(() => this.#lookAgain(), REST);
  }
}
