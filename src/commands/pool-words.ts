/** What the admin API tells of targets, in the words of a terminal. */
import type { Evidence } from "../control/target-evidence.ts";
import type { TargetReport } from "../control/target-report.ts";
import type { Paint } from "../explain/text-layout.ts";
import { count, formatAge, formatMs } from "../explain/words.ts";

/** Below it something is "now", milliseconds: the edge's clock ticks ten times a second. */
const NOW = 950;

/** One word or two: "up", "http down", "drained". */
export function stateWords(target: TargetReport): string {
  switch (target.state) {
    case "down":
      return target.brokenLayer === null ? "down" : `${target.brokenLayer} down`;
    case "no-weight":
      return "weight 0";
    case "drain":
      return target.active === 0 ? "drained" : "drain";
    default:
      return target.state;
  }
}

export function stateColour(target: TargetReport): Parameters<Paint>[0] {
  if (target.state === "up") return "green";
  return target.state === "down" || target.state === "ejected" ? "red" : "yellow";
}

/** What made the state, with its age; what an operator should know first. */
export function mainEvidence(target: TargetReport): string {
  const first = target.evidence[0];
  if (first === undefined) return "no request yet";
  return evidenceWords(target, first);
}

export function evidenceWords(target: TargetReport, evidence: Evidence): string {
  const isDecisive = evidence === target.evidence[0];
  if (isDecisive && (target.state === "drain" || target.state === "maintenance" || target.state === "removed")) {
    return [sinceWords(target, evidence.ageMs), leftWords(target), cutWords(target)]
      .filter((part) => part !== "")
      .join(", ");
  }
  const ends = evidence.endsInMs === null ? "" : `, tried again in ${formatLeft(evidence.endsInMs)}`;
  const used = isDecisive && target.usable && target.state !== "up" ? "; used all the same (panic)" : "";
  const age = evidence.ageMs === null || evidence.from === "load" ? "" : `, ${agoWords(evidence.ageMs)}`;
  return `${evidence.text}${age}${ends}${used}`;
}

function sinceWords({ state }: TargetReport, ageMs: number | null): string {
  if (state === "removed") return `dropped by its source${ageMs === null ? "" : ` ${agoWords(ageMs)}`}`;
  return ageMs === null ? "" : `for ${formatAge(ageMs)}`;
}

/** What still lives at a target that takes nothing new: "2 requests, 1 tunnel left". */
export function leftWords({ active, tunnels }: Pick<TargetReport, "active" | "tunnels">): string {
  if (active === 0) return "nothing left";
  const requests = Math.max(0, active - tunnels);
  const parts = [requests === 0 ? "" : count(requests, "request"), tunnels === 0 ? "" : count(tunnels, "tunnel")];
  return `${parts.filter((part) => part !== "").join(", ")} left`;
}

/** When that is cut; "" when never, or when nothing is left. */
export function cutWords({ active, cutInMs }: Pick<TargetReport, "active" | "cutInMs">): string {
  return active === 0 || cutInMs === null ? "" : `cut in ${formatLeft(cutInMs)}`;
}

export function agoWords(ageMs: number): string {
  return ageMs < NOW ? "just now" : `${formatAge(ageMs)} ago`;
}

export function latencyWords({ latencyMs }: TargetReport): string {
  return latencyMs === null ? "" : formatMs(latencyMs);
}

/** The weight in use, and in slow start of how much. */
export function weightWords({
  weight,
  draining,
}: Pick<TargetReport, "weight"> & { readonly draining: boolean }): string {
  const rising = !draining && weight.used > 0 && weight.used < weight.wanted;
  return rising ? `${Number(weight.used.toFixed(1))}/${weight.wanted}` : String(weight.wanted);
}

/** Time left: as it runs down, with its seconds. */
function formatLeft(ms: number): string {
  if (ms < 1000) return formatMs(ms);
  const seconds = Math.round(ms / 1000);
  if (seconds < 120 || seconds >= 7200) return formatAge(ms);
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
