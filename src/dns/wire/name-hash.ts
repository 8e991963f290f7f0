/**
 * Hash of a name, built label by label from the right, so that one pass over a name gives the hash of each of its
 * suffixes, and the hash of `*.suffix` is one step from that of the suffix.
 */
import { labelOffsets } from "./name.ts";

/** Hash of the root. */
export const ROOT_HASH = 0x811c9dc5 | 0;

/** The hash of a label (at its length byte, in lower case) in front of a suffix with hash `suffix`. FNV-1a, mixed. */
export function hashLabel(suffix: number, bytes: Uint8Array, at: number): number {
  const length = bytes[at]!;
  let hash = Math.imul(suffix ^ length, 0x01000193);
  for (let index = at + 1, end = index + length; index < end; index++)
    hash = Math.imul(hash ^ bytes[index]!, 0x01000193);
  return hash ^ (hash >>> 15);
}

/** The hash of a whole name in lower case. */
export function hashName(name: Uint8Array): number {
  let hash = ROOT_HASH;
  for (const at of labelOffsets(name).toReversed()) hash = hashLabel(hash, name, at);
  return hash;
}

const WILDCARD_LABEL = Uint8Array.of(1, 0x2a);

/** The hash of `*` in front of a suffix. */
export function hashWildcard(suffix: number): number {
  return hashLabel(suffix, WILDCARD_LABEL, 0);
}
