import { uint32At } from "../wire/integers.ts";
import { MessageCursor } from "../wire/message-cursor.ts";
import { Flag, RecordType, ResponseCode } from "../wire/record-type.ts";

const cursor = new MessageCursor();

/**
 * For how many seconds an answer of ours may be kept: the smallest TTL of its answer section (RFC 8484 §5.1), for a
 * negative one (no such name, no such type) the SOA's, limited by its MINIMUM (RFC 2308 §5), for a referral the smallest of
 * its authority section. -1: not at all (an error, or a truncated answer).
 */
export function answerLifetime(bytes: Uint8Array, length: number): number {
  if (!cursor.open(bytes, 0, length) || !cursor.skipQuestions()) return -1;
  const { flags, answers, authority } = cursor;
  const code = flags & 15;
  const truncated = (flags & Flag.TC) !== 0;
  if (truncated || (code !== ResponseCode.NOERROR && code !== ResponseCode.NXDOMAIN)) return -1;
  let least = Infinity;
  let negative = Infinity;
  for (let index = 0; index < answers + authority; index++) {
    if (!cursor.record()) return -1;
    const { type, ttl, dataEnd } = cursor;
    if (index < answers) least = Math.min(least, ttl);
    else if (type === RecordType.SOA) negative = Math.min(ttl, uint32At(bytes, dataEnd - 4));
    else if (answers === 0) least = Math.min(least, ttl);
  }
  // A CNAME that leads to a name that does not exist: the answer holds as long as both do.
  const lifetime = Math.min(least, negative);
  return lifetime === Infinity ? -1 : lifetime;
}
