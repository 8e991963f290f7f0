import type { Milliseconds } from "../contract/time.ts";
import type { FaultCode, StageName } from "../contract/fault.ts";
import { adviceFor, FAULTS } from "../fault/faults.ts";
import { parentIdHex, spanIdHex, traceIdHex } from "../trace/trace-context.ts";
import { connectionStation, policiesStation, requestStation, routeStation } from "./entry-stations.ts";
import { Explaining, type ExplainSource, node, toMs } from "./explaining.ts";
import { findings } from "./findings.ts";
import { replyStation } from "./reply-station.ts";
import { nameStations } from "./name-station.ts";
import { outcomeFacts, requestFacts } from "./request-facts.ts";
import { parseServerTiming } from "./server-timing.ts";
import type { AttemptFacts, ExplainTree, FaultFacts, Station, StationName } from "./tree.ts";
import { upstreamStations } from "./upstream-stations.ts";
import { faultSentence } from "./words.ts";

/** Explains a request from its record. */
export function explainTree(source: ExplainSource): ExplainTree {
  const { record } = source;
  const plan = source.plan !== null && source.plan.version === record.planVersion ? source.plan : null;
  const from = new Explaining({ ...source, plan });
  const fault = record.fault === null ? null : faultFacts(record.fault, record.faultDetail);
  const stations = withNotes(from, withFault(fault, allStations(from)));
  const totalMs = source.sent ? toMs(from.end - from.begin) : null;
  const tree: ExplainTree = {
    kind: source.sent ? "trace" : "plan",
    traceId: traceIdHex(record),
    spanId: spanIdHex(record),
    parentId: parentIdHex(record),
    time: new Date(record.time).toISOString(),
    plan: { version: record.planVersion, source: source.plan?.source ?? "" },
    request: requestFacts(record),
    outcome: outcomeFacts(record),
    fault,
    stations,
    totalMs,
    unaccountedMs: totalMs === null ? null : unaccounted(stations, totalMs),
    findings: [],
    routes: record.detail?.routes.slice() ?? [],
    candidates: record.detail?.targets.slice() ?? [],
    attempts: attemptFacts(from),
    serverTiming: parseServerTiming(record.serverTiming),
  };
  return { ...tree, findings: findings(tree) };
}

function allStations(from: Explaining): Station[] {
  return [
    ...nameStations(from.name),
    connectionStation(from),
    requestStation(from),
    routeStation(from),
    policiesStation(from),
    ...upstreamStations(from),
    replyStation(from),
  ];
}

function faultFacts(code: FaultCode, detail: string): FaultFacts {
  const definition = FAULTS[code];
  const { stage, side, retry, status, title } = definition;
  return { code, stage, side, retry, status, title, hint: adviceFor(definition), detail };
}

const STATION_OF: Record<StageName, StationName> = {
  accept: "connection",
  tls: "connection",
  request: "request",
  route: "route",
  policy: "policies",
  store: "policies",
  balance: "balance",
  queue: "queue",
  connect: "connect",
  send: "upstream",
  response: "upstream",
  reply: "reply",
};

/** Names the fault at the station where it happened. */
function withFault(fault: FaultFacts | null, stations: Station[]): Station[] {
  if (fault === null) return stations;
  const child = node(fault.code, faultSentence(fault.title, fault.detail), "fault");
  return stations.map((station) => {
    if (station.station !== STATION_OF[fault.stage]) return station;
    return { ...station, mark: "fault", children: [...station.children, child] };
  });
}

/** Hangs the remarks that the stages left under their stations. */
function withNotes(from: Explaining, stations: Station[]): Station[] {
  const notes = from.record.detail?.notes ?? [];
  if (notes.length === 0) return stations;
  return stations.map((station) => {
    const own = notes.filter((note) => STATION_OF[note.stage] === station.station);
    if (own.length === 0) return station;
    return { ...station, children: [...station.children, ...own.map(({ note }) => node("note", note, "info"))] };
  });
}

function attemptFacts(from: Explaining): AttemptFacts[] {
  return (from.record.attempts ?? []).map(({ begun, ended, ...rest }) => ({
    ...rest,
    beginMs: toMs(begun - from.begin),
    durationMs: toMs(ended - begun),
  }));
}

/** The part of [0, total] that no station covers; overlapping stations count once. */
export function unaccounted(stations: readonly Station[], totalMs: Milliseconds): number {
  const spans = stations
    .filter((station) => station.beginMs !== null && station.durationMs !== null)
    .map((station) => ({ begin: station.beginMs!, end: station.beginMs! + station.durationMs! }))
    .toSorted((a, b) => a.begin - b.begin);
  let covered = 0;
  let until = 0;
  for (const span of spans) {
    const end = Math.min(span.end, totalMs);
    covered += Math.max(0, end - Math.max(span.begin, until));
    until = Math.max(until, end);
  }
  return Math.max(0, Math.round((totalMs - covered) * 1000) / 1000);
}
