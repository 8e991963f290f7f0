/** What a person should notice in an explanation. Each rule looks at one thing and says one sentence, or nothing. */
import type { TargetVerdict } from "../contract/trace-record.ts";
import { isNear, nearestRoutes } from "./entry-stations.ts";
import { NO_RETRY_WORDS } from "./no-retry-words.ts";
import { timingGroups } from "./server-timing.ts";
import type { ExplainTree, StationName, TreeNode } from "./tree.ts";
import { count, faultSentence, formatMs, percent } from "./words.ts";

type Rule = (tree: ExplainTree) => string | null;

/** A share of the total from which on a part is worth a word, percent. */
const NOTABLE_SHARE = 20;
const MAIN_SHARE = 50;
/** What takes less is not worth a word, whatever its share, milliseconds. */
const NOTABLE_MS = 1;

export function findings(tree: ExplainTree): string[] {
  const list: string[] = [];
  for (const rule of RULES) {
    const finding = rule(tree);
    if (finding !== null) list.push(finding);
  }
  return list;
}

const SIDES = { client: "The client is at fault", edge: "The edge decided this", upstream: "The upstream is at fault" };

const faultRule: Rule = (tree) => {
  const { fault } = tree;
  if (fault === null) return null;
  return `${SIDES[fault.side]}: ${faultSentence(fault.title, fault.detail)} ${fault.hint}`;
};

/** The route that the request may have been meant for. */
const nearMissRule: Rule = (tree) => {
  if (tree.outcome.route !== "" || tree.routes.length === 0) return null;
  const nearest = nearestRoutes(tree.routes)[0];
  if (nearest === undefined || !isNear(nearest)) return null;
  const detail = nearest.detail === "" ? `its ${nearest.failed} does not match` : nearest.detail;
  return `The route ${nearest.route} came nearest: ${detail}.`;
};

const MAIN_PARTS: Partial<Record<string, string>> = {
  request: "receiving the request's head from the client",
  policies: "on policies",
  body: "waiting for the client to send the request's body",
  queue: "waiting for a free upstream connection",
  attempts: "on attempts that failed",
  connect: "connecting to the upstream",
  send: "sending the request's head",
  wait: "waiting for the upstream's first byte",
  receive: "receiving the rest of the response",
  reply: "making and writing the reply",
};

/** Where most of the time went; when that is the upstream, what the upstream says about it. */
const mainPartRule: Rule = (tree) => {
  const total = tree.totalMs ?? 0;
  if (total < NOTABLE_MS) return null;
  const main = timedParts(tree).toSorted((a, b) => b.durationMs! - a.durationMs!)[0];
  const words = MAIN_PARTS[main?.label ?? ""];
  if (main === undefined || words === undefined) return null;
  const share = percent(main.durationMs!, total);
  if (share < MAIN_SHARE) return null;
  const backend = main.label === "wait" ? backendSays(tree) : "";
  return `${share} % of ${formatMs(total)} was spent ${words}${backend}.`;
};

function backendSays(tree: ExplainTree): string {
  const groups = timingGroups(tree.serverTiming).toSorted((a, b) => b.totalMs - a.totalMs);
  const whole = groups.find((group) => SUMS.has(group.name));
  const part = groups.find((group) => !SUMS.has(group.name));
  // A part explains more than the whole, if it is a good part of it.
  const told = part !== undefined && (whole === undefined || 2 * part.totalMs >= whole.totalMs) ? part : whole;
  if (told === undefined) return "";
  const times = told.entries.length > 1 ? `${told.entries.length} × ` : "";
  const description = told.entries.length > 1 ? "" : told.entries[0]!.description;
  const words = description === "" || description.length > MAX_DESCRIPTION ? "" : ` (${description})`;
  return `; of it the backend reports ${formatMs(told.totalMs)} for ${times}${told.name}${words}`;
}

/** A longer one, such as a statement, is to be read in the tree. */
const MAX_DESCRIPTION = 60;

/** An error that is not the edge's: what it says is in the upstream's hands. */
const upstreamErrorRule: Rule = (tree) => {
  const { status, source, upstream } = tree.outcome;
  if (status < 500 || source !== "upstream" || tree.fault !== null) return null;
  return `The upstream ${upstream} itself answered ${status}; the edge passed it on. Its own log knows more.`;
};

/** Names that backends give to their whole time. */
const SUMS: ReadonlySet<string> = new Set(["total", "handler", "app", "request"]);

/** The parts of stations where they have any, else the stations. */
function timedParts(tree: ExplainTree): TreeNode[] {
  return tree.stations
    .flatMap((station) => (station.station === "upstream" ? station.children : [station]))
    .filter((part) => part.durationMs !== null);
}

/** One request that asks the database again and again could often ask once. */
const repetitionRule: Rule = (tree) => {
  const most = timingGroups(tree.serverTiming).toSorted((a, b) => b.entries.length - a.entries.length)[0];
  if (most === undefined || most.entries.length < MANY_TIMES) return null;
  return `The backend reports ${most.entries.length} × ${most.name} for this one request, ${formatMs(most.totalMs)} in all: could it be fewer?`;
};
const MANY_TIMES = 5;

