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
  static: "from the route's files",
  policy: "from a policy",
  fault: "an error page of the edge",
  admin: "from the admin API",
};

export function replyStation(from: Explaining): Station {
  const { record } = from;
  if (!from.sent) return plannedReply(from);
  if (record.status === 0) {
    const why = record.fault === "client-aborted" ? "the client had left" : "the connection was closed";
    return station("reply", `none: ${why}`, "fault", replySpan(from));
  }
  const text = `${record.status}, ${formatBytes(record.replyBytes)}, ${SOURCES[record.source]}`;
  const notes = record.note === "" ? [] : [node("why", record.note, "info")];
  return station("reply", text, record.fault === null ? "ok" : "fault", replySpan(from), notes);
}

function plannedReply(from: Explaining): Station {
  const { record, reply } = from;
  const mark = record.fault === null ? "planned" : "fault";
  const status = reply?.status ?? record.status;
  if (status > 0) {
    const parts = reply === null ? [] : replyParts(reply);
    return station("reply", `would be ${status}, ${SOURCES[record.source]}`, mark, TIMELESS, parts);
  }
  return station("reply", OPEN_REPLIES[record.source] ?? "none", mark);
}

/** Where only sending the request would show what comes back. */
const OPEN_REPLIES: Partial<Record<ReplySource, string>> = {
  upstream: "what the upstream answers",
  handler: "what the route's handler answers; a plan does not run it",
  static: "the file, or 404; a plan does not look it up",
};

function replyParts(reply: Reply): TreeNode[] {
  const parts = reply.fields.map(([name, value]) => node(name.toLowerCase(), value, "info"));
  if (reply.body.kind === "bytes") parts.push(node("body", formatBytes(reply.body.bytes.length), "info"));
  else if (reply.body.kind === "stream") {
    parts.push(node("body", reply.body.length < 0 ? "of unknown length" : formatBytes(reply.body.length), "info"));
  }
  return parts;
}

/**
 * Of a proxied reply what was left to do after its last byte came: the rest went out while others still came in. Of
 * one that the edge made all since the last decision, a handler's or file's time included.
 */
function replySpan(from: Explaining): Span {
  if (!from.reached(Stamp.replyWritten)) return TIMELESS;
  if (from.answered) return from.reached(Stamp.lastByte) ? from.span(Stamp.lastByte, Stamp.replyWritten) : TIMELESS;
  return from.between(replyBegun(from), from.stamps[Stamp.replyWritten]!);
}

function replyBegun(from: Explaining): number {
  const { record, stamps } = from;
  if (record.pool !== "" || record.source === "policy") return from.cut;
  return Math.max(from.begin, stamps[Stamp.headParsed]!, stamps[Stamp.routed]!, stamps[Stamp.policiesDone]!);
}
