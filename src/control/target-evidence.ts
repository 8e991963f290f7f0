/** The state of a target in one word, and the evidence for it. */
import type { WheelMilliseconds } from "../contract/time.ts";
import type { CheckPlan } from "../contract/health-plan.ts";
import { isFull, type Target } from "../contract/target.ts";
import type { ObservedFailure, TargetHealth } from "../contract/target-health.ts";

/**
 * Why a target is not used: the first that applies, from the outside (somebody wants it so) to the inside (it is
 * busy). `down`: its checks say so; `ejected`: traffic met failures there; `full`: at its connection limit.
 */
export type TargetState = "up" | "down" | "ejected" | "full" | "no-weight" | "drain" | "maintenance" | "removed";

export interface Evidence {
  /** Who says so. `load`: its own counts. */
  readonly from: "operator" | "source" | "check" | "traffic" | "load";
  readonly text: string;
  /** How long ago that was seen or said, milliseconds; null: always so. */
  readonly ageMs: number | null;
  /** When it ends by itself, milliseconds from now: an ejection, or a drain whose rest is cut. Null: it does not. */
  readonly endsInMs: number | null;
}

export function targetState(target: Target, now: WheelMilliseconds): TargetState {
  if (target.removed) return "removed";
  if (target.mode !== "ready") return target.mode;
  if (target.health.checked === "down") return "down";
  if (target.health.ejectedUntil > now) return "ejected";
  if (target.weight === 0) return "no-weight";
  return isFull(target) ? "full" : "up";
}

/** What made the state first, then the rest of what is known. `check`: the pool's, if it has one. */
export function targetEvidence(
  target: Target,
  state: TargetState,
  check: CheckPlan | null,
  now: WheelMilliseconds,
): Evidence[] {
  const { health } = target;
  const decisive = decisiveEvidence(target, state, check, now);
  const rest: Evidence[] = [];
  if (state !== "down" && (health.checkedAt > 0 || check !== null)) rest.push(checkEvidence(health, check, now));
  if (state !== "ejected" && (health.ejectedUntil > now || health.lastFailure !== null)) {
    rest.push(trafficEvidence(target, now));
  }
  rest.sort((a, b) => (a.ageMs ?? Infinity) - (b.ageMs ?? Infinity));
  // Last, since while traffic runs it is always the newest and says the least.
  if (health.answersTotal > 0) rest.push(answerEvidence(target, now));
  return decisive === null ? rest : [decisive, ...rest];
}

function answerEvidence({ health, latencyAt }: Target, now: WheelMilliseconds): Evidence {
  const total = `${health.answersTotal} ${health.answersTotal === 1 ? "response" : "responses"} so far`;
  const text = latencyAt > 0 ? "answered a request" : total;
  return { from: "traffic", text, ageMs: since(latencyAt, now), endsInMs: null };
}

function decisiveEvidence(
  target: Target,
  state: TargetState,
  check: CheckPlan | null,
  now: WheelMilliseconds,
): Evidence | null {
  const endsInMs = target.modeUntil > 0 ? Math.max(0, Math.round(target.modeUntil - now)) : null;
  const set = { from: "operator", ageMs: since(target.modeSince, now), endsInMs } as const;
  switch (state) {
    case "removed":
      return { ...set, from: "source", text: "its source does not name it any more" };
    case "drain":
      return { ...set, text: "takes no new requests" };
    case "maintenance":
      return { ...set, text: "takes no new requests and is not checked" };
    case "down":
      return checkEvidence(target.health, check, now);
    case "ejected":
      return trafficEvidence(target, now);
    case "no-weight":
      if (target.weightPinned)
        return { from: "operator", text: "its weight was set to 0", ageMs: null, endsInMs: null };
      return { from: "source", text: "its source gives it weight 0", ageMs: null, endsInMs: null };
    case "full": {
      const text = `${target.links.size} of at most ${target.maxConnections} connections are in use`;
      return { from: "load", text, ageMs: 0, endsInMs: null };
    }
    case "up":
      return null;
  }
}

/** Layer by layer, so that a target which is up on `tcp` and broken on `http` is told as just that. */
function checkEvidence(health: TargetHealth, check: CheckPlan | null, now: WheelMilliseconds): Evidence {
  const { checkedAt, checked, layers, passes, fails } = health;
  if (checkedAt === 0) return { from: "check", text: "not checked yet", ageMs: null, endsInMs: null };
  const words = layers.map(({ layer, ok, detail }, index) => {
    if (ok && (detail === "" || index < layers.length - 1)) return `${layer} ok`;
    return detail === "" ? `${layer} failed` : `${layer}: ${detail}`;
  });
  let text = words.length === 0 ? "passed" : words.join(", ");
  // A verdict changes only after `rise` or `fall` checks in a row: until then the last one says something else.
  if (checked === "down" && passes > 0) text += ` (passed ${ofTotal(passes, check?.rise)})`;
  else if (fails > 0) text += ` (failed ${checked === "up" ? ofTotal(fails, check?.fall) : inARow(fails)})`;
  return { from: "check", text, ageMs: since(checkedAt, now), endsInMs: null };
}

function ofTotal(count: number, total: number | undefined): string {
  return total === undefined || total < count ? inARow(count) : `${count} of ${total}`;
}

function inARow(count: number): string {
  return count === 1 ? "once" : `${count} in a row`;
}

function trafficEvidence({ address, health }: Target, now: WheelMilliseconds): Evidence {
  const { ejectedUntil, ejectedSince, ejections, lastFailure } = health;
  const met = lastFailure === null ? "" : failureText(lastFailure, address);
  const seen = lastFailure === null ? ejectedSince : lastFailure.at;
  const ageMs = since(seen, now);
  if (ejectedUntil <= now) return { from: "traffic", text: `failed: ${met}`, ageMs, endsInMs: null };
  const again = ejections > 1 ? `, ejection ${ejections}` : "";
  return {
    from: "traffic",
    text: `${met === "" ? "ejected" : met}${again}`,
    ageMs,
    endsInMs: Math.round(ejectedUntil - now),
  };
}

/** The detail without the target's own address, which stands beside it. */
function failureText({ code, detail }: ObservedFailure, address: string): string {
  const rest = detail.startsWith(`${address}: `) ? detail.slice(address.length + 2) : detail;
  return rest === "" || rest === code ? code : `${code}: ${rest}`;
}

/** Milliseconds from a point of the wheel's clock until now; null when there was no such point. */
export function since(at: WheelMilliseconds, now: WheelMilliseconds): number | null {
  return at === 0 ? null : Math.max(0, Math.round(now - at));
}
