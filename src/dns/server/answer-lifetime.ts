import { HEADER, skipName } from "../wire/query.ts";
import { RecordType, ResponseCode } from "../wire/record-type.ts";

/**
 * For how many seconds an answer of ours may be kept: the smallest TTL of its answer section (RFC 8484 §5.1), for a
 * negative one (no such name, no such type) the SOA's, limited by its MINIMUM (RFC 2308 §5), for a referral the smallest of
 * its authority section. -1: not at all (an error, or a truncated answer).
 */
export function answerLifetime(bytes: Uint8Array, length: number): number {
  const code = bytes[3]! & 15;
  const truncated = (bytes[2]! & 2) !== 0;
  if (truncated || (code !== ResponseCode.NOERROR && code !== ResponseCode.NXDOMAIN)) return -1;
  const questions = word(bytes, 4);
  const answers = word(bytes, 6);
  const authority = word(bytes, 8);
  let at = HEADER;
  for (let index = 0; index < questions; index++) at = skipName(bytes, at, length) + 4;
  let least = Infinity;
  let negative = Infinity;
  for (let index = 0; index < answers + authority; index++) {
    at = skipName(bytes, at, length);
    const type = word(bytes, at);
    const ttl = word(bytes, at + 4) * 0x10000 + word(bytes, at + 6);
    const end = at + 10 + word(bytes, at + 8);
    if (index < answers) least = Math.min(least, ttl);
    else if (type === RecordType.SOA) negative = Math.min(ttl, word(bytes, end - 4) * 0x10000 + word(bytes, end - 2));
    else if (answers === 0) least = Math.min(least, ttl);
    at = end;
  }
  // A CNAME that leads to a name that does not exist: the answer holds as long as both do.
  const lifetime = Math.min(least, negative);
  return lifetime === Infinity ? -1 : lifetime;
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}
