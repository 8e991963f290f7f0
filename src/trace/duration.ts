import type { Nanoseconds } from "../contract/time.ts";
import { Stamp, STAMP_COUNT, type TraceRecord } from "../contract/trace-record.ts";

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
  return firstByte - waitBegan(stamps, firstByte);
}

/** When the target had the whole request, if that was before `until`; else when it had the head. */
export function waitBegan(stamps: Float64Array, until: Nanoseconds): Nanoseconds {
  const bodySent = stamps[Stamp.requestBodySent]!;
  return bodySent > 0 && bodySent <= until ? bodySent : stamps[Stamp.requestSent]!;
}

/** Where the first choice of a target ended: what follows is the queue's time, or that of attempts, which have their own. */
export function balanceEnd({ stamps, attempts }: TraceRecord): Nanoseconds {
  const balanced = stamps[Stamp.balanced]!;
  const queued = stamps[Stamp.queued]!;
  const attempted = attempts?.[0]?.begun ?? 0;
  let end = balanced;
  if (queued > 0 && queued < end) end = queued;
  if (attempted > 0 && attempted < end) end = attempted;
  return end;
}
