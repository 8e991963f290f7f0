/** The stations from the connection to the policies: what the edge does before it knows who will answer. */
import { type PolicyDone, type RouteConsidered, Stamp } from "../contract/trace-record.ts";
import { FAULTS } from "../fault/faults.ts";
import { type Explaining, node, NOT_REACHED, station, TIMELESS } from "./explaining.ts";
import { requestMethod, requestTarget } from "./request-facts.ts";
import type { Mark, Station, TreeNode } from "./tree.ts";
import { count, formatMs, ordinal } from "./words.ts";

/** Routes shown that nearly matched, and others to fill up with; the tree's `routes` has all. */
const NEAREST_ROUTES = 5;
const OTHER_ROUTES = 3;

export function connectionStation(from: Explaining): Station {
  const { record } = from;
  const children: TreeNode[] = [];
  if (record.clientAddress !== record.peerAddress && record.peerAddress !== "") {
    children.push(node("client", `${record.clientAddress}, as the trusted proxy ${record.peerAddress} says`, "info"));
  }
  if (!from.sent)
    return station("connection", `would come from ${record.clientAddress}`, "planned", TIMELESS, children);
  if (from.reached(Stamp.tlsDone)) {
    children.push(node("tls", "handshake done", "ok", from.handshake()));
  }
  const text = `from ${record.peerAddress}, ${connectionAge(from)}`;
  return station("connection", text, "ok", TIMELESS, children);
}

function connectionAge(from: Explaining): string {
  const { record } = from;
  if (record.sequence > 0) return `kept alive: the ${ordinal(record.sequence + 1)} request on it`;
  const accepted = from.stamps[Stamp.accepted]!;
  if (accepted === 0) return "new";
  return `new (accepted ${formatMs(Math.max(0, from.begin - accepted) / 1e6)} before)`;
}

export function requestStation(from: Explaining): Station {
  const { record } = from;
  const method = requestMethod(record);
  const authority = record.authority.latin1Slice(0, record.authorityLength);
  const text = `${method} ${requestTarget(record)} for ${authority === "" ? "no authority" : authority}`;
  return station("request", text, from.sent ? "ok" : "planned", from.span(Stamp.headBegun, Stamp.headParsed));
}

export function routeStation(from: Explaining): Station {
  const { record } = from;
  const considered = record.detail?.routes ?? [];
  const span = from.span(Stamp.headParsed, Stamp.routed);
  const children = nearestRoutes(considered).map((route) => {
    return node(route.route, routeVerdict(route), route.failed === "shadowed" ? "passed" : "no");
  });
  const hidden = considered.filter((route) => !isWinner(route)).length - children.length;
  if (hidden > 0) children.push(node("…", `${count(hidden, "more route")} that fit less`, "info"));
  if (record.route === "") {
    if (considered.length === 0 && !from.reached(Stamp.routed)) return station("route", NOT_REACHED, "skipped");
    return station("route", unroutedText(from), "fault", span, children);
  }
  const why = from.route?.description ?? "";
  const action = from.route === null ? "" : actionInWords(from);
  const winner = [record.route, why === "" ? "" : `: ${why}`, action === "" ? "" : `; ${action}`].join("");
  if (from.route !== null && from.route.origin !== "") children.unshift(node("defined at", from.route.origin, "info"));
  return station("route", winner, from.sent ? "ok" : "planned", span, children);
}

/** Without detail only the fault tells why it has none. */
function unroutedText({ record }: Explaining): string {
  const considered = record.detail?.routes ?? [];
  if (record.fault !== null && record.fault !== "no-route") return "none is asked: the request is refused";
  return considered.length === 0 ? "no route matches" : `none of ${count(considered.length, "route")} matches`;
}

function isWinner(route: RouteConsidered): boolean {
  return route.matched && route.failed === "";
}

function routeVerdict(route: RouteConsidered): string {
  if (route.failed !== "shadowed") return route.detail === "" ? `${route.failed} does not match` : route.detail;
  return `matches too, but ${route.detail === "" ? "another route takes precedence" : route.detail}`;
}

/** The order in which predicates are looked at: who fails late nearly matched. Host and path go by their nearness. */
const LATENESS: Record<RouteConsidered["failed"], number> = {
  "": 0,
  shadowed: 1,
  client: 2,
  cookie: 3,
  query: 4,
  field: 5,
  listener: 6,
  method: 7,
  path: 8,
  host: 8,
};

