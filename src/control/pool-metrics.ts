import type { WheelMilliseconds } from "../contract/time.ts";
import type { PoolPlan } from "../contract/plan.ts";
import type { Target } from "../contract/target.ts";
import { type Labels, labelText, type MetricFamily } from "./metrics-text.ts";
import { type SourceReport, sourceReports } from "./pool-report.ts";
import { targetState } from "./target-evidence.ts";
import { idleOf, tunnelsOf } from "./target-report.ts";

type Metric<Of> = readonly [name: string, type: MetricFamily["type"], help: string, value: (of: Of) => number | null];

/** Families of pools, targets, the layers of their checks and sources. `now`: wheel milliseconds. */
export function poolMetrics(pools: readonly PoolPlan[], now: WheelMilliseconds): MetricFamily[] {
  const named = pools.map((pool) => [labelText({ pool: pool.name }), pool] as const);
  const targets = pools.flatMap((pool) =>
    pool.live.targets.map((target) => [labelText({ pool: pool.name, target: target.address }), target] as const),
  );
  const sources = pools.flatMap((pool) =>
    sourceReports(pool, now).map((source) => [labelText({ pool: pool.name, source: source.source }), source] as const),
  );
  return [
    infoFamily(pools),
    ...families(poolMetricsAt(now), named),
    ...families(targetMetricsAt(now), targets),
    modeFamily(targets),
    layerFamily(targets),
    ...families(SOURCE_METRICS, sources),
  ];
}

/** A value of null is left out. */
function families<Of>(metrics: ReadonlyArray<Metric<Of>>, all: ReadonlyArray<readonly [Labels, Of]>): MetricFamily[] {
  return metrics.map(([name, type, help, value]) => {
    const samples: Array<[Labels, number]> = [];
    for (const [labels, one] of all) {
      const number = value(one);
      if (number !== null) samples.push([labels, number]);
    }
    return { name: `roundtrip_${name}`, type, help, samples };
  });
}

function poolMetricsAt(now: WheelMilliseconds): Array<Metric<PoolPlan>> {
  return [
    ["pool_targets", "gauge", "Targets of the pool", ({ live }) => live.targets.length],
    [
      "pool_targets_up",
      "gauge",
      "Targets that are up",
      ({ live }) => live.targets.filter((one) => isUp(one, now)).length,
    ],
    ["pool_panic", "gauge", "1 while too few targets are up, so that all are used", ({ live }) => flag(live.panic)],
    ["pool_waiting", "gauge", "Requests that wait for a connection", ({ live }) => live.waiting.length],
    ["pool_waiting_max", "gauge", "Requests that may wait for a connection", ({ queue }) => queue.max],
  ];
}

function targetMetricsAt(now: WheelMilliseconds): Array<Metric<Target>> {
  return [
    [
      "target_up",
      "gauge",
      "1 while the target takes requests, or would if it were not full",
      (target) => flag(isUp(target, now)),
    ],
    ["target_checked", "gauge", "What its checks say: 1 up, 0 down; absent while it is not checked", checkedValue],
    [
      "target_ejected",
      "gauge",
      "1 while it is ejected for its failures",
      ({ health }) => flag(health.ejectedUntil > now),
    ],
    ["target_active", "gauge", "Requests in progress at the target, tunnels among them", ({ active }) => active],
    ["target_tunnels", "gauge", "Tunnels open to the target", tunnelsOf],
    ["target_connections", "gauge", "Connections to the target", ({ links }) => links.size],
    ["target_connections_idle", "gauge", "Connections kept for the next request", idleOf],
    [
      "target_connections_max",
      "gauge",
      "Connections at most; absent without limit",
      (target) => target.maxConnections || null,
    ],
    ["target_weight", "gauge", "Weight in use; less than its own in slow start", (target) => target.effectiveWeight],
    ["target_priority", "gauge", "0 is used first", ({ tier }) => tier],
    [
      "target_latency_seconds",
      "gauge",
      "Time to first byte, moving average",
      (target) => (target.latencyAt > 0 ? target.latency / 1000 : null),
    ],
    ["target_responses", "counter", "Responses that began", ({ health }) => health.answersTotal],
    ["target_failures", "counter", "Failures that traffic met", ({ health }) => health.failuresTotal],
    ["target_ejections", "counter", "Times that it was ejected", ({ health }) => health.ejectionsTotal],
    ["target_checks", "counter", "Checks that ended", ({ health }) => health.checksTotal],
    ["target_check_failures", "counter", "Checks that failed", ({ health }) => health.checkFailuresTotal],
    ["target_check_age_seconds", "gauge", "Since the last check ended", ({ health }) => age(health.checkedAt, now)],
  ];
}

const SOURCE_METRICS: ReadonlyArray<Metric<SourceReport>> = [
  ["source_ok", "gauge", "1 when the last answer of the source could be used", ({ problem }) => flag(problem === "")],
  ["source_targets", "gauge", "Targets that the source named at its last good answer", ({ count }) => count],
  ["source_age_seconds", "gauge", "Since the last good answer of a source that is asked again", sourceAge],
];

function sourceAge({ kind, goodAgeMs }: SourceReport): number | null {
  return kind === "config" || kind === "admin" || goodAgeMs === null ? null : goodAgeMs / 1000;
}

function infoFamily(pools: readonly PoolPlan[]): MetricFamily {
  return {
    name: "roundtrip_pool_info",
    type: "gauge",
    help: "How the pool balances; always 1",
    samples: pools.map(({ name, balance }) => [labelText({ pool: name, algorithm: balance.algorithm }), 1]),
  };
}

function modeFamily(targets: ReadonlyArray<readonly [Labels, Target]>): MetricFamily {
  return {
    name: "roundtrip_target_mode",
    type: "gauge",
    help: "What is wanted of the target; 1 for the mode that it is in",
    samples: targets.flatMap(([labels, target]) =>
      MODES.map((mode): [Labels, number] => [`${labels},mode="${mode}"`, flag(mode === target.mode)]),
    ),
  };
}

const MODES = ["ready", "drain", "maintenance"] as const;

function layerFamily(targets: ReadonlyArray<readonly [Labels, Target]>): MetricFamily {
  return {
    name: "roundtrip_target_check_layer_ok",
    type: "gauge",
    help: "Each layer of the last check: 1 when it is well",
    samples: targets.flatMap(([labels, { health }]) =>
      health.layers.map(({ layer, ok }): [Labels, number] => [`${labels},layer="${layer}"`, flag(ok)]),
    ),
  };
}

function isUp(target: Target, now: WheelMilliseconds): boolean {
  const state = targetState(target, now);
  return state === "up" || state === "full";
}

function checkedValue({ health }: Target): number | null {
  return health.checked === "unchecked" ? null : flag(health.checked === "up");
}

function flag(value: boolean): number {
  return value ? 1 : 0;
}

function age(at: WheelMilliseconds, now: WheelMilliseconds): number | null {
  return at === 0 ? null : Math.max(0, Math.round(now - at)) / 1000;
}
