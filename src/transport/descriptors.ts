import { AF_INET, openLibc, RLIMIT_NOFILE, SOCK_DGRAM, SOCK_NONBLOCK, type Libc } from "./libc.ts";

/** Below the limit that connections to upstreams leave free: for the admin API, the config, the log and name lookups. */
const FOR_ADMIN = 8;
/** What new clients leave free besides, at least and at most: those who are there get their answers. */
const LEAST_FOR_UPSTREAMS = 8;
const MOST_FOR_UPSTREAMS = 248;
/** One in so many is kept for upstreams. */
const SHARE = 16;

/**
 * How many descriptors this process may have, and from where on who gets none. The kernel gives out the lowest number that is
 * free (open(2)), so a number tells how many there are at least: nothing has to be counted.
 */
export interface DescriptorLimits {
  readonly limit: number;
  /** No further client is accepted when a client's number is this or more. */
  readonly clientsBelow: number;
  /** No upstream is connected to by a socket whose number is this or more. */
  readonly upstreamsBelow: number;
}

export function descriptorLimits(limit: number): DescriptorLimits {
  const forUpstreams = Math.max(LEAST_FOR_UPSTREAMS, Math.min(MOST_FOR_UPSTREAMS, Math.floor(limit / SHARE)));
  const upstreamsBelow = limit - FOR_ADMIN;
  return { limit, clientsBelow: upstreamsBelow - forUpstreams, upstreamsBelow };
}

const UNLIMITED: DescriptorLimits = { limit: Infinity, clientsBelow: Infinity, upstreamsBelow: Infinity };
let known: DescriptorLimits | null = null;

/** Those of this process, after the soft limit was raised to the hard one, which Bun does at its start as well. */
export function ownDescriptorLimits(): DescriptorLimits {
  if (known !== null) return known;
  const libc = openLibc();
  known = typeof libc === "string" ? UNLIMITED : descriptorLimits(raiseLimit(libc));
  return known;
}

/** Answers the limit from now on. */
export function raiseLimit(libc: Libc): number {
  const limits = new BigUint64Array(2);
  if (libc.getrlimit(RLIMIT_NOFILE, limits) !== 0) return Infinity;
  const [soft, hard] = limits as unknown as [bigint, bigint];
  if (soft >= hard) return Number(soft);
  limits[0] = hard;
  return Number(libc.setrlimit(RLIMIT_NOFILE, limits) === 0 ? hard : soft);
}

/** The number that the next descriptor would have; Infinity: there is none, for this process or for the system. */
export function nextDescriptor(libc: Libc): number {
  const fd = libc.socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  if (fd < 0) return Infinity;
  libc.close(fd);
  return fd;
}

/** A further connection to the outside leaves enough for the admin API. */
export function hasRoomToConnect(): boolean {
  const libc = openLibc();
  return typeof libc === "string" || nextDescriptor(libc) < ownDescriptorLimits().upstreamsBelow;
}
