import type { WheelMilliseconds } from "../contract/time.ts";
import type { CheckPlan } from "../contract/health-plan.ts";
import type { Target, TargetMode } from "../contract/target.ts";
import type { CheckLayer, CheckVerdict, LayerResult } from "../contract/target-health.ts";
import { type Evidence, since, targetEvidence, type TargetState, targetState } from "./target-evidence.ts";

/** A target as `GET /pools` shows it. Ages and times left in milliseconds, to a tenth of a second; null: never, or none. */
export interface TargetReport {
  readonly address: string;
  readonly source: string;
  readonly state: TargetState;
  /** The layer of its check that is broken while it is down. Those before it are up. */
  readonly brokenLayer: CheckLayer | null;
  /** It gets new requests: it is up, or down in a pool that is in panic. */
  readonly usable: boolean;
  /** What made the state first, then the rest of what is known. */
  readonly evidence: readonly Evidence[];
  readonly mode: TargetMode;
  readonly modeAgeMs: number | null;
  /** Until what still lives there is cut, while it drains. */
  readonly cutInMs: number | null;
  readonly removed: boolean;
  readonly check: CheckReport;
  readonly traffic: TrafficReport;
  /** Requests in progress there, tunnels among them. */
  readonly active: number;
  readonly tunnels: number;
  readonly idle: number;
  readonly connections: number;
  /** 0: no limit. */
  readonly maxConnections: number;
  /** `source`: as its source wants it; `set`: it was set at run time instead; `used`: less in slow start. */
  readonly weight: { readonly wanted: number; readonly source: number; readonly set: boolean; readonly used: number };
  readonly priority: number;
  readonly backup: boolean;
  /** Time to first byte, moving average; null: no answer yet. */
  readonly latencyMs: number | null;
  readonly latencyAgeMs: number | null;
}

export interface CheckReport {
  readonly verdict: CheckVerdict;
  /** Since when the verdict holds. */
  readonly verdictAgeMs: number | null;
  readonly ageMs: number | null;
  readonly passes: number;
  readonly fails: number;
  readonly total: number;
  readonly failedTotal: number;
  readonly layers: readonly LayerResult[];
}

export interface TrafficReport {
  /** Of the current window. */
  readonly failures: number;
  readonly last: { readonly code: string; readonly detail: string; readonly ageMs: number } | null;
  readonly ejected: boolean;
  readonly ejectionEndsInMs: number | null;
  /** Those that still make the next one longer. */
  readonly ejections: number;
  readonly answersTotal: number;
  readonly failuresTotal: number;
  readonly ejectionsTotal: number;
}

export function targetReport(
  target: Target,
  check: CheckPlan | null,
  panic: boolean,
  now: WheelMilliseconds,
): TargetReport {
  const { health } = target;
  const state = targetState(target, now);
  return {
    address: target.address,
    source: target.source,
    state,
    brokenLayer: state === "down" ? (health.layers.find(({ ok }) => !ok)?.layer ?? null) : null,
    usable: state === "up" || (panic && (state === "down" || state === "ejected")),
    evidence: targetEvidence(target, state, check, now),
    mode: target.mode,
    modeAgeMs: since(target.modeSince, now),
    cutInMs: target.draining && target.modeUntil > 0 ? Math.max(0, Math.round(target.modeUntil - now)) : null,
    removed: target.removed,
    check: {
      verdict: health.checked,
      verdictAgeMs: since(health.checkedSince, now),
      ageMs: since(health.checkedAt, now),
      passes: health.passes,
      fails: health.fails,
      total: health.checksTotal,
      failedTotal: health.checkFailuresTotal,
      layers: health.layers,
    },
    traffic: trafficReport(target, now),
    active: target.active,
    tunnels: tunnelsOf(target),
    idle: idleOf(target),
    connections: target.links.size,
    maxConnections: target.maxConnections,
    weight: {
      wanted: target.weight,
      source: target.sourceWeight,
      set: target.weightPinned,
      used: Number(target.effectiveWeight.toFixed(3)),
    },
    priority: target.tier,
    backup: target.backup,
    latencyMs: target.latencyAt === 0 ? null : Math.round(target.latency * 1000) / 1000,
    latencyAgeMs: since(target.latencyAt, now),
  };
}

function trafficReport({ health }: Target, now: WheelMilliseconds): TrafficReport {
  const { lastFailure } = health;
  const ejected = health.ejectedUntil > now;
  return {
    failures: health.failures,
    last:
      lastFailure === null
        ? null
        : { code: lastFailure.code, detail: lastFailure.detail, ageMs: since(lastFailure.at, now) ?? 0 },
    ejected,
    ejectionEndsInMs: ejected ? Math.round(health.ejectedUntil - now) : null,
    ejections: health.ejections,
    answersTotal: health.answersTotal,
    failuresTotal: health.failuresTotal,
    ejectionsTotal: health.ejectionsTotal,
  };
}

/** Connections that carry nothing and can. */
export function idleOf(target: Target): number {
  let idle = 0;
  for (const link of target.free) if (link.active === 0) idle++;
  return idle;
}

/** Counted when asked: tunnels are few, and a count kept per request would cost every one of them. */
export function tunnelsOf(target: Target): number {
  let tunnels = 0;
  for (const link of target.links) if (link.isTunnel) tunnels++;
  return tunnels;
}