/** Of a route that has more in common with the request than its host, or its path, alone. */
const NEAR = 0.5;

/** The routes that did not get the request, the nearest first. */
export function nearestRoutes(considered: readonly RouteConsidered[]): RouteConsidered[] {
  const losers = considered
    .filter((route) => !isWinner(route))
    .toSorted((a, b) => LATENESS[a.failed] - LATENESS[b.failed] || b.nearness - a.nearness);
  const near = losers.filter(isNear).length;
  return losers.slice(0, Math.min(NEAREST_ROUTES, Math.max(near, OTHER_ROUTES)));
}

/** The request may well have been meant for it. */
export function isNear({ nearness }: RouteConsidered): boolean {
  return nearness > NEAR;
}

function actionInWords(from: Explaining): string {
  const action = from.route?.action;
  switch (action?.kind) {
    case undefined:
      return "";
    case "proxy": {
      const rewrite = action.rewrite === null ? "" : ` (${action.rewrite.describe()})`;
      return `proxied to pool ${action.pool.name}${rewrite}`;
    }
    case "static":
      return `files below ${action.root}`;
    case "respond":
      return "a fixed response";
    case "redirect":
      return "a redirect";
    case "handler":
      return "a handler";
  }
}

export function policiesStation(from: Explaining): Station {
  const { record, route } = from;
  const done = record.detail?.policies ?? [];
  const span = from.span(Stamp.routed, Stamp.policiesDone);
  if (record.route === "" || isRefusedBefore(from, done)) return station("policies", NOT_REACHED, "skipped");
  const names = route === null ? done.map(({ policy }) => policy) : route.policies.map(({ name }) => name);
  if (names.length === 0) {
    // Without the plan of that time and without detail nobody knows whether there were any.
    return station("policies", route === null ? "not known: the plan was replaced since" : "none", "skipped", span);
  }
  const children = done.map((policy) => policyNode(from, policy));
  if (!from.sent) children.push(...plannedOnReply(from));
  const words = [...new Set(names)].join(", ");
  const unfinished = isUnfinished(from);
  const mark = unfinished ? "fault" : policiesMark(from, done);
  return station("policies", unfinished ? `${words}: not all of them were done` : words, mark, span, children);
}

/** The body is too large by its announced length already: that is looked at with the route. */
function isRefusedBefore(from: Explaining, done: readonly PolicyDone[]): boolean {
  return from.record.fault === "body-too-large" && !from.reached(Stamp.policiesDone) && done.length === 0;
}

/** The exchange ended while one of them took its time, and none of them was why. */
function isUnfinished(from: Explaining): boolean {
  const { fault, source } = from.record;
  if (!from.sent || fault === null || from.reached(Stamp.policiesDone)) return false;
  return source !== "policy" && FAULTS[fault].stage !== "policy";
}

function policiesMark(from: Explaining, done: readonly PolicyDone[]): Mark {
  if (done.some((policy) => policy.outcome === "fault")) return "fault";
  return from.sent ? "ok" : "planned";
}

const OUTCOMES = { continue: "", reply: "answered: ", fault: "failed: " } as const;

function policyNode(from: Explaining, policy: PolicyDone): TreeNode {
  const mark = policy.outcome === "fault" ? "fault" : from.sent ? "ok" : "planned";
  const span = from.between(policy.begun, policy.ended);
  // What a policy does is said once, where it comes first.
  const said = policy.on === "reply" && from.record.detail!.policies.some((other) => isRequestSide(other, policy));
  const words = said ? "" : `: ${OUTCOMES[policy.outcome]}${policy.detail}`;
  return node(policy.policy, `on the ${policy.on}${words}`, mark, span);
}

function isRequestSide(other: PolicyDone, policy: PolicyDone): boolean {
  return other.on === "request" && other.policy === policy.policy;
}

/** A plan has no reply to show them at work on. */
function plannedOnReply(from: Explaining): TreeNode[] {
  const shown = new Set((from.record.detail?.policies ?? []).map(({ policy }) => policy));
  return (from.route?.policies ?? [])
    .filter((policy) => policy.onReply !== undefined)
    .map((policy) => {
      const words = shown.has(policy.name) ? "" : `: ${policy.describe()}`;
      return node(policy.name, `on the reply${words}`, "planned");
    });
}
