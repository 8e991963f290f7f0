import type { CdsPolicy } from "./zone-keys.ts";

/** How a zone is signed. Times in seconds. */
export interface SigningPolicy {
  /** How long before the time of signing signatures begin to hold, for clocks that go slow. */
  readonly inception: number;
  /** How long signatures hold. */
  readonly validity: number;
  /** Each signature ends up to this much earlier, so that they do not all end at once (RFC 6781 §4.4.2.2). */
  readonly jitter: number;
  /** A signature with less than this left is made again. */
  readonly refresh: number;
  /** TTL of DNSKEY, CDS and CDNSKEY. */
  readonly dnskeyTtl: number;
  /** CDS and CDNSKEY tell the parent which DS to have (RFC 7344), or to have none any more. */
  readonly publishCds: CdsPolicy;
  /** 0 to 1. */
  readonly random: () => number;
}

const HOUR = 3_600;
const DAY = 24 * HOUR;

export const SIGNING_POLICY: SigningPolicy = {
  inception: HOUR,
  validity: 14 * DAY,
  jitter: 12 * HOUR,
  refresh: 4 * DAY,
  dnskeyTtl: HOUR,
  publishCds: true,
  random: Math.random,
};

/** Seconds since 1970 as RRSIG has them: modulo 2^32, compared as serials are (RFC 4034 §3.1.5). */
export function signatureTime(seconds: number): number {
  return Math.floor(seconds) % 2 ** 32;
}
