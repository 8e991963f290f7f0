/** The last station: what the client gets. */
import type { Reply } from "../contract/reply.ts";
import { type ReplySource, Stamp } from "../contract/trace-record.ts";
import { type Explaining, node, type Span, station, TIMELESS } from "./explaining.ts";
import type { Station, TreeNode } from "./tree.ts";
import { formatBytes } from "./words.ts";

const SOURCES: Record<ReplySource, string> = {
  none: "from nobody",
  upstream: "from the upstream",
  respond: "the route's fixed response",
  redirect: "the route's redirect",
  handler: "from the route's handler",
  static: "a file",
  policy: "from a policy",
  fault: "an error page of the edge",
  admin: "from the admin API",
};

export function replyStation(from: Explaining): Station {
  const { record } = from;
  if (!from.sent) return plannedReply(from);
  if (record.status === 0) return station("reply", "none: the connection was closed", "fault", replySpan(from));
  const text = `${record.status}, ${formatBytes(record.replyBytes)}, ${SOURCES[record.source]}`;
  return station("reply", text, record.fault === null ? "ok" : "fault", replySpan(from));
}

function plannedReply(from: Explaining): Station {
  const { record, reply } = from;
  if (reply === null) {
    const text = record.target === "" ? "none" : "what the upstream answers";
    return station("reply", text, record.fault === null ? "planned" : "fault");
  }
  const text = `would be ${reply.status}, ${SOURCES[record.source]}`;
  return station("reply", text, record.fault === null ? "planned" : "fault", TIMELESS, replyParts(reply));
}

function replyParts(reply: Reply): TreeNode[] {
  const parts = reply.fields.map(([name, value]) => node(name.toLowerCase(), value, "info"));
  if (reply.body.kind === "bytes") parts.push(node("body", formatBytes(reply.body.bytes.length), "info"));
  else if (reply.body.kind === "stream") {
    parts.push(node("body", reply.body.length < 0 ? "of unknown length" : formatBytes(reply.body.length), "info"));
  }
  return parts;
}

/** From the last point before it: bytes of a proxied reply go out while others still come in. */
function replySpan(from: Explaining): Span {
  const stamps = from.record.stamps;
  if (!from.reached(Stamp.replyWritten)) return TIMELESS;
  if (from.reached(Stamp.lastByte)) return from.span(Stamp.lastByte, Stamp.replyWritten);
  // What failed at an upstream is told by the station where it failed; nobody stamped when the error page was begun.
  if (from.reached(Stamp.queued) || from.reached(Stamp.connectBegun)) return TIMELESS;
  let begun = from.begin;
  for (let stamp = 0; stamp < Stamp.queued; stamp++) begun = Math.max(begun, stamps[stamp]!);
  return from.between(begun, stamps[Stamp.replyWritten]!);
}
