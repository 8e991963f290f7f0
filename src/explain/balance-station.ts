/** The station where a target is chosen: by which rule, for what reason, and the evidence for and against each of them. */
import type { PoolPlan } from "../contract/plan.ts";
import {
  type PickReason,
  Stamp,
  type TargetConsidered,
  type TargetVerdict,
  balanceBegin,
  balanceEnd,
} from "../contract/trace-record.ts";
import { type Explaining, node, NOT_REACHED, type Span, station } from "./explaining.ts";
import type { Mark, Station, TreeNode } from "./tree.ts";
import { count, formatLimit, percent } from "./words.ts";

const REASONS: Record<PickReason, string> = {
  "only-target": "the only one that can take it",
  "round-robin": "its turn (round robin)",
  "weighted-round-robin": "its turn (weighted round robin)",
  random: "drawn at random, by weight",
  "power-of-two-choices": "the less busy of two drawn at random",
  "least-connections": "fewest connections for its weight",
  "least-time": "least time to answer, for what it has to do",
  "ip-hash": "the client's address leads there",
  "ring-hash": "the key leads there on the ring",
  maglev: "the key leads there in the table",
  "hash-next": "next after the key's own target, which has its share or cannot be used",
  sticky: "the client is bound to it by its cookie",
  "bound-connection": "the client has authenticated on a connection to it",
  "sticky-moved": "the target of the client's cookie cannot be used: it is bound to this one now",
  spill: "no target of a better priority can take it",
  "retry-elsewhere": "a retry goes elsewhere",
  panic: "too few are up, so all are used",
};

const VERDICTS: Record<TargetVerdict, string> = {
  picked: "picked",
  "passed-over": "passed over",
  "tried-before": "failed this request before",
  draining: "draining",
  maintenance: "in maintenance",
  removed: "removed",
  "failed-check": "down by its check",
  ejected: "ejected",
  "no-weight": "weight 0",
  full: "at its connection limit",
  "unchosen-tier": "kept back",
};

/** Candidates shown; the tree's `candidates` has all. */
const MAX_CANDIDATES = 20;

export function balanceStation(from: Explaining): Station {
  const { record } = from;
  if (record.pool === "" || heldInVain(from)) return station("balance", NOT_REACHED, "skipped");
  const children = [...ruleNodes(from), ...candidateNodes(record.detail?.targets ?? [])];
  const span = balanceSpan(from);
  if (record.target === "") {
    const waits = from.reached(Stamp.queued) || isFull(from);
    const text = noTargetText(from);
    return station("balance", text, waits && record.fault === null ? "ok" : "fault", span, children);
  }
  const why = record.pickReason === "" ? "" : `: ${REASONS[record.pickReason]}`;
  const text = `${record.target} of pool ${record.pool}${why}`;
  return station("balance", text, from.sent ? "ok" : "planned", span, children);
}

function noTargetText(from: Explaining): string {
  const { record } = from;
  const pool = poolOf(from);
  const empty = pool !== null && !from.sent && pool.live.targets.length === 0;
  return empty ? `pool ${record.pool} has no targets yet` : `no target of pool ${record.pool} can be used`;
}

/** The exchange was over before enough of its body had come: no target was looked for. */
export function heldInVain(from: Explaining): boolean {
  const { record } = from;
  return from.sent && record.pool !== "" && record.hasBody && record.target === "" && !from.reached(Stamp.balanced);
}

/** Something would do if it had a free connection: then a request waits. */
export function isFull(from: Explaining): boolean {
  return (from.record.detail?.targets ?? []).some((candidate) => candidate.verdict === "full");
}

/** The pool in the plan that decided; null when that plan was replaced since. */
export function poolOf(from: Explaining): PoolPlan | null {
  return from.plan?.pools.get(from.record.pool) ?? null;
}

