import { createHash } from "node:crypto";

/** How the names of a zone are hashed (RFC 5155 §4). */
export interface Nsec3Parameters {
  /** Beyond the first; RFC 9276 §3.1 wants 0. */
  readonly iterations: number;
  readonly salt: Uint8Array;
}

/** IANA "DNSSEC NSEC3 Hash Algorithms": the only one there is. */
export const NSEC3_SHA1 = 1;

/** The data of an NSEC3PARAM, or the begin of an NSEC3's; null when its algorithm is unknown. */
export function readNsec3Parameters(data: Uint8Array): Nsec3Parameters | null {
  if (data[0] !== NSEC3_SHA1 || data.length < 5) return null;
  return { iterations: (data[2]! << 8) | data[3]!, salt: data.slice(5, 5 + data[4]!) };
}

/** RFC 5155 §5, of a name in lower case. 20 bytes. */
export function nsec3Hash(name: Uint8Array, { iterations, salt }: Nsec3Parameters): Uint8Array {
  let hash: Uint8Array = name;
  for (let round = 0; round <= iterations; round++) hash = createHash("sha1").update(hash).update(salt).digest();
  return hash;
}
