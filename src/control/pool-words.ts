/** What a pool's plan says, in words: for `status`, `pools` and `check`. */
import { formatDuration } from "../schema/units.ts";
import type { CheckPlan, PassivePlan, StatusRange } from "../contract/health-plan.ts";
import type { BalancePlan, PoolPlan, RefreshPlan, TargetSourcePlan } from "../contract/plan.ts";

/** "ring-hash by cookie session, at most 1.25 times the mean load, slow start over 30s". */
export function balanceWords({ algorithm, key, boundedLoad, slowStart }: BalancePlan): string {
  const words = [key === null ? algorithm : `${algorithm} by ${key.describe()}`];
  if (key !== null && boundedLoad > 0) words.push(`at most ${boundedLoad} times the mean load`);
  if (slowStart > 0) words.push(`slow start over ${formatDuration(slowStart)}`);
  return words.join(", ");
}

/** "http GET /healthz, 200-399, every 5s (1s while down) within 2s, rise 2, fall 3". */
export function checkWords(check: CheckPlan): string {
  const every = `every ${formatDuration(check.interval)}`;
  const down = check.downInterval === check.interval ? "" : ` (${formatDuration(check.downInterval)} while down)`;
  const words = [
    probeWords(check),
    check.port === 0 ? "" : `on port ${check.port}`,
    `${every}${down} within ${formatDuration(check.timeout)}`,
    `rise ${check.rise}, fall ${check.fall}`,
  ];
  return words.filter((word) => word !== "").join(", ");
}

function probeWords({ kind, tls, http, service }: CheckPlan): string {
  const secured = tls === null || kind === "tls" ? kind : `${kind} over tls`;
  const trusting = tls !== null && !tls.verify ? ", any certificate" : "";
  if (kind === "grpc") return `${secured}${service === "" ? "" : ` of ${service}`}${trusting}`;
  if (http === null) return `${secured}${trusting}`;
  const version = http.version === 2 ? "2" : "";
  const host = http.host === "" ? "" : ` as ${http.host}`;
  const body =
    http.body === null ? "" : `, body ${typeof http.body === "string" ? `"${http.body}"` : String(http.body)}`;
  const request = `${secured.replace("http", `http${version}`)} ${http.method} ${http.path}${host}`;
  return `${request}${trusting}, ${rangesWords(http.statuses)}${body}`;
}

/** "1 failure within 10s ejects for 10s to 5m, at most 50 % of the targets"; "no ejection". */
export function passiveWords({ maxFails, window, statuses, rest, maxRest, maxEjected }: PassivePlan): string {
  if (maxFails === 0) return "no ejection";
  const failures = `${maxFails} ${maxFails === 1 ? "failure" : "failures"} within ${formatDuration(window)}`;
  const counted = statuses.length === 0 ? "" : ` (status ${rangesWords(statuses)} too)`;
  const length = rest === maxRest ? formatDuration(rest) : `${formatDuration(rest)} to ${formatDuration(maxRest)}`;
  return `${failures}${counted} ${maxFails === 1 ? "ejects" : "eject"} for ${length}, at most ${Math.round(maxEjected * 100)} % of the targets`;
}

/** "when less than 50 % are up, all are used". */
export function panicWords(panic: number): string {
  return panic === 0
    ? "when none is up, all are used"
    : `when less than ${Math.round(panic * 100)} % are up, all are used`;
}

export function sourceWords(source: TargetSourcePlan): string {
  switch (source.kind) {
    case "config":
    case "file":
      return source.text;
    case "dns":
    case "srv":
      return `${source.text}, ${refreshWords(source.refresh)}`;
    case "admin":
      return `${source.text}: those that \`roundtrip target add\` names`;
  }
}

/** The pool has an `{ admin: true }` source. */
export function takesTargets(plan: PoolPlan): boolean {
  return plan.sources.some(({ kind }) => kind === "admin");
}

function refreshWords({ minimum, maximum }: RefreshPlan): string {
  return `asked again by its TTL, after ${formatDuration(minimum)} to ${formatDuration(maximum)}`;
}

function rangesWords(ranges: readonly StatusRange[]): string {
  return ranges.map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`)).join(", ");
}
