import { constants } from "node:os";

import { errnoName } from "./errno.ts";
import { AF_INET, openLibc, SOCK_DGRAM, SOCK_NONBLOCK } from "./libc.ts";
import { encodeSocketAddress, familyOf } from "./socket-address.ts";

/**
 * What this machine or process is short of when it connects (socket(2), connect(2)): descriptors, memory, or local ports for
 * one more connection to that address. It says nothing about the other side, which must not be blamed for it.
 */
const SHORTAGES: ReadonlySet<string> = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "EADDRNOTAVAIL"]);

/** EADDRNOTAVAIL of an address that nothing here can reach, whatever is free: the config, or this machine's network, is wrong. */
export const NO_SOURCE = "EADDRNOTAVAIL, this machine has no source address for it";

export function isShortage(reason: string): boolean {
  return SHORTAGES.has(reason);
}

/**
 * The reason in full. EADDRNOTAVAIL means that all local ports towards the address are taken, or that there is no source
 * address for it at all (`::1` where IPv6 is off). A datagram socket has ports of its own, so its connect tells which.
 */
export function connectReason(reason: string, address: string): string {
  return reason === "EADDRNOTAVAIL" && !hasSource(address) ? NO_SOURCE : reason;
}

/** The same of a connect by Bun, which tells ECONNREFUSED when it got no socket: whether one is to be had is asked again. */
export function bunConnectReason(reason: string, address: string): string {
  const libc = openLibc();
  if (typeof libc === "string") return reason;
  const fd = libc.socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  if (fd < 0) return errnoName(libc.errno[0]!);
  libc.close(fd);
  return connectReason(reason, address);
}

function hasSource(address: string): boolean {
  const libc = openLibc();
  // The port sends nothing: connect(2) of a datagram socket only looks for a route.
  const encoded = encodeSocketAddress(address, 9);
  if (typeof libc === "string" || encoded === null) return true;
  const fd = libc.socket(familyOf(encoded), SOCK_DGRAM | SOCK_NONBLOCK, 0);
  if (fd < 0) return true;
  const found = libc.connect(fd, encoded, encoded.length) === 0 || libc.errno[0] !== constants.errno.EADDRNOTAVAIL;
  libc.close(fd);
  return found;
}
