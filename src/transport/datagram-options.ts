import type { DatagramOptions } from "../contract/datagram.ts";
import {
  IP_RECVERR,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_RECVERR,
  type Libc,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SO_SNDBUF,
  SO_SNDBUFFORCE,
  SOL_SOCKET,
} from "./libc.ts";

/** What `DatagramOptions.largest` is when nothing is said. */
const LARGEST = 2_048;
const MOST = 65_535;

/** @throws RangeError when it cannot be. */
export function largestDatagram({ largest = LARGEST }: DatagramOptions): number {
  if (Number.isInteger(largest) && largest > 0 && largest <= MOST) return largest;
  throw new RangeError(`a datagram has 1 to ${MOST} bytes, not ${largest}`);
}

/** Asks for buffers that hold a burst. Whoever may not go beyond net.core.rmem_max and wmem_max gets what they allow. */
export function setBuffers(libc: Libc, fd: number, bytes: number): void {
  if (!setOption(libc, fd, SOL_SOCKET, SO_RCVBUFFORCE, bytes)) setOption(libc, fd, SOL_SOCKET, SO_RCVBUF, bytes);
  if (!setOption(libc, fd, SOL_SOCKET, SO_SNDBUFFORCE, bytes)) setOption(libc, fd, SOL_SOCKET, SO_SNDBUF, bytes);
}

/**
 * ICMP errors are no errors of the socket from now on. Bun asks for them, and then one peer's closed port makes the next
 * send, to whomever, fail.
 */
export function ignoreErrors(libc: Libc, fd: number, ipv6: boolean): void {
  setOption(libc, fd, IPPROTO_IP, IP_RECVERR, 0);
  if (ipv6) setOption(libc, fd, IPPROTO_IPV6, IPV6_RECVERR, 0);
}

export function setOption(libc: Libc, fd: number, level: number, option: number, value: number): boolean {
  const cell = Int32Array.of(value);
  return libc.setsockopt(fd, level, option, cell, cell.byteLength) === 0;
}