/** Who waited or is tried again is balanced and stamped again: queue and attempts have their own time. */
function balanceSpan(from: Explaining): Span {
  if (!from.reached(Stamp.balanced)) return from.span(Stamp.policiesDone, Stamp.balanced);
  return from.between(balanceBegin(from.stamps), balanceEnd(from.record));
}

/** By which rule it was chosen. What may have changed since (panic, weights) is told only of a plan, made just now. */
function ruleNodes(from: Explaining): TreeNode[] {
  const pool = poolOf(from);
  if (pool === null) return [];
  const nodes = [node("algorithm", algorithmWords(pool), "info")];
  if (pool.stickiness !== null) nodes.push(node("sticky", pool.stickiness.describe(), "info"));
  if (from.sent) return nodes;
  if (pool.live.panic) {
    const least = pool.health.panic === 0 ? "none is up" : `less than ${percent(pool.health.panic, 1)} % are up`;
    nodes.push(node("panic", `${least}: all are used, whatever their checks say`, "info"));
  }
  const warming = pool.live.targets.filter(({ effectiveWeight, weight, draining, down }) => {
    return effectiveWeight < weight && !draining && !down;
  });
  for (const { address, effectiveWeight, weight } of warming.slice(0, MAX_WARMING)) {
    const text = `${address} has weight ${rounded(effectiveWeight)} of ${weight} so far`;
    nodes.push(node("slow start", text, "info"));
  }
  if (warming.length > MAX_WARMING) {
    nodes.push(node("slow start", `${count(warming.length - MAX_WARMING, "further target")} likewise`, "info"));
  }
  return nodes;
}

const MAX_WARMING = 3;

function algorithmWords({ balance }: PoolPlan): string {
  const { algorithm, key, boundedLoad, slowStart } = balance;
  const words = [key === null ? algorithm : `${algorithm} by ${key.describe()}`];
  if (key !== null && boundedLoad > 0) words.push(`at most ${rounded(boundedLoad)} times the mean load each`);
  if (slowStart > 0) words.push(`slow start over ${formatLimit(slowStart)}`);
  return words.join(", ");
}

function candidateNodes(candidates: readonly TargetConsidered[]): TreeNode[] {
  const shown = shownCandidates(candidates);
  const nodes = shown.map(candidateNode);
  const hidden = candidates.length - shown.length;
  if (hidden > 0) nodes.push(node("…", count(hidden, "more target"), "info"));
  return nodes;
}

/** In the pool's order; of a large pool the one that was picked and the first of the others. */
function shownCandidates(candidates: readonly TargetConsidered[]): readonly TargetConsidered[] {
  if (candidates.length <= MAX_CANDIDATES) return candidates;
  const picked = candidates.findIndex(({ verdict }) => verdict === "picked");
  if (picked < MAX_CANDIDATES) return candidates.slice(0, MAX_CANDIDATES);
  return [...candidates.slice(0, MAX_CANDIDATES - 1), candidates[picked]!];
}

/** What speaks against the target itself; the others might have taken the request. */
const FAILED: ReadonlySet<TargetVerdict> = new Set(["failed-check", "ejected", "tried-before"]);

function candidateMark(verdict: TargetVerdict): Mark {
  if (verdict === "picked") return "ok";
  return FAILED.has(verdict) ? "no" : "passed";
}

/** What these details begin with says the verdict already. */
const TOLD: ReadonlySet<TargetVerdict> = new Set(["failed-check", "ejected", "no-weight", "tried-before"]);

function candidateNode(candidate: TargetConsidered): TreeNode {
  const mark = candidateMark(candidate.verdict);
  if (candidate.detail !== "" && TOLD.has(candidate.verdict)) return node(candidate.target, candidate.detail, mark);
  const score = `${rounded(candidate.score)} ${candidate.scoreUnit}`;
  const text = [VERDICTS[candidate.verdict], candidate.scoreUnit === "" ? "" : score, candidate.detail];
  return node(candidate.target, text.filter((part) => part !== "").join(", "), mark);
}

function rounded(value: number): number {
  return Number(value.toFixed(3));
}