const queueRule: Rule = (tree) => {
  const waited = notable(tree, "queue");
  if (waited === null || tree.fault !== null) return null;
  return `All connections to ${tree.outcome.upstream} were in use for ${formatMs(waited)}: raise the pool's connections.max, or add targets.`;
};

const connectRule: Rule = (tree) => {
  const took = notable(tree, "connect");
  if (took === null || tree.outcome.reused || tree.fault !== null) return null;
  return `Opening the connection to ${tree.outcome.upstream} took ${formatMs(took)}: no idle one was left (connections.idle, connections.idleTimeout).`;
};

const slowHeadRule: Rule = (tree) => {
  const took = notable(tree, "request");
  return took === null ? null : `The client took ${formatMs(took)} to send the request's head.`;
};

const heldBodyRule: Rule = (tree) => {
  const took = notable(tree, "body");
  return took === null
    ? null
    : `The client took ${formatMs(took)} to send its body, before which no connection was taken.`;
};

/** A request body that came slowly is not the upstream's doing. */
const slowBodyRule: Rule = (tree) => {
  const upstream = tree.stations.find((station) => station.station === "upstream");
  const took = upstream?.children.find((part) => part.label === "send body")?.durationMs ?? 0;
  if (took < NOTABLE_MS || percent(took, tree.totalMs ?? 0) < NOTABLE_SHARE) return null;
  return `Sending the request's body took ${formatMs(took)}; it goes on as fast as the client sends it and the upstream takes it.`;
};

const slowPolicyRule: Rule = (tree) => {
  if (notable(tree, "policies") === null) return null;
  const station = tree.stations.find(({ station }) => station === "policies");
  const slowest = station?.children
    .filter((policy) => policy.durationMs !== null)
    .toSorted((a, b) => b.durationMs! - a.durationMs!)[0];
  return slowest === undefined ? null : `The policy ${slowest.label} took ${formatMs(slowest.durationMs!)}.`;
};

const retryRule: Rule = (tree) => {
  const failed = tree.attempts.find(({ fault }) => fault !== null);
  if (failed === undefined) return null;
  const { noRetry } = tree.outcome;
  if (tree.fault !== null && noRetry !== "") {
    const times = tree.outcome.retries === 0 ? "" : ` after ${count(tree.outcome.retries, "retry", "retries")}`;
    return `It was not tried again${times}: ${NO_RETRY_WORDS[noRetry]}.`;
  }
  if (tree.outcome.retries === 0) return null;
  const times = count(tree.outcome.retries, "retry", "retries");
  if (tree.fault !== null) return `It was tried again without success: ${times}.`;
  return `${failed.target} failed (${failed.fault}); ${times} found an answer at ${tree.outcome.upstream}.`;
};

const hedgeRule: Rule = (tree) => {
  const slower = tree.attempts.find(({ fault }) => fault === null);
  if (slower === undefined || tree.fault !== null) return null;
  return `The request went to two targets, since the first was slow: ${tree.outcome.upstream} answered before ${slower.target}.`;
};

const DOWN: ReadonlySet<TargetVerdict> = new Set(["failed-check", "ejected"]);

const downTargetsRule: Rule = (tree) => {
  const down = tree.candidates.filter((candidate) => DOWN.has(candidate.verdict));
  if (down.length === 0) return null;
  const names = down.slice(0, MAX_NAMES).map((candidate) => candidate.target);
  if (down.length > MAX_NAMES) names.push(`${down.length - MAX_NAMES} more`);
  return `${down.length} of ${count(tree.candidates.length, "target")} of pool ${tree.outcome.pool} ${down.length === 1 ? "is" : "are"} down: ${names.join(", ")}.`;
};
const MAX_NAMES = 5;

/** A pick that was not the rule's first choice is worth a word. */
const unusualPickRule: Rule = (tree) => {
  const { pickReason, pool, upstream } = tree.outcome;
  switch (pickReason) {
    case "panic":
      return `Pool ${pool} is in panic: too few of its targets are up, so all are used; ${upstream} may well be down.`;
    case "sticky-moved":
      return `The client was bound to another target, which cannot be used: from now on it is bound to ${upstream}.`;
    case "spill":
      return `No target of a better priority could take the request, so it spilled to ${upstream}.`;
    default:
      return null;
  }
};

const unaccountedRule: Rule = (tree) => {
  const rest = tree.unaccountedMs ?? 0;
  const share = percent(rest, tree.totalMs ?? 0);
  if (rest < NOTABLE_MS || share < NOTABLE_SHARE) return null;
  return `${formatMs(rest)} (${share} %) belong to no station: the edge was busy with something else, or a stage is not measured.`;
};

/** The station's time when it is worth a word, else null. */
function notable(tree: ExplainTree, name: StationName): number | null {
  const took = tree.stations.find((station) => station.station === name)?.durationMs ?? 0;
  return took >= NOTABLE_MS && percent(took, tree.totalMs ?? 0) >= NOTABLE_SHARE ? took : null;
}

/** The most important first. */
const RULES: readonly Rule[] = [
  faultRule,
  upstreamErrorRule,
  nearMissRule,
  mainPartRule,
  repetitionRule,
  retryRule,
  hedgeRule,
  queueRule,
  connectRule,
  slowHeadRule,
  heldBodyRule,
  slowBodyRule,
  slowPolicyRule,
  unusualPickRule,
  downTargetsRule,
  unaccountedRule,
];
