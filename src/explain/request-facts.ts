import { MAX_LINE, type TraceRecord } from "../contract/trace-record.ts";
import { targetEnd, targetStart } from "../trace/request-line.ts";
import type { OutcomeFacts, RequestFacts } from "./tree.ts";

/** Of the request line as it came; "?" when there was none. */
export function requestMethod(record: TraceRecord): string {
  return record.methodLength === 0 ? "?" : record.line.latin1Slice(0, record.methodLength);
}

export function requestTarget(record: TraceRecord): string {
  const target = record.line.latin1Slice(targetStart(record), targetEnd(record));
  return record.lineLength >= MAX_LINE ? `${target}…` : target;
}

export function requestFacts(record: TraceRecord): RequestFacts {
  return {
    method: requestMethod(record),
    target: requestTarget(record),
    authority: record.authority.latin1Slice(0, record.authorityLength),
    scheme: record.scheme,
    protocol: record.protocol,
    client: record.clientAddress,
    peer: record.peerAddress,
    bytes: record.requestBytes,
  };
}

export function outcomeFacts(record: TraceRecord): OutcomeFacts {
  return {
    status: record.status,
    source: record.source,
    bytes: record.replyBytes,
    route: record.route,
    pool: record.pool,
    upstream: record.target,
    pickReason: record.pickReason,
    reused: record.reused,
    retries: record.retries,
    noRetry: record.noRetry,
  };
}
