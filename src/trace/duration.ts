import type { Nanoseconds } from "../contract/time.ts";
import { Stamp, STAMP_COUNT } from "../contract/trace-record.ts";

/** Where the exchange began: the first byte of its head, else whatever came first. 0 when nothing was stamped. */
export function beginOf(stamps: Float64Array): Nanoseconds {
  if (stamps[Stamp.headBegun] !== 0) return stamps[Stamp.headBegun]!;
  let first = 0;
  for (let index = 0; index < STAMP_COUNT; index++) {
    const stamp = stamps[index]!;
    if (stamp !== 0 && (first === 0 || stamp < first)) first = stamp;
  }
  return first;
}

/** Where the exchange ended; the last point that it reached while it is under way. */
export function endOf(stamps: Float64Array): Nanoseconds {
  if (stamps[Stamp.ended] !== 0) return stamps[Stamp.ended]!;
  if (stamps[Stamp.replyWritten] !== 0) return stamps[Stamp.replyWritten]!;
  let last = 0;
  for (let index = 0; index < STAMP_COUNT; index++) {
    const stamp = stamps[index]!;
    if (stamp > last) last = stamp;
  }
  return last;
}

/** Nanoseconds that the target took once it had the request: while a body goes up, it is the client that takes time. */
export function timeToFirstByte(stamps: Float64Array): Nanoseconds {
  const firstByte = stamps[Stamp.firstByte]!;
  const bodySent = stamps[Stamp.requestBodySent]!;
  return firstByte - (bodySent > 0 && bodySent <= firstByte ? bodySent : stamps[Stamp.requestSent]!);
}
