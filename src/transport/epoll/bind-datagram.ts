import type { DatagramHandler, DatagramOptions } from "../../contract/datagram.ts";
import { largestDatagram, setBuffers, setOption } from "../datagram-options.ts";
import { systemError } from "../errno.ts";
import {
  AF_INET,
  EPOLLIN,
  IP_PKTINFO,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_RECVPKTINFO,
  type Libc,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
} from "../libc.ts";
import { encodeSocketAddress, familyOf, setPort } from "../socket-address.ts";
import type { DatagramArena } from "./datagram-arena.ts";
import { EpollDatagramSocket } from "./epoll-datagram-socket.ts";
import type { EpollLoop } from "./epoll-loop.ts";
import { resolveName } from "./resolve-name.ts";

/** Throws the system's error when the address cannot be bound. */
export function bindDatagram(
  loop: EpollLoop,
  arena: DatagramArena,
  host: string,
  port: number,
  handler: DatagramHandler,
  options: DatagramOptions,
): EpollDatagramSocket {
  const { libc } = loop;
  const inbox = arena.inbox(largestDatagram(options));
  const numeric = encodeSocketAddress(host, port);
  let errno = 0;
  for (const address of numeric === null ? resolveName(libc, host) : [numeric]) {
    setPort(address, port);
    const fd = bind(libc, address, options);
    if (fd < 0) {
      errno = -fd;
      continue;
    }
    const socket = new EpollDatagramSocket(loop, fd, host, handler, inbox, arena.outbox);
    if (loop.watch(socket, EPOLLIN) === 0) return socket;
    errno = libc.errno[0]!;
    socket.stop();
  }
  throw systemError("bind", errno, host, port);
}

/** Answers the socket, or the negative errno. */
function bind(libc: Libc, address: Uint8Array<ArrayBuffer>, { buffer }: DatagramOptions): number {
  const fd = libc.socket(familyOf(address), SOCK_DGRAM | SOCK_NONBLOCK, 0);
  if (fd < 0) return -libc.errno[0]!;
  if (buffer !== undefined) setBuffers(libc, fd, buffer);
  if (isWildcard(address)) tellArrival(libc, fd, familyOf(address) === AF_INET);
  if (libc.bind(fd, address, address.length) === 0) return fd;
  const errno = libc.errno[0]!;
  libc.close(fd);
  return -errno;
}

/** With each datagram comes the address that it was sent to. */
function tellArrival(libc: Libc, fd: number, ipv4: boolean): void {
  if (ipv4) setOption(libc, fd, IPPROTO_IP, IP_PKTINFO, 1);
  else setOption(libc, fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
}

/** 0.0.0.0 or ::. */
function isWildcard(address: Uint8Array): boolean {
  const host = familyOf(address) === AF_INET ? address.subarray(4, 8) : address.subarray(8, 24);
  return host.every((byte) => byte === 0);
}
