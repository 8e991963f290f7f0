/** The stations from the choice of a target to the last byte that it sent. */
import { Stamp, type TraceRecord, waitBegan } from "../contract/trace-record.ts";
import { balanceStation, heldInVain, isFull, poolOf } from "./balance-station.ts";
import { NO_RETRY_WORDS } from "./no-retry-words.ts";
import { type Explaining, node, NOT_REACHED, type Span, station, TIMELESS } from "./explaining.ts";
import { parseServerTiming, type ServerTiming } from "./server-timing.ts";
import type { UpstreamTimeouts } from "../contract/plan.ts";
import type { Mark, Station, TreeNode } from "./tree.ts";
import { count, formatBytes, formatLimit } from "./words.ts";

export function upstreamStations(from: Explaining): Station[] {
  return [
    ...bodyStation(from),
    balanceStation(from),
    queueStation(from),
    ...attemptsStation(from),
    connectStation(from),
    exchangeStation(from),
  ];
}

/** There only when a body was waited for, by which the client takes no connection from others while it sends. */
function bodyStation(from: Explaining): Station[] {
  const inVain = heldInVain(from);
  if (!inVain && !from.reached(Stamp.bodyHeld)) return [];
  const enough = poolOf(from)?.queue.body ?? 0;
  const words = `waited for the client to send ${enough === 0 ? "the body" : `the body, or ${formatBytes(enough)} of it`}`;
  const span = from.span(Stamp.policiesDone, Stamp.bodyHeld);
  return [station("body", inVain ? `${words}, in vain` : words, inVain ? "fault" : "ok", span)];
}

function queueStation(from: Explaining): Station {
  if (from.record.pool === "" || heldInVain(from)) return station("queue", NOT_REACHED, "skipped");
  const span = from.span(Stamp.queued, Stamp.dequeued);
  if (from.reached(Stamp.dequeued)) return station("queue", "waited for a free connection", "ok", span);
  if (from.reached(Stamp.queued)) return station("queue", "waited for a free connection, got none", "fault", span);
  if (from.sent) return station("queue", "did not wait", "skipped");
  if (from.record.target !== "" || !isFull(from)) return station("queue", "would not wait", "skipped");
  const limit = poolOf(from)?.queue.timeout ?? 0;
  return station(
    "queue",
    `would wait${limit === 0 ? "" : ` up to ${formatLimit(limit)}`} for a free connection`,
    "planned",
  );
}

/** There only when an attempt failed, or was given up for one beside it that answered first. The last of them may be the one that the stations behind tell about. */
function attemptsStation(from: Explaining): Station[] {
  const attempts = from.record.attempts ?? [];
  if (attempts.length === 0) return [];
  const lastBegun = from.stamps[Stamp.connectBegun]!;
  const earlier = attempts.filter((attempt) => lastBegun === 0 || attempt.ended <= lastBegun);
  const children = attempts.map((attempt) => {
    const text = `${attempt.fault ?? "given up"} on a ${attempt.reused ? "reused" : "new"} connection`;
    const span = earlier.includes(attempt) ? from.between(attempt.begun, attempt.ended) : TIMELESS;
    return node(attempt.target, text, "fault", span);
  });
  const { noRetry } = from.record;
  if (noRetry !== "") children.push(node("no retry", NO_RETRY_WORDS[noRetry], "info"));
  const failed = attempts.filter(({ fault }) => fault !== null).length;
  const results = [
    ...(failed === attempts.length ? [] : [`${from.record.target} answered first of two`]),
    ...(failed === 0 ? [] : [`${count(failed, "attempt")} failed`]),
  ];
  const text = `${results.join(", ")}, ${count(from.record.retries, "retry", "retries")}`;
  const first = earlier[0];
  const span = first === undefined ? TIMELESS : from.between(first.begun, earlier[earlier.length - 1]!.ended);
  return [station("attempts", text, from.record.fault === null ? "ok" : "fault", span, children)];
}

function connectStation(from: Explaining): Station {
  const { record } = from;
  if (record.target === "") return station("connect", NOT_REACHED, "skipped");
  if (!from.sent) return station("connect", plannedConnect(from), "planned");
  const span = from.span(Stamp.connectBegun, Stamp.connected);
  if (from.reached(Stamp.connected)) {
    const opened = record.dialled === "" ? "opened a new connection" : `opened a new connection to ${record.dialled}`;
    return station("connect", record.reused ? "reused an idle connection" : opened, "ok", span);
  }
  if (from.reached(Stamp.connectBegun)) return station("connect", `no connection to ${record.target}`, "fault", span);
  return station("connect", NOT_REACHED, "skipped");
}

function plannedConnect(from: Explaining): string {
  if (from.record.reused) return "would reuse an idle connection";
  const timeouts = timeoutsOf(from);
  const limit = timeouts === null || timeouts.connect === 0 ? "" : ` within ${formatLimit(timeouts.connect)}`;
  return `would open a new connection${limit}: none is idle`;
}

/** The route's, while the record is of this plan. */
function timeoutsOf(from: Explaining): UpstreamTimeouts | null {
  const action = from.route?.action;
  return action?.kind === "proxy" ? action.timeouts : (poolOf(from)?.timeouts ?? null);
}

function exchangeStation(from: Explaining): Station {
  const { record } = from;
  if (record.target === "") return station("upstream", NOT_REACHED, "skipped");
  if (!from.sent) return station("upstream", plannedExchange(from), "planned");
  if (!from.reached(Stamp.connected)) return station("upstream", NOT_REACHED, "skipped");
  const answered = from.answered && from.reached(Stamp.firstByte);
  const whole = answered && from.reached(Stamp.lastByte);
  const ended = whole ? from.stamps[Stamp.lastByte]! : from.cut;
  const span = from.between(from.stamps[Stamp.connected]!, ended);
  if (isTunnel(from)) return tunnelStation(from, span);
  const parts = exchangeParts(from, answered, whole, ended);
  if (!answered) return station("upstream", `${record.target} sent no response`, "fault", span, parts);
  const text = whole ? `${record.target} answered` : `${record.target} began to answer and did not end`;
  return station("upstream", text, whole ? "ok" : "fault", span, parts);
}

/** Protocols were switched. A tunnel has no last byte: it ends when both sides, or one of them, have ended it. */
function isTunnel({ record, answered }: Explaining): boolean {
  return answered && record.status === SWITCHING_PROTOCOLS;
}
const SWITCHING_PROTOCOLS = 101;

function tunnelStation(from: Explaining, span: Span): Station {
  const { record } = from;
  const inOrder = record.ending === "tunnel-closed" && record.fault === null;
  const sentBytes = formatBytes(record.requestBytes - record.requestHeadBytes);
  const words = `${sentBytes} from the client, ${formatBytes(record.replyBytes)} to it`;
  const begun = from.stamps[Stamp.firstByte]!;
  const parts = [
    node("send", "the request's head", "ok", from.span(Stamp.connected, Stamp.requestSent)),
    waitNode(from, begun, "ok"),
    node("tunnel", words, inOrder ? "ok" : "fault", from.between(begun, from.end)),
  ];
  const end = inOrder ? "both sides ended the tunnel in order" : "the tunnel was cut off";
  const text = `${record.target} switched protocols; ${end}${closedFirst(record)}`;
  return station("upstream", text, inOrder ? "ok" : "fault", span, parts);
}

function closedFirst({ closedBy }: TraceRecord): string {
  if (closedBy === "") return "";
  return closedBy === "edge" ? " (by the edge)" : ` (the ${closedBy} ended it first)`;
}

/** `ended`: when the station's time is over, which no part of it exceeds. */
function exchangeParts(from: Explaining, answered: boolean, whole: boolean, ended: number): TreeNode[] {
  const { record, stamps } = from;
  const head = from.reached(Stamp.requestSent) ? Math.min(stamps[Stamp.requestSent]!, ended) : ended;
  const parts = [node("send", "the request's head", "ok", from.between(stamps[Stamp.connected]!, head))];
  if (!from.reached(Stamp.requestSent)) return parts;
  const bodyWhole = from.reached(Stamp.requestBodySent);
  if (record.hasBody) {
    const bodyEnded = bodyWhole ? Math.min(stamps[Stamp.requestBodySent]!, ended) : ended;
    const body = from.between(stamps[Stamp.requestSent]!, bodyEnded);
    const bytes = formatBytes(record.requestBytes - record.requestHeadBytes);
    const words = bodyWhole ? `${bytes}, as the client sent them` : `${bytes} came, and not all of it went up`;
    if (!bodyWhole || body.durationMs! > 0) parts.push(node("send body", words, bodyWhole ? "ok" : "fault", body));
    // Who does not have the whole request is not waited for.
    if (!bodyWhole && !answered) return parts;
  }
  parts.push(waitNode(from, answered ? stamps[Stamp.firstByte]! : from.cut, answered ? "ok" : "fault"));
  if (answered) {
    const received = from.span(Stamp.firstByte, Stamp.lastByte);
    parts.push(node("receive", "the rest of the response, passed on as it came", whole ? "ok" : "fault", received));
  }
  return parts;
}

function waitNode(from: Explaining, until: number, mark: Mark): TreeNode {
  const timings = timingNodes(parseServerTiming(from.record.serverTiming));
  const words = timings.length > 0 ? "for the first byte; the backend says:" : "for the first byte";
  return node("wait", words, mark, from.between(waitBegan(from.stamps, until), until), timings);
}

/** All of them, or the first few when a backend reports very many. */
function timingNodes(timings: readonly ServerTiming[]): TreeNode[] {
  const nodes = timings.slice(0, MAX_TIMINGS).map(timingNode);
  const hidden = timings.length - nodes.length;
  if (hidden > 0) nodes.push(node("…", `${hidden} more`, "info"));
  return nodes;
}
const MAX_TIMINGS = 12;

function timingNode(timing: ServerTiming): TreeNode {
  return node(timing.name, timing.description, "info", { beginMs: null, durationMs: timing.durationMs });
}

function plannedExchange(from: Explaining): string {
  const timeouts = timeoutsOf(from);
  const limits: string[] = [];
  if (timeouts !== null && timeouts.firstByte > 0) limits.push(`first byte within ${formatLimit(timeouts.firstByte)}`);
  if (timeouts !== null && timeouts.total > 0) limits.push(`all within ${formatLimit(timeouts.total)}`);
  return `would be sent to ${from.record.target}${limits.length === 0 ? "" : `: ${limits.join(", ")}`}`;
}
